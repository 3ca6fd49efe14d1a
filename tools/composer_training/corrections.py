"""Wishes of people who change their mind while they write: "a red, no, a blue boat"."""

from __future__ import annotations

import random
from dataclasses import replace

from composer_training.lexicon import COLORS
from composer_training.phrases import joint, place_words
from composer_training.things import NUMBERS, Thing, Things, color_name, entry_of, plural, with_article
from composer_training.wishes import STEP_KINDS, Wish
from lib_omost.compose.plan import Entry, Relation

NO = (
    ", no, ", ", no wait, ", " - no, ", ", sorry, ", ", I mean ", ", or rather ", ", make that ", ", no: ", "... no, ", " no wait ", ", scratch that, ",
    ", actually ", " (no, ", ", wait, ", ", oops, ", ", I meant ", ", hmm, better ", " -- actually, ", ", correction: ", ", well, rather ", " er, ",
)  # fmt: skip
LATER = (
    ". Actually, ",
    ". Oh wait, ",
    ". No, ",
    ". Hmm, ",
    ". Sorry, ",
    ". On second thought, ",
    " - oh, and ",
    ". Wait: ",
    ". Or no, ",
)


def closed(no: str) -> str:
    """What ends a correction that began with an opening bracket."""
    return ")" if "(" in no else ""


def corrected(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """A thing of which something was said wrong first, and perhaps another."""
    make = rng.choice((_color, _color, _noun, _noun, _count, _count, _place, _relation, _later, _dropped))
    said, entries, known = make(rng, things, held_out)
    if make in (_color, _noun, _count, _place) and rng.random() < 0.55:
        other = things.one(rich=0.3, counted=0.1)
        if rng.random() < 0.5:
            return f"{said} and {other.said}", (*entries, entry_of(other)), [*known, other]
        return f"{other.said} and {said}", (entry_of(other), *entries), [other, *known]
    return said, entries, known


def _plain(things: Things) -> Thing:
    return replace(things.one(rich=0, sized=0, color=0, counted=0), count=1, lead="a")


def _color(rng: random.Random, things: Things, held_out: bool) -> Wish:
    thing = _plain(things)
    wrong, right = rng.sample(sorted(set(COLORS)), 2)
    no = rng.choice(NO)
    text = f"{right} {thing.noun}"
    said = rng.choice(
        (
            f"{with_article(wrong)}{no}{right}{closed(no)} {thing.noun}",
            f"{with_article(wrong)}{no}{with_article(right)}{closed(no)} {thing.noun}",
            f"{with_article(wrong)} {thing.noun}{no}{right}{closed(no)}",
            f"{with_article(wrong)} {thing.noun}{no}{with_article(right)} one{closed(no)}",
            f"not a {wrong} but {with_article(right)} {thing.noun}",
        )
    )
    return said, (Entry(text, color=color_name(right)),), [replace(thing, text=text)]


def _noun(rng: random.Random, things: Things, held_out: bool) -> Wish:
    wrong, right = things.one(rich=0.2, counted=0), things.one(rich=0.3, counted=0)
    no = rng.choice(NO)
    said = rng.choice((f"{wrong.said}{no}{right.said}{closed(no)}", f"not {wrong.said} but {right.said}"))
    return said, (entry_of(right),), [right]


def _count(rng: random.Random, things: Things, held_out: bool) -> Wish:
    thing = things.one(rich=0.2, counted=0, sized=0)
    wrong, right = rng.sample(list(NUMBERS), 2)
    thing = replace(thing, count=right)
    many, no = plural(thing.text, thing.noun), rng.choice(NO)
    said = rng.choice(
        (
            f"{NUMBERS[wrong]}{no}{NUMBERS[right]}{closed(no)} {many}",
            f"{NUMBERS[wrong]} {many}{no}{NUMBERS[right]}{closed(no)}",
            f"{NUMBERS[wrong]} {many}{no}{NUMBERS[right]} {many}{closed(no)}",
            f"{with_article(thing.text)}{no}{NUMBERS[right]}{closed(no)}",
            f"{with_article(thing.text)}{no}{NUMBERS[right]} of them{closed(no)}",
            f"not {NUMBERS[wrong]} but {NUMBERS[right]} {many}",
        )
    )
    return said, (entry_of(thing),), [thing]


def _place(rng: random.Random, things: Things, held_out: bool) -> Wish:
    thing = things.one(rich=0.3, counted=0.1)
    wrong, right = rng.sample(("left", "right", "top", "bottom", "center", "top left", "top right", "bottom left"), 2)
    no = rng.choice(NO)
    words = place_words(rng, wrong, held_out), place_words(rng, right, held_out)
    return f"{thing.said} {words[0]}{no}{words[1]}{closed(no)}", (entry_of(thing, place=right),), [thing]


def _relation(rng: random.Random, things: Things, held_out: bool) -> Wish:
    one, other = things.one(rich=0.2), things.one(rich=0.2)
    wrong, right = rng.sample((*STEP_KINDS, "in front of", "behind"), 2)
    no = rng.choice(NO)
    said = f"{one.said} {joint(rng, wrong, held_out)}{no}{joint(rng, right, held_out)}{closed(no)} {other.said}"
    return said, (entry_of(one, relation=Relation(right, (other.noun,))), entry_of(other)), [one, other]


def _later(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """A colour or a count that comes in a sentence of its own."""
    thing, other = _plain(things), things.one(rich=0.2, counted=0.1)
    hue, number = rng.choice(COLORS), rng.choice(list(NUMBERS))
    wrong = rng.choice(COLORS) + " " if rng.random() < 0.5 else ""
    if rng.random() < 0.5:
        changed = replace(thing, text=f"{hue} {thing.noun}", color=color_name(hue))
        what = rng.choice(
            (f"make the {thing.noun} {hue}", f"the {thing.noun} should be {hue}", f"{hue} for the {thing.noun}")
        )
    else:
        text = wrong + thing.noun
        changed = replace(thing, text=text, color=color_name(wrong.strip()) if wrong else None, count=number)
        many = plural(thing.noun, thing.noun)
        what = rng.choice(
            (f"make that {NUMBERS[number]} {many}", f"{NUMBERS[number]} {many}", f"let it be {NUMBERS[number]} {many}")
        )
    said = with_article(wrong + thing.noun)
    order = (said, other.said) if rng.random() < 0.5 else (other.said, said)
    entries = (entry_of(changed), entry_of(other)) if order[0] is said else (entry_of(other), entry_of(changed))
    return " and ".join(order) + rng.choice(LATER) + what, entries, [changed, other]


def _dropped(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """A thing that is taken back, or put in another's stead."""
    known = [things.one(rich=0.2, counted=0.05) for _ in range(3)]
    gone = rng.randrange(3)
    listed = f"{known[0].said}, {known[1].said} and {known[2].said}"
    if rng.random() < 0.6:
        what = rng.choice(("forget {t}", "leave out {t}", "drop {t}", "skip {t}", "without {t}", "not {t}")).format(
            t=known[gone].known
        )
        known.pop(gone)
    else:
        new = things.one(rich=0.3)
        form = rng.choice(("{n} instead of {t}", "not {t} but {n}", "make {t} {n}", "take {n} for {t}"))
        what = form.format(t=known[gone].known, n=new.said)
        known[gone] = new
    return listed + rng.choice(LATER) + what, tuple(map(entry_of, known)), known
