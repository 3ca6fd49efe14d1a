"""The plan and edit languages as grammars: what a model held to one of them writes can be read."""

from __future__ import annotations

from lib_omost.canvas.colors import COLORS
from lib_omost.compose.edit import ALL, DEPTH_STEPS, NUDGES, SCALES
from lib_omost.compose.plan import NOT_FIRST
from lib_omost.compose.prompt import NEW
from lib_omost.compose.vocabulary import (
    CORNERS,
    DEPTHS,
    LONGEST_SCENE,
    LONGEST_THING,
    MOST_ENTRIES,
    MOST_OF_A_THING,
    PLACES,
    RELATIONS,
    SHIFTS,
    SIZES,
)
from lib_omost.grammar.rules import (
    Chars,
    Choice,
    Grammar,
    Literal,
    Node,
    Ref,
    Repeat,
    literals,
    sequence,
    up_to,
)

MOST_EDITS = 6
MOST_ABSENT = 4
_ALNUM = Chars(("az", "09"))
_CHAR = Chars(("az", "09", "''", "--"))
_SPACED = Choice((_CHAR, sequence(Literal(" "), _ALNUM)))
_JOINED = Choice((_CHAR, sequence(literals(" ", ", "), _ALNUM)))
_MOST = (LONGEST_THING - 4) // 2  # characters behind the first few, each with a space before it at most


def plan_rules() -> Grammar:
    """One plan, and nothing behind it."""
    return Grammar({"start": Ref("plan"), "plan": _plan(), **_common()})


def edit_rules(regions: int) -> Grammar:
    """Edits of a canvas with so many regions, which they name by number, or another picture's plan."""
    rules: dict[str, Node] = {
        "start": Choice(
            (Literal("nothing\n"), Repeat(Ref("edit"), 1, MOST_EDITS), sequence(Literal(NEW), Ref("plan")))
        ),
        "plan": _plan(),
        "edit": Choice(tuple(_edits(regions))),
        **_common(),
    }
    if regions:
        rules["NUMBER"] = literals(*map(str, range(1, regions + 1)))
        rules["relation"] = _relation(Ref("NUMBER"))
    return Grammar(rules)


def _common() -> dict[str, Node]:
    return {
        "entry": _entry(Ref("target_relation")),
        "target_relation": _relation(Ref("WORDS")),
        "THING": _thing(),
        "WORDS": sequence(_ALNUM, Repeat(_SPACED, 0, _MOST)),
        "SCENE": sequence(_ALNUM, Repeat(_JOINED, 0, LONGEST_SCENE // 3 - 1)),
        "ABSENT": sequence(_ALNUM, Repeat(_SPACED, 0, LONGEST_SCENE // 8 - 2)),
        "COLOR": literals(*COLORS),
        "PLACE": literals(*PLACES),
        "SHIFT": literals(*SHIFTS),
        "SIZE": literals(*SIZES),
    }


def _plan() -> Node:
    return sequence(
        Literal("scene: "),
        Ref("SCENE"),
        up_to(sequence(Literal("; "), Ref("COLOR")), 1),
        Literal("\n"),
        up_to(sequence(Literal("style: "), Ref("SCENE"), Literal("\n")), 1),
        up_to(_absent(), 1),
        Repeat(sequence(Literal(" "), Ref("entry"), Literal("\n")), 0, MOST_ENTRIES),
    )


def _absent() -> Node:
    more = sequence(Literal(", "), Ref("ABSENT"))
    return sequence(Literal("no: "), Ref("ABSENT"), Repeat(more, 0, MOST_ABSENT - 1), Literal("\n"))


def _entry(relation: Node) -> Node:
    place = Choice((sequence(Ref("PLACE"), up_to(sequence(Literal(", "), Ref("SHIFT")), 1)), Literal(CORNERS)))
    fields = (place, relation, Ref("SIZE"), literals(*DEPTHS), Ref("COLOR"))
    count = sequence(literals(*map(str, range(2, MOST_OF_A_THING + 1))), Literal(" x "))
    return sequence(up_to(count, 1), Ref("THING"), *(up_to(sequence(Literal("; "), field), 1) for field in fields))


def _relation(target: Node) -> Node:
    single = [kind for kind in RELATIONS if kind != "between"]
    return Choice(
        (
            sequence(literals(*single), Literal(" "), target),
            sequence(Literal("between "), target, Literal(" and "), target),
        )
    )


def _edits(regions: int) -> list[Node]:
    whole = [
        sequence(Literal("scene: "), Ref("SCENE"), up_to(sequence(Literal("; "), Ref("COLOR")), 1), Literal("\n")),
        sequence(Literal("style: "), Ref("SCENE"), Literal("\n")),
        _absent(),
    ]
    if not regions:
        return [sequence(Literal("add: "), Ref("entry"), Literal("\n")), *whole]
    number = Ref("NUMBER")
    targets = Choice((Literal(ALL), sequence(number, up_to(sequence(Literal(", "), number), regions - 1))))
    place = sequence(Ref("PLACE"), up_to(sequence(Literal(", "), Ref("SHIFT")), 1))
    values: dict[str, Node] = {
        "color": Ref("COLOR"),
        "move": Choice((place, Ref("relation"))),
        "shift": sequence(up_to(Literal("slightly "), 1), literals(*NUDGES)),
        "size": Choice((Ref("SIZE"), literals(*SCALES))),
        "depth": literals(*DEPTH_STEPS),
        "replace": sequence(Ref("THING"), up_to(sequence(Literal("; "), Ref("COLOR")), 1)),
        "describe": Ref("THING"),
    }
    return [
        *(
            sequence(Literal(verb + " "), targets, Literal(": "), value, Literal("\n"))
            for verb, value in values.items()
        ),
        sequence(Literal("swap "), number, Literal(", "), number, Literal("\n")),
        sequence(Literal("remove "), targets, Literal("\n")),
        sequence(Literal("add: "), _entry(Ref("relation")), Literal("\n")),
        *whole,
    ]


def _thing() -> Node:
    """Words of which the first is not one of NOT_FIRST and no lone digit, which would be a count."""
    rest = Repeat(_SPACED, 0, _MOST)
    free = set("abcdefghijklmnopqrstuvwxyz") - {word[0] for word in NOT_FIRST}
    spelt = [sequence(Literal(letter), _beyond(letter)) for letter in sorted({word[0] for word in NOT_FIRST})]
    return Choice((sequence(_chars(free), rest), sequence(Chars(("09",)), _CHAR, rest), *spelt))


def _beyond(start: str) -> Node:
    """What can follow the start of a word of NOT_FIRST, so that the word is another one, letter by letter."""
    rest = Repeat(_SPACED, 0, _MOST)
    letters = {word[len(start)] for word in NOT_FIRST if word.startswith(start) and word != start}
    options = [sequence(_chars(set("abcdefghijklmnopqrstuvwxyz0123456789'-") - letters), rest)]
    options += [sequence(Literal(letter), _beyond(start + letter)) for letter in sorted(letters)]
    if start in NOT_FIRST:
        return Choice(tuple(options))
    return up_to(Choice((*options, sequence(Literal(" "), _ALNUM, rest))), 1)


def _chars(allowed: set[str]) -> Chars:
    """One of these characters."""
    runs: list[str] = []
    for char in sorted(allowed):
        if runs and ord(char) == ord(runs[-1][1]) + 1:
            runs[-1] = runs[-1][0] + char
        else:
            runs.append(char + char)
    return Chars(tuple(runs))
