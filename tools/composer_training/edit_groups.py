"""How messages name several things of a canvas at once: both, all but one, all of a kind or colour, only one to be kept."""

from __future__ import annotations

import random

from composer_training.canvases import Page
from composer_training.edit_targets import target_of
from composer_training.things import Thing
from lib_omost.compose.edit import Targets

_KINDS = {  # what all things of a kind are called
    "animal": "animals", "person": "people", "vehicle": "vehicles", "building": "buildings", "plant": "plants", "toy": "toys", "tool": "tools",
    "instrument": "instruments", "machine": "machines", "shape": "shapes", "container": "containers", "food": "pieces of food", "clothing": "clothes",
}  # fmt: skip


def group_of(rng: random.Random, found: Page) -> tuple[str, Targets, Thing] | None:
    """Two or more things but not simply all: how a message names them, their numbers in order, and the first of them."""
    count = len(found.things)
    if count < 2:
        return None
    ways = [_two_of, _two_of, _of_a_kind, _of_a_color, _but_one]
    if count in (2, 3):
        ways.append(_all_of_few)
    drawn = rng.choice(ways)(rng, found)
    if drawn is None:
        return None
    said, numbers = drawn
    return said, Targets(tuple(map(str, sorted(numbers)))), found.things[min(numbers) - 1]


def others_than(rng: random.Random, found: Page) -> tuple[str, Targets] | None:
    """How one or two things that are to stay are named, and the numbers of all others."""
    kept = target_of(rng, found) if rng.random() < 0.75 else _pair_as_target(rng, found)
    if kept is None or "all" in kept[1].names:
        return None
    rest = [str(number) for number in range(1, len(found.things) + 1) if str(number) not in kept[1].names]
    return (kept[0], Targets(tuple(rest))) if rest else None


def _pair_as_target(rng: random.Random, found: Page) -> tuple[str, Targets, Thing] | None:
    drawn = _two_of(rng, found)
    if drawn is None:
        return None
    return drawn[0].removeprefix("both "), Targets(tuple(map(str, sorted(drawn[1])))), found.things[drawn[1][0] - 1]


def _two_of(rng: random.Random, found: Page) -> tuple[str, list[int]] | None:
    one, other = target_of(rng, found, several=False), target_of(rng, found, several=False)
    if one is None or other is None or one[1] == other[1] or "it" in (one[0], other[0]):
        return None
    form = rng.choice(
        (
            "{a} and {b}",
            "{a} and {b}",
            "both {a} and {b}",
            "{a} as well as {b}",
            "{b} and {a}",
            "{a} and also {b}",
            "{a}, {b}",
        )
    )
    return form.format(a=one[0], b=other[0]), [int(one[1].names[0]), int(other[1].names[0])]


def _all_of_few(rng: random.Random, found: Page) -> tuple[str, list[int]] | None:
    if len(found.things) == 2:
        said = rng.choice(
            (
                "both",
                "both of them",
                "the two",
                "both things",
                "the two of them",
                "both objects",
                "them both",
                "the two things",
            )
        )
        return said, [1, 2]
    return rng.choice(("all three", "all three of them", "the three", "all three things", "the three of them")), [
        1,
        2,
        3,
    ]


def _of_a_kind(rng: random.Random, found: Page) -> tuple[str, list[int]] | None:
    kind = rng.choice(found.things).kind
    numbers = [number for number, thing in enumerate(found.things, 1) if thing.kind == kind]
    if kind not in _KINDS or not 2 <= len(numbers) < len(found.things):
        return None
    name = _KINDS[kind]
    both = ("both {n}", "the two {n}") if len(numbers) == 2 else ("all {n}", "all the {n}", f"the {len(numbers)} {{n}}")
    return rng.choice(("the {n}", *both)).format(n=name), numbers


def _of_a_color(rng: random.Random, found: Page) -> tuple[str, list[int]] | None:
    color = rng.choice(found.things).color
    numbers = [number for number, thing in enumerate(found.things, 1) if thing.color == color]
    if color is None or len(numbers) < 2 or any(color not in found.things[number - 1].text for number in numbers):
        return None
    return rng.choice(("the {c} ones", "all {c} ones", "everything {c}", "all that is {c}", "the {c} things")).format(
        c=color
    ), numbers


def _but_one(rng: random.Random, found: Page) -> tuple[str, list[int]] | None:
    if len(found.things) < 3:
        return None
    rest = others_than(rng, found)
    if rest is None or len(rest[1].names) < 2:
        return None
    form = rng.choice(
        ("everything but {t}", "all but {t}", "everything except {t}", "all except {t}", "everything other than {t}", "all things but {t}",
         "everything except for {t}", "all the others, not {t}")
    )  # fmt: skip
    return form.format(t=rest[0]), [int(name) for name in rest[1].names]
