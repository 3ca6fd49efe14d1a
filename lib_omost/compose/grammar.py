"""The plan and edit languages as grammars: what a model held to one of them writes can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lib_omost.canvas.colors import COLORS
from lib_omost.compose.edit import ALL, DEPTH_STEPS, NUDGES, SCALES
from lib_omost.compose.plan import NOT_FIRST
from lib_omost.compose.prompt import NEW
from lib_omost.compose.reply_words import ReplyWords
from lib_omost.compose.vocabulary import (
    CORNERS,
    DEPTHS,
    JOINTS,
    LONGEST_WORD,
    MOST_ABSENT,
    MOST_ENTRIES,
    MOST_JOINTS,
    MOST_OF_A_THING,
    MOST_WORDS,
    MOST_WORDS_OF_ABSENT,
    MOST_WORDS_OF_SCENE,
    MOST_WRITTEN,
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
_WORD = re.compile("[a-z0-9][a-z0-9'-]*")
_COUNT = re.compile("[0-9]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CHAR = Chars(("az", "09", "''", "--"))


def plan_rules(words: ReplyWords | None) -> Grammar:
    """One plan of these words, or of any for None, and nothing behind it."""
    return Grammar({"start": Ref("plan"), "plan": _plan(), **_common(words)})


def edit_rules(words: ReplyWords | None, regions: int) -> Grammar:
    """Edits of a canvas with so many regions, which they name by number, or a new plan, of these words; None: any."""
    rules: dict[str, Node] = {
        "start": Choice(
            (Literal("nothing\n"), Repeat(Ref("edit"), 1, MOST_EDITS), sequence(Literal(NEW), Ref("plan")))
        ),
        "plan": _plan(),
        "edit": Choice(tuple(_edits(regions))),
        **_common(words),
    }
    if regions:
        number = literals(*map(str, range(1, regions + 1)))
        rules |= {"NUMBER": number, "NUMBERED": _relation(Ref("NUMBER"))}
    return Grammar(rules)


def some_edits(rules: Grammar) -> Grammar:
    """The same rules where there is something to change for sure, and no other picture is wanted."""
    return Grammar({**rules.rules, "start": Repeat(Ref("edit"), 1, MOST_EDITS)})


def going_on(rules: Grammar) -> Grammar:
    """The same rules behind a text that was mended, which may count further than a model does."""
    return Grammar({**rules.rules, "entry": _entry(Ref("RELATION"), MOST_OF_A_THING)})


def _common(words: ReplyWords | None) -> dict[str, Node]:
    """Rules of both languages. A decoder takes the longest terminal that fits and never goes back, so each of these
    holds all that may be read together: "in" and "in front of", a target and the "and" behind it."""
    return {
        "entry": _entry(Ref("RELATION")),
        "RELATION": _relation(Ref("TARGET")),
        "TARGET": _thing(Ref("OTHER"), Ref("OTHER"), Ref("LINK")),
        "THING": _thing(Ref("FIRST"), Ref("WORD"), Ref("JOINT")),
        "SCENE": _row(Ref("ANY"), Ref("ANY"), " ", ", ", most=MOST_WORDS_OF_SCENE),
        "ABSENT": _row(Ref("ANY"), Ref("ANY"), " ", most=MOST_WORDS_OF_ABSENT),
        "JOINT": literals(*JOINTS),
        "LINK": literals(*(word for word in JOINTS if word != "and")),  # an "and" stands between two targets
        **(_any_words() if words is None else _known_words(words)),
        "COLOR": literals(*COLORS),
        "PLACE": literals(*PLACES),
        "SHIFT": literals(*SHIFTS),
        "SIZE": literals(*SIZES),
    }


def _known_words(words: ReplyWords) -> dict[str, Node]:
    """Words of things, those that a thing begins with, those of a target, and all others."""
    things = _fitting(words.things - set(JOINTS))
    return {
        "WORD": literals(*things),
        "FIRST": literals(*(word for word in things if word not in NOT_FIRST and not _COUNT.fullmatch(word))),
        "OTHER": literals(*things),
        "ANY": literals(*_fitting(words.scenes)),
    }


def _any_words() -> dict[str, Node]:
    word = sequence(Chars(("az", "09")), Repeat(_CHAR, 0, LONGEST_WORD - 1))
    number = sequence(Chars(("09",)), Repeat(_CHAR, 1, LONGEST_WORD - 1))
    return {"WORD": word, "FIRST": Choice((_beyond(""), number)), "OTHER": word, "ANY": word}


def _beyond(start: str) -> Node:
    """What can follow the start of a word of NOT_FIRST, so that the word is another one, letter by letter."""
    letters = sorted({word[len(start)] for word in NOT_FIRST if word.startswith(start) and word != start})
    others = set(_LETTERS + "0123456789'-" * bool(start)) - set(letters)
    rest = Repeat(_CHAR, 0, LONGEST_WORD - len(start) - 1)
    options = Choice(
        (
            sequence(Chars(tuple(char * 2 for char in sorted(others))), rest),
            *(sequence(Literal(letter), _beyond(start + letter)) for letter in letters),
        )
    )
    return options if not start or start in NOT_FIRST else up_to(options, 1)


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


def _entry(relation: Node, most: int = MOST_WRITTEN) -> Node:
    place = Choice((sequence(Ref("PLACE"), up_to(sequence(Literal(", "), Ref("SHIFT")), 1)), Literal(CORNERS)))
    fields = (place, relation, Ref("SIZE"), literals(*DEPTHS), Ref("COLOR"))
    count = sequence(literals(*map(str, range(2, most + 1))), Literal(" x "))
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
        "move": Choice((place, Ref("NUMBERED"))),
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
        sequence(Literal("add: "), _entry(Ref("NUMBERED")), Literal("\n")),
        *whole,
    ]


def _fitting(words: Iterable[str]) -> list[str]:
    return sorted(word for word in words if len(word) <= LONGEST_WORD and _WORD.fullmatch(word))


def _thing(first: Node, word: Node, joint: Node) -> Node:
    """Words, before each but the first perhaps "of the" or "with a": small words alone would go on without end."""
    joined = up_to(sequence(joint, Literal(" ")), MOST_JOINTS)
    return sequence(first, Repeat(sequence(Literal(" "), joined, word), 0, MOST_WORDS - 1))


def _row(first: Node, other: Node, *joints: str, most: int) -> Node:
    return sequence(first, Repeat(sequence(literals(*joints), other), 0, most - 1))
