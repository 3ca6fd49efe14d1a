"""How many of a thing an English change wants in all, said as how many more.

"Two balls instead of one" or "make it three balls" beside one ball makes a small model add two, or three.
"""

from __future__ import annotations

import re

from lib_omost.canvas.model import Canvas
from lib_omost.compose.one_each import plural
from lib_omost.compose.words import counts_to, head_of, plain, singular

_NUMBERS = counts_to(6)
_MORE = {1: "one more", 2: "two more", 3: "three more", 4: "four more", 5: "five more"}
_WANTED = (
    r"(?:make (?:it|that|them|the \w+)|there (?:should|must|could) be|i(?:'d| would)? (?:want|need|like|prefer)"
    r"(?: to have)?|i'd rather have|have|let's have|we need|can (?:i|we) have|give me|show)"
)
_COUNT = rf"(?P<number>{'|'.join(_NUMBERS)})(?: of the| of them)? (?P<words>(?:[a-z-]+ ){{0,3}}?)(?P<noun>[a-z]+)"
_INSTEAD = r"instead(?: of (?:just |only )?(?P<before>one|two|three|four|five|\d|the one|it))?"
_TURNS = (
    re.compile(rf"(?:{_WANTED} )?{_COUNT},? {_INSTEAD}", re.I),
    re.compile(rf"(?:{_WANTED} )?{_COUNT}(?: in (?:all|total)| altogether)?", re.I),
)
_POLITE = re.compile(
    r"^(?:please|no|ok|okay|now|actually|and|hm+|wait|could you|can you)?,? *(?:please )?|(?:,? please| now)?[.!?]*$",
    re.I,
)


def as_many(message: str, canvas: Canvas) -> str:
    """'two balls instead of one' → 'add one more ball', where there is one ball; another message as it is."""
    said = _POLITE.sub("", message.strip())
    match = next(filter(None, (turn.fullmatch(said) for turn in _TURNS)), None)
    if match is None:
        return message
    noun, words = singular(match["noun"].lower()), match["words"].lower().split()
    names = [plain(region.description) for region in canvas.regions]
    there = [
        name for name in names if (head := head_of(name)) and singular(head[-1]) == noun and set(words) <= set(head)
    ]
    lacking = _NUMBERS[match["number"].lower()] - len(there)
    if not there or lacking not in _MORE:
        return message
    own = there[0] if len(set(there)) == 1 else " ".join((*words, noun))
    return f"add {_MORE[lacking]} {plural(own) if lacking > 1 else own}"
