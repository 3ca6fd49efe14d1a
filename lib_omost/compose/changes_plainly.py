"""Turns of English changes that a very small model takes for something else, said in words that it knows.

"Drop the lamp, I'd like a cactus in its place" makes it drop the lamp and put the cactus for another thing,
and "what stands on the left" is all there is to it.
"""

from __future__ import annotations

import re

from lib_omost.canvas.model import Canvas, Region
from lib_omost.canvas.vocabulary import GRID
from lib_omost.compose.words import color_in_words, color_of, plain

_ASKED = "(?:please |could you |can you |now )?"
_FORWARD = re.compile(rf"^({_ASKED}(?:bring|pull|move|take|drag) .+?) (?:forwards?|to the front|to the fore)\b", re.I)
_BACKWARD = re.compile(
    rf"^({_ASKED}(?:push|move|take|drag|set) .+?) (?:backwards?|further back|to the back|to the rear)\b", re.I
)
_REMOVE = "(?:remove|delete|drop|lose|erase|take (?:out|away|off)|get rid of|throw out)"
_WORDS = r"[a-z'-]+(?: [a-z'-]+){0,3}?"
_THERE = (
    "(?:in its (?:place|stead)|in (?:that|the same) (?:spot|place)|instead|there"
    "|where (?:it|he|she) (?:was|is|stood|sat))"
)
_IN_ITS_PLACE = re.compile(
    rf"^(?P<asked>{_ASKED}){_REMOVE} (?P<old>the {_WORDS})(?: away| out)?(?:[,;.]| and| then)+ "
    rf"(?:[^.,;]*? )??(?P<new>an? {_WORDS})(?: (?:shall|should|can|could|would|may|must))?"
    rf"(?: (?:be|go|come|stand|sit|float|lie|hang|look nice))? {_THERE}[.!]?$",
    re.I,
)
_FELL = re.compile(r"(?<![a-z])(?:(?:cut|chop) down|fell) (?=(?:all |both )?(?:of )?the )", re.I)
_VERBS = (
    "ride",
    "hold",
    "carry",
    "play",
    "eat",
    "drink",
    "read",
    "kick",
    "push",
    "pull",
    "throw",
    "chase",
    "hug",
    "face",
)
_DOES = re.compile(
    rf"^(?P<who>{_ASKED}(?:let )?the {_WORDS}) (?:(?:should|must|could|shall|is to) (?P<verb>{'|'.join(_VERBS)})"
    rf"|(?P<third>{'|'.join(_VERBS)})s) (?=(?:an?|the|its|his|her) )",
    re.I,
)
_PARTS = "sky|ground|floor|grass|sand|water|sea|wall|walls|snow|light"
_COLOR = "(?P<color>[a-z]+(?: [a-z]+)?)"
_OF_SCENE = re.compile(
    rf"^{_ASKED}(?:make|paint|colou?r|turn) the (?P<part>{_PARTS})(?: into| in| to)? {_COLOR}[.!]?$",
    re.I,
)
_COLORS = re.compile(
    rf"^{_ASKED}(?:swap|exchange|switch|trade) (?:the|their|these|both) colou?rs(?: of (?P<names>.+?))?[.!]?$", re.I
)
_BOTH = re.compile(r"(?:both(?: of them)?|the two(?: things)?|them)", re.I)
_PLACE = "(?P<place>left|right|middle|center|centre|top|bottom)"
_WHERE = f"(?:on|in|at|to) the (?:far |very )?{_PLACE}(?:-hand)?(?: side)?"
_WHAT = re.compile(
    r"\b(?:the (?:one|thing|object|figure)(?: that| which)?|what(?:ever)?)(?: is| stands| sits| lies| standing)?"
    rf" {_WHERE}"
    r"(?=\s*(?:[.,;!?]|and\b|(?!of\b)[a-z]+|$))",
    re.I,
)
_ANEW = re.compile(
    r"^(?:(?:no|ok|okay|well),? )?(?:forget|scrap|discard|throw away|never mind)"
    r" (?:all (?:of )?|everything|the whole )?"
    r"(?:this|that|it|these|picture|thing)?(?: picture| thing)?(?: away)?[.,;:!]+ (?:now |please )*"
    r"(?:(?:i(?:'d| would)? (?:like|want|prefer)(?: to see| to have)?|draw|show me|give me|make|let's have)(?: me)? )?"
    r"(?=(?:an?|one|two|three|four|five|six) )",
    re.I,
)

_APART = 8  # cells


def change_plainly(message: str, canvas: Canvas) -> str:
    """The message in plainer words; the same one where it has none of these turns."""
    message = _BACKWARD.sub(r"\1 farther away", _FORWARD.sub(r"\1 nearer", message))
    message = _IN_ITS_PLACE.sub(r"\g<asked>replace \g<old> with \g<new>", message)
    message = _FELL.sub("remove ", message)
    message = _ANEW.sub("new picture: ", message)
    message = _DOES.sub(lambda match: f"{match['who']} is {_doing(match['verb'] or match['third'])} ", message)
    message = _scene_colored(message, canvas)
    return _at_places(_colors_swapped(message, canvas), canvas)


def _doing(verb: str) -> str:
    """'ride' → 'riding', 'hug' → 'hugging'"""
    verb = verb.lower()
    return {"hug": "hugging"}.get(verb, verb.removesuffix("e") + "ing")


def _scene_colored(message: str, canvas: Canvas) -> str:
    """'make the sky purple' → 'change the scene to hills under a purple sky', where the sky is no thing of its own."""
    match = _OF_SCENE.match(message)
    scene = plain(canvas.description)
    if match is None or color_of(match["color"]) is None or not scene:
        return message
    part, color = match["part"].lower(), match["color"].lower()
    if any(re.search(rf"\b{part}\b", region.description, re.I) for region in canvas.regions):
        return message
    said = re.search(rf"\b(?:[a-z]+ )?{part}$", scene)
    if said is not None:
        return f"change the scene to {scene[: said.start()]}{color} {part}"
    return f"change the scene to {scene} {'under a' if part == 'sky' else 'with'} {color} {part}"


def _colors_swapped(message: str, canvas: Canvas) -> str:
    """'swap their colours' → 'make the ball blue and the box red', of the two that are meant."""
    match = _COLORS.match(message)
    if match is None:
        return message
    names = [plain(region.description) for region in canvas.regions]
    nouns = [name.split()[-1] if name else "" for name in names]
    said = (match["names"] or "them").lower()
    meant = [number for number, noun in enumerate(nouns) if noun and re.search(rf"\b{re.escape(noun)}\b", said)]
    if _BOTH.fullmatch(said) and len(names) == 2:
        meant = [0, 1]
    if len(meant) != 2 or len({nouns[number] for number in meant}) < 2:
        return message
    colors = [color_in_words(canvas.regions[number].color_name) for number in reversed(meant)]
    first, second = (f"the {nouns[number]} {color}" for number, color in zip(meant, colors, strict=True))
    return f"make {first} and {second}"


def _at_places(message: str, canvas: Canvas) -> str:
    """'the one on the left' → 'the red signpost', where exactly one thing stands farthest there."""

    def said(match: re.Match[str]) -> str:
        region = _there(match["place"].lower(), canvas.regions)
        names = [plain(each.description) for each in canvas.regions]
        name = plain(region.description) if region else ""
        return f"the {name}" if name and names.count(name) == 1 else match[0]

    return _WHAT.sub(said, message)


def _there(place: str, regions: tuple[Region, ...]) -> Region | None:
    """The one region that is farthest at a side, or alone nearest to the middle."""
    if len(regions) < 2:
        return None
    across, down = ({id(each): _middle(each, axis) for each in regions} for axis in (0, 1))
    ways = {"left": across, "right": {key: -x for key, x in across.items()}, "top": down}
    ways["bottom"] = {key: -y for key, y in down.items()}
    far = ways.get(place, {key: max(abs(x), abs(down[key])) for key, x in across.items()})
    first, second, *_ = sorted(regions, key=lambda each: far[id(each)])
    is_clear = far[id(second)] - far[id(first)] > _APART
    is_there = far[id(first)] < (_APART if place in ("middle", "center", "centre") else 0)
    return first if is_clear and is_there else None


def _middle(region: Region, axis: int) -> float:
    """The centre of a region from the middle of the picture."""
    top, bottom, left, right = region.rect
    return (left + right if axis == 0 else top + bottom) / 2 - GRID / 2
