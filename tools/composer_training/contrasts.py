"""Descriptions that set one thing against another: left against right, near against far, large against small, light against dark."""

from __future__ import annotations

import random
from dataclasses import replace

from composer_training.lexicon import COLORS, read_lists
from composer_training.scenes import place
from composer_training.things import Thing, Things, color_name, entry_of, with_article
from lib_omost.compose.plan import Entry, Plan, Relation

_SIDES = (
    "On the left is {x}; on the right, by contrast, {y}.", "{x} fills the left half of the view, whereas {y} fills the right half.",
    "The left side is taken up by {x}, the right side by {y}.", "To the left we see {x}, while to the right there is {y}.",
    "{x} occupies the left of the frame. Opposite it, on the right, is {y}.", "{x} is on the left, and facing it from the right is {y}.",
    "At the left edge stands {x}, in shadow; at the right edge {y}, brightly lit.", "The sunlit left part shows {x}, the darker right part {y}.",
    "In contrast to {x} on the left, {y} is on the right.", "On the one side, the left, {x}. On the other, the right, {y}.",
)  # fmt: skip
_HEIGHTS = (
    "High up at the top is {x}, while {y} is down at the bottom.", "The upper part shows {x}, the lower part {y}.", "At the top, {x}; far below it, at the bottom, {y}.",
    "{x} can be made out along the top, in contrast to {y} at the bottom.", "The top of the view is dark with {x}, the bottom bright with {y}.",
)  # fmt: skip
_DEPTHS = (
    "{x} is close to the camera, whereas {y} is far away.", "In the foreground and in focus is {x}; in the background, blurry, {y}.", "{x} is near and sharp, {y} distant and faint.",
    "While {x} is right in front of us, {y} is a long way off.", "Up close there is {x}, and in the far distance {y}.", "{x} stands out in the foreground against {y} in the background.",
    "The viewer is nearest to {x}, with {y} much farther back.", "Out of focus in the background is {y}. In the foreground, {x} is sharp.",
)  # fmt: skip
_SIZES = (
    "{x} towers over everything; {y} next to it looks tiny.", "{x} is huge, whereas {y} is small.", "Compared with {x}, which is large, {y} is very small.",
    "{x} is by far the largest thing in view, {y} the smallest.", "{x} looks enormous beside {y}, which is tiny.", "Much smaller than {x}, which is large, is {y}.",
)  # fmt: skip
_HUES = (
    "Two {m} stand side by side: the left one is {c}, the right one {d}.", "There are two {m}, the one on the left {c}, the one on the right {d}.",
    "Of the two {m}, the left one is {c} while the other is {d}.", "{A} on the left and {b} on the right, otherwise alike.", "The {n} on the left is {c}; the one on the right, however, is {d}.",
    "The left {n} is {c}, unlike the right {n}, which is {d}.",
)  # fmt: skip
_PARTS = (
    "Its {p} is {c}.", "The {n} has {w}.", "It has {w}.", "The {p} of the {n} is {c}.", "The {n}'s {p} is {c}.", "With its {c} {p}, the {n} stands out.",
)  # fmt: skip
_IDLE = (
    "Both are lit from above.", "The paint is peeling in places.", "Light falls from the upper left corner of the frame.", "The right half of the view is darker than the left.",
    "The picture is taken from below.", "Neither of them casts a shadow.", "The ground between them is bare.", "There is not much else to see.", "The camera is held at an angle.",
    "The edges of the frame are blurred.", "One can hardly make out the rest.", "Behind all that, nothing but haze.", "Some of it is out of the frame.", "The top of the frame is cut off.",
    "The contrast between light and dark is strong.", "In the corner the light is fading.", "It must be late in the day.", "The near side is in the sun, the far side in the shade.",
)  # fmt: skip
_SET = (
    "The scene is {s}.",
    "It is {s}.",
    "All of this is {w}.",
    "The photo was taken {w}.",
    "{S}.",
    "We are {w}.",
    "A view {w}.",
    "Set {w}.",
    "This takes place {w}.",
)


def contrasted(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """Three to seven sentences, of which one or two contrast, and their plan."""
    things = Things(rng, held_out)
    where, scene, color = place(rng, held_out, 0.5)
    one = with_article(scene)
    sentences = [rng.choice(_SET).format(s=one, w=where + scene, S=one)]
    entries: list[Entry] = []
    makers = rng.sample((_sides, _heights, _depths, _sizes, _hues), rng.choice((1, 1, 2)))
    if {_sides, _hues} <= set(makers):
        makers = makers[:1]
    for make in makers:
        said, more = make(rng, things)
        sentences.append(said)
        entries += more
    if rng.random() < 0.5:
        sentence, entries = _part(rng, things, entries)
        sentences.append(sentence)
    if len(entries) < 5 and rng.random() < 0.5:
        new = things.one(rich=0.4, counted=0.1)
        said, entry = _by(rng, new, rng.choice(entries))
        sentences.append(said)
        entries.append(entry)
    for idle in rng.sample(_IDLE, rng.choice((0, 1, 1, 2))):
        sentences.insert(rng.randint(1, len(sentences)), idle)
    if rng.random() < 0.3:
        sentences.append(sentences.pop(0))
    text = " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)
    return text, Plan(scene, color, "", (), tuple(entries))


def _two(rng: random.Random, things: Things) -> tuple[Thing, Thing]:
    return things.one(rich=0.4, counted=0.08, sized=0), things.one(rich=0.4, counted=0.08, sized=0)


def _sides(rng: random.Random, things: Things) -> tuple[str, list[Entry]]:
    one, other = _two(rng, things)
    return rng.choice(_SIDES).format(x=one.said, y=other.said), [
        entry_of(one, place="left"),
        entry_of(other, place="right"),
    ]


def _heights(rng: random.Random, things: Things) -> tuple[str, list[Entry]]:
    one, other = _two(rng, things)
    return rng.choice(_HEIGHTS).format(x=one.said, y=other.said), [
        entry_of(one, place="top"),
        entry_of(other, place="bottom"),
    ]


def _depths(rng: random.Random, things: Things) -> tuple[str, list[Entry]]:
    one, other = _two(rng, things)
    form = rng.choice(_DEPTHS)
    entries = [entry_of(one, depth="near"), entry_of(other, depth="far")]
    return form.format(x=one.said, y=other.said), entries if form.index("{x}") < form.index("{y}") else entries[::-1]


def _sizes(rng: random.Random, things: Things) -> tuple[str, list[Entry]]:
    one, other = (replace(thing, count=1, lead="a") for thing in _two(rng, things))
    return rng.choice(_SIZES).format(x=with_article(one.text), y=with_article(other.text)), [
        entry_of(one, size="large"),
        entry_of(other, size="small"),
    ]


def _hues(rng: random.Random, things: Things) -> tuple[str, list[Entry]]:
    """Two of a noun in two colours, one on each side."""
    thing = replace(things.one(rich=0, sized=0, color=0, counted=0), count=2)
    hues = rng.sample(sorted(set(COLORS)), 2)
    words = [f"{hue} {thing.noun}" for hue in hues]
    said = rng.choice(_HUES).format(
        m=thing.known.removeprefix("the "),
        n=thing.noun,
        c=hues[0],
        d=hues[1],
        A=with_article(words[0]),
        b=with_article(words[1]),
    )
    return said, [
        Entry(text, place=spot, color=color_name(hue))
        for text, spot, hue in zip(words, ("left", "right"), hues, strict=True)
    ]


def _part(rng: random.Random, things: Things, entries: list[Entry]) -> tuple[str, list[Entry]]:
    """What is said of a part belongs to the thing that was named last; it is no thing of its own."""
    last = entries[-1]
    name = rng.choice(read_lists("describing.txt")["parts of things"])
    if last.count > 1 or " with " in last.thing or len(last.thing) > 40 or name.endswith("s"):
        return "The rest is empty.", entries
    hue = rng.choice(COLORS)
    said = rng.choice(_PARTS[:-3] if rng.random() < 0.5 else _PARTS)
    noun = last.thing.split(" with ")[0]
    text = said.format(p=name, c=hue, n=noun, w=with_article(f"{hue} {name}"))
    return text, [*entries[:-1], replace(last, thing=f"{last.thing} with {hue} {name}")]


def _by(rng: random.Random, new: Thing, target: Entry) -> tuple[str, Entry]:
    kind, forms = rng.choice(
        (
            ("left of", ("To the left of the {n} is {x}.", "{x} is to the left of the {n}.")),
            ("right of", ("To the right of the {n} is {x}.", "{x} is just right of the {n}.")),
            ("behind", ("Behind the {n} is {x}.", "{x} is half hidden by the {n}.")),
            ("in front of", ("In front of the {n} is {x}.", "The {n} is partly hidden by {x}.")),
            ("above", ("Above the {n} hangs {x}.", "{x} is above the {n}.")),
            ("beside", ("Next to the {n} is {x}.", "{x} stands close to the {n}.")),
        )
    )
    noun = target.thing.split(" with ")[0]
    if target.count > 1:
        kind, forms = "beside", ("Close by them, there is {x}.", "Near them, there is {x}.")
    said = rng.choice(forms).format(n=noun, x=new.said)
    return said, entry_of(new, relation=Relation(kind, (noun,)))
