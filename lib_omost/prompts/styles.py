"""Tag styles: how sub-prompts are worded for checkpoints that were trained on tags.

Sources: the Omost readme, "Parameter: tags …"; Danbooru's counting tags (1girl, 2boys, … 6+girls, multiple girls);
guides to Pony Diffusion V6 (score tags at the head of the prompt, the top three at least).
"""

from __future__ import annotations

import re
from enum import Enum

PONY_SCORES = "score_9, score_8_up, score_7_up"


class TagStyle(Enum):
    """How the sub-prompts of a path are worded.

    PLAIN: as the language model wrote them.
    BOORU: people are counted as booru models expect, in every sub-prompt (see `count_people`).
    PONY: as BOORU, and the score tags head every path, so that they stand in each bag.
    TAGS: tags take the place of descriptions. A region's `tags` become its prefix; its own and the global description
        and the detailed descriptions are left out; atmosphere, style and quality stay. Two lists of tags seldom fit in
        75 tokens, so local paths do not repeat the global tags, which reach every pixel anyway. A region without tags
        keeps its descriptions.
    """

    PLAIN = "plain"
    BOORU = "booru"
    PONY = "pony"
    TAGS = "tags"


_KINDS = {
    **dict.fromkeys(("girl", "girls", "woman", "women", "lady", "ladies"), "girl"),
    **dict.fromkeys(("boy", "boys", "man", "men", "guy", "guys", "gentleman", "gentlemen"), "boy"),
}
_PLURALS = {"girls", "women", "ladies", "boys", "men", "guys", "gentlemen"}
_COUNTS = {
    **dict.fromkeys(("two", "2", "a couple of", "a pair of"), "2{}s"),
    **dict.fromkeys(("three", "3"), "3{}s"),
    **dict.fromkeys(("four", "4"), "4{}s"),
    **dict.fromkeys(("five", "5"), "5{}s"),
    **dict.fromkeys(
        ("six", "6", "seven", "7", "eight", "8", "nine", "9", "ten", "10", "a dozen", "dozens of"), "6+{}s"
    ),
}
_ARTICLES = ("a", "an", "one", "1", "the", "some", "several", "many", "multiple", "a group of", "the group of")


def _alternatives(words: tuple[str, ...] | list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# No adjectives: they would tie people to a number or a thing that stands farther off.
_JOINTS = ("of", "in", "on", "at", "by", "with", "and", "or", "the", "a", "an", "is", "are", "to", "for", "from")
_NO_ADJECTIVES = _alternatives([*_JOINTS, "multiple", *(count for count in _COUNTS if " " not in count)])

_PEOPLE = re.compile(
    rf"""(?<![\w'’+-])
    (?:(?P<count>{_alternatives([*_COUNTS, *_ARTICLES]).replace(" ", "[ ]")})[ ])?
    (?P<adjectives>(?:(?!(?:{_NO_ADJECTIVES})[ ])[a-z-]{{1,20}}[ ]){{0,2}}?)
    (?P<noun>{_alternatives(list(_KINDS))})
    (?!\w|['’]\w|-\w|[ ]scouts?\b)""",
    re.IGNORECASE | re.VERBOSE,
)


def count_people(text: str) -> str:
    """Write people as booru counting tags, articles and numbers included.

    "a girl" → "1girl", "a young woman" → "young 1girl", "two girls" → "2girls", "boys" → "multiple boys", "seven men" →
    "6+boys", "twin girls" → "twin 2girls". Whole words alone: "1girl", "girl's", "cowgirl" and "girl scouts" stay as
    they are.
    """
    return _PEOPLE.sub(_counted, text)


def _counted(match: re.Match[str]) -> str:
    noun, count = match["noun"].lower(), (match["count"] or "").lower()
    kind = _KINDS[noun]
    if noun in _PLURALS:
        twins = "twin" in match["adjectives"].lower().split()
        tag = _COUNTS.get(count, "2{}s" if twins else "multiple {}s").format(kind)
    elif count in _COUNTS:
        return match[0]  # "two girl" is no count of people: "two girl scouts"
    else:
        tag = f"1{kind}"
    return match["adjectives"] + tag
