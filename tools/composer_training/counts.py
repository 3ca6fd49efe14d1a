"""Wishes for several of a thing: counts in digits and words, in rows, in corners, one on each side, in several colours."""

from __future__ import annotations

import random
from dataclasses import replace

from composer_training.lexicon import COLORS
from composer_training.phrases import joined, related, surrounded
from composer_training.things import NUMBERS, Thing, Things, color_name, entry_of, plural, with_article
from composer_training.wishes import STEP_KINDS, Wish
from lib_omost.compose.plan import Entry, Relation
from lib_omost.compose.vocabulary import CORNERS

_WORDS = {
    2: (
        "a pair of",
        "twin",
        "identical twin",
        "a matching pair of",
        "a brace of",
        "a double set of",
        "a couple of",
        "both",
        "2",
        "a duo of",
        "a twosome of",
        "two",
        "two",
    ),
    3: ("a trio of", "3", "a threesome of", "three", "a set of three", "a group of three"),
    4: ("a quartet of", "4", "four", "a set of four", "a group of four", "a foursome of"),
    5: ("a quintet of", "5", "five", "a set of five", "a group of five", "a handful of five"),
    6: (
        "half a dozen",
        "half a dozen",
        "a good half dozen",
        "half a dozen",
        "a half dozen",
        "6",
        "six",
        "a half-dozen",
        "a set of six",
        "a group of six",
    ),
}
_BEHIND = ("{m}, {n} of them", "{m} ({n})", "{m} ({d})", "{m} x{d}", "{d}x {m}", "{d} x {m}", "{m}, {n} in all", "{m}: {n} of them",
    "{m}, {n} in number", "exactly {n} {m}", "just {n} {m}", "only {n} {m}", "{n} identical {m}", "{n} of these: {m}", "{n} {m} in total",
)  # fmt: skip
_MORE = (
    "seven",
    "eight",
    "nine",
    "ten",
    "a dozen",
    "twelve",
    "twenty",
    "a hundred",
    "10",
    "12",
    "two dozen",
    "dozens of",
    "countless",
)
_ONE_EACH = (
    "{m}, one on the left and one on the right", "{m}, one left, one right", "{m}: one left, one right", "two {m}, one on the left, one on the right",
    "two {m}, one on each side", "{a} on each side", "{a} on either side", "{a} on both sides", "{a} left and right", "one {t} on the left, one on the right",
    "{a} at either end", "two {m}, one to the left, the other to the right", "{a} on the left and another one on the right", "{a} on the left, another {t} on the right",
)  # fmt: skip


def counted(rng: random.Random, things: Things, held_out: bool) -> Wish:
    ways = (_on_both_sides, _in_colors, _more, _several_kinds, _one_kind)
    way = rng.choices(ways, (10, 12, 5, 10, 63))[0]
    return way(rng, things, held_out)


def _one_kind(rng: random.Random, things: Things, held_out: bool) -> Wish:
    thing = things.one(counted=1, rich=0.4, color=0.4)
    if thing.count < 2:
        return thing.said, (entry_of(thing),), [thing]
    said = _in_words(rng, thing)
    kind = rng.random()
    if kind < 0.28:
        return _in_order(rng, thing, said)
    if kind < 0.8:
        return _with_another(rng, things, thing, said, held_out)
    return said, (entry_of(thing),), [thing]


def _in_words(rng: random.Random, thing: Thing) -> str:
    """How many there are, in one of many ways."""
    many = plural(thing.text, thing.noun)
    kind = rng.random()
    if kind < 0.35:
        return thing.said
    if kind < 0.8:
        return f"{rng.choice(_WORDS[thing.count])} {many}"
    return rng.choice(_BEHIND).format(m=many, n=NUMBERS[thing.count], d=thing.count)


def _in_order(rng: random.Random, thing: Thing, said: str) -> Wish:
    """Several of a thing in a row, in a column or in the corners."""
    kind = rng.random()
    if kind < 0.28 and thing.count >= 4:
        thing = replace(thing, count=4)
        four = rng.choice((" in the corners", ", one in each corner", " in all four corners", ", one per corner"))
        return thing.said + four, (entry_of(thing, place=CORNERS),), [thing]
    if kind < 0.72:
        row = (" in a row", " lined up", " side by side", ", all in a row", " in a line", " next to each other")
        return said + rng.choice(row), (entry_of(thing, size="large wide"),), [thing]
    column = (" in a column", " stacked up", " one above the other", " on top of each other", " in a stack")
    return said + rng.choice(column), (entry_of(thing, size="large tall"),), [thing]


def _with_another(rng: random.Random, things: Things, thing: Thing, said: str, held_out: bool) -> Wish:
    """Several of a thing, and another thing beside, around which or where they are."""
    other = things.one(counted=0.4, rich=0.25)
    if other.count == 1 and other.lead == "a" and rng.random() < 0.2:
        other = replace(other, lead=rng.choice(("one", "1", "a single")))
    second = _in_words(rng, other) if other.count > 1 else other.said
    kind = rng.random()
    if kind < 0.5:
        order = (thing, other) if rng.random() < 0.5 else (other, thing)
        texts = [said if one is thing else second for one in order]
        joint = rng.choice((" and ", " and ", " with ", " plus ", ", ", ", and "))
        return joint.join(texts), tuple(map(entry_of, order)), list(order)
    if kind < 0.72:
        relation = "around"
        phrase, turned = surrounded(rng, said, second, held_out)
    else:
        relation = rng.choice((*STEP_KINDS, "in front of", "behind"))
        phrase, turned = related(rng, relation, said, second, held_out)
    pair = (entry_of(thing, relation=Relation(relation, (other.noun,))), entry_of(other))
    return phrase, pair[::-1] if turned else pair, [other, thing] if turned else [thing, other]


def _several_kinds(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Three kinds of things, most of them several: two cats, three dogs and a bird."""
    known = [things.one(counted=0.8, rich=0.15) for _ in range(rng.choice((2, 3, 3, 4)))]
    texts = [_in_words(rng, thing) if thing.count > 1 and rng.random() < 0.3 else thing.said for thing in known]
    return joined(rng, texts), tuple(map(entry_of, known)), known


def _on_both_sides(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """One of a thing on each side, and perhaps another thing between them."""
    thing = replace(things.one(rich=0.3, counted=0, sized=0), count=1, lead="a")
    many = plural(thing.text, thing.noun)
    each = rng.choice(_ONE_EACH).format(m=many, a=with_article(thing.text), t=thing.text)
    left, right = entry_of(thing, place="left"), entry_of(thing, place="right")
    if rng.random() < 0.4:
        return each, (left, right), [thing]
    middle = things.one(rich=0.3, counted=0)
    form = rng.choice(
        ("{a} with {e}", "{a}, {e}", "{e}, {a} in the middle", "{e} and {a} in the middle", "{a} flanked by two {m}",
         "{a} in the center, {e}", "{a} between two {m}", "two {m} with {a} between them", "two {m} and {a} in between")
    )  # fmt: skip
    said = form.format(a=middle.said, e=each, m=many)
    center = entry_of(middle, place="center")
    order = (center, left, right) if said.startswith(middle.said) else (left, right, center)
    return said, order, [middle, thing] if order[0] is center else [thing, middle]


def _in_colors(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Several of a noun in two or three colours: three ducks, two white and one black."""
    thing = replace(things.one(rich=0, sized=0, color=0, counted=0), count=1, lead="a")
    hues = rng.sample(sorted(set(COLORS)), rng.choice((2, 2, 3)))
    counts = [rng.choice((1, 1, 1, 2, 3)) for _ in hues]
    words = ["one", *NUMBERS.values()]
    total = sum(counts)
    many = plural(thing.noun, thing.noun)
    parts = [f"{words[count - 1]} {hue}" for count, hue in zip(counts, hues, strict=True)]
    listed = rng.choice((" and ", ", ")).join([", ".join(parts[:-1]), parts[-1]])
    form = rng.choice(("{n} {m}, {l}", "{n} {m}: {l}", "{n} {m} - {l}", "{n} {m} ({l})", "{m}, {l}", "{l} {w}"))
    number = words[total - 1] if total <= 6 else str(total)
    said = form.format(n=number, m=many, l=listed, w=many if counts[-1] > 1 else thing.noun)
    entries = tuple(
        Entry(f"{hue} {thing.noun}", count, color=color_name(hue)) for hue, count in zip(hues, counts, strict=True)
    )
    return said, entries, [thing]


def _more(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """More than a plan can count: the words say so."""
    thing = replace(things.one(rich=0.3, sized=0, counted=0), count=1)
    number = rng.choice(_MORE)
    text = f"{number.removeprefix('a ')} {plural(thing.text, thing.noun)}"
    entries: tuple[Entry, ...] = (entry_of(replace(thing, text=text)),)
    said = f"{number} {plural(thing.text, thing.noun)}"
    if rng.random() < 0.5:
        other = things.one(rich=0.3)
        return f"{said} and {other.said}", (*entries, entry_of(other)), [thing, other]
    return said, entries, [thing]
