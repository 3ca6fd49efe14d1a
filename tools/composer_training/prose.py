"""Longer messages, of the sort that people post: a figure that does something somewhere, and what is around it."""

from __future__ import annotations

import random

from composer_training.accounts import account, introduced
from composer_training.contrasts import contrasted
from composer_training.descriptions import described
from composer_training.lexicon import CREATURE_ADJECTIVES, MOODS, QUALITIES, STYLES
from composer_training.phrases import place_words
from composer_training.scenes import absent, place
from composer_training.things import Thing, Things, with_article
from lib_omost.compose.plan import Entry, Plan, Relation

_POSES = (
    "standing",
    "sitting",
    "kneeling",
    "walking",
    "running",
    "sleeping",
    "dancing",
    "waiting",
    "floating",
    "hiding",
    "fighting",
    "resting",
    "lost",
    "alone",
    "lying",
)
_CLOTHES = (
    "in a torn coat",
    "in a long red dress",
    "in a golden armor",
    "in a dark hood",
    "wearing a straw hat",
    "wearing round glasses",
    "in a blue uniform",
    "with a long white beard",
    "with braided hair",
    "with glowing eyes",
    "in rags",
    "in a leather jacket",
    "with a heavy backpack",
    "wrapped in a blanket",
)
_ASIDES = (
    "I have been thinking about this for a while.",
    "It is for my sister.",
    "This is for a book cover.",
    "Hi there!",
    "I hope this works.",
    "It is a birthday gift.",
    "Last night I had a dream.",
    "I saw this on holiday.",
    "My kids would love it.",
    "Take your time.",
    "It should feel like a fairy tale.",
    "Think of an old movie.",
    "We need it for a poster.",
    "This is the idea.",
    "So here is what I want.",
)
_LINKS = (
    "There is {x} {w}.",
    "{w} there is {x}.",
    "{w} you can see {x}.",
    "I also want {x} {w}.",
    "{x} {w}.",
    "Put {x} {w}.",
    "We see {x} {w}.",
    "{w}, {x}.",
    "Please add {x} {w}.",
    "There should be {x} {w}.",
    "{w} stands {x}.",
)
_WHERE = {
    "beside": ("next to {p}", "beside {p}", "at {o} side", "near {p}"),
    "behind": ("behind {p}", "in the background behind {p}", "at {o} back"),
    "in front of": ("in front of {p}", "before {p}"),
    "above": ("above {p}", "over {o} head", "floating above {p}"),
    "below": ("below {p}", "at {o} feet", "under {p}"),
    "left of": ("to {o} left", "on the left of {p}"),
    "right of": ("to {o} right", "on the right of {p}"),
    "around": ("around {p}", "all around {p}"),
}


def prose(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """A message of some sentences, and its plan."""
    makers = (_story, _tags, _wish, described, contrasted, account, introduced)
    return rng.choices(makers, (4, 3, 3, 4, 4, 8, 2))[0](rng, held_out)


def _figure(rng: random.Random, things: Things) -> tuple[Thing, str]:
    """A person or animal in many words, and what it does."""
    noun, kind = things.noun(("person", "animal"), countable=True)
    words = [*rng.sample(CREATURE_ADJECTIVES, rng.choice((0, 1, 1, 2))), noun.word]
    if kind == "person" and rng.random() < 0.6:
        words.append(rng.choice(_CLOTHES))
    return Thing(noun.word, " ".join(words), kind, noun.color), rng.choice(_POSES)


def _story(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """ "A weary knight in rags kneeling in a snowy forest. Behind him there is a burning tower. …" """
    things = Things(rng, held_out)
    figure, pose = _figure(rng, things)
    at, scene, color = place(rng, held_out, 0.4)
    entries = [Entry(figure.text, color=figure.color)]
    seat = None
    if rng.random() < 0.3:
        seat = things.one(kinds=("furniture", "container", "vehicle"), rich=0.5)
        text = f"{figure.said} {rng.choice(('sitting', 'standing', 'sleeping', 'resting'))} on {seat.said}"
        entries[0] = Entry(figure.text, color=figure.color, relation=Relation("on", (seat.noun,)))
        entries.append(Entry(seat.text, color=seat.color, size=seat.size))
        text += rng.choice((" {w}.", ", {w}.", ". All of it {w}.")).format(w=at + scene)
    else:
        entries = [Entry(f"{figure.text} {pose}", color=figure.color)]
        text = rng.choice(
            (
                "{f} {p} {w}.",
                "{f} {p} {w}.",
                "{f}, {p} {w}.",
                "{w}, {f} is {p}.",
                "{f} is {p} somewhere {w}.",
                "{S}: {f} {p}.",
                "{w} {f} {p}.",
            )
        ).format(f=figure.said, p=pose, w=at + scene, S=scene)
    sentences = [text]
    pronoun = rng.choice((("him", "his"), ("her", "her"), ("it", "its"), (figure.known, f"{figure.known}'s")))
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice(list(_WHERE))
        thing = things.one(counted=1.0 if kind == "around" else 0.1, rich=0.6)
        where = rng.choice(_WHERE[kind]).format(p=pronoun[0], o=pronoun[1])
        sentences.append(rng.choice(_LINKS).format(x=thing.said, w=where))
        entries.append(
            Entry(thing.text, thing.count, relation=Relation(kind, (figure.noun,)), size=thing.size, color=thing.color)
        )
    if rng.random() < 0.25:
        sentences.insert(rng.choice((0, len(sentences))), rng.choice(_ASIDES))
    style = ""
    if rng.random() < 0.3:
        style = ", ".join(rng.sample((*STYLES, *MOODS), rng.choice((1, 2))))
        sentences.append(
            rng.choice(("Style: {s}.", "{s}.", "Make it {s}.", "I want it as {s}.", "Mood: {s}.")).format(s=style)
        )
    said = " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)
    if rng.random() < 0.3:
        said = ", ".join(sentence.rstrip(".").lower() for sentence in sentences)
    return said, Plan(scene, color, style, (), tuple(entries))


def _tags(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """ "cyber knight, silver armor, ruined city, rain, masterpiece": a list of tags, the scene somewhere among them."""
    things = Things(rng, held_out)
    figure, pose = _figure(rng, things)
    _, scene, color = place(rng, held_out, 0.4)
    others = [things.one(rich=0.4, counted=0.05) for _ in range(rng.choice((0, 1, 1, 2)))]
    style = [rng.choice((*STYLES, *MOODS)) for _ in range(rng.choice((0, 1, 2)))] + rng.sample(
        QUALITIES, rng.choice((0, 1, 2, 3))
    )
    doing = " " + pose if rng.random() < 0.5 else ""
    text = (figure.text if rng.random() < 0.5 else figure.said) + doing
    parts = [text, *(thing.text if thing.count == 1 else thing.said for thing in others)]
    parts.insert(rng.choice((0, 0, 1, len(parts))), scene)
    parts += style
    entries = (
        Entry(figure.text + doing, color=figure.color),
        *(Entry(thing.text, thing.count, size=thing.size, color=thing.color) for thing in others),
    )
    return ", ".join(parts), Plan(scene, color, ", ".join(style), (), entries)


def _wish(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """ "Could you paint a cosy attic for me? I want a lamp on the left and an old chest on the right. …" """
    things = Things(rng, held_out)
    _, scene, color = place(rng, held_out, 0.4)
    places = rng.sample(("left", "right", "center", "top", "bottom", "top left", "top right"), rng.choice((1, 2, 2, 3)))
    known = [things.one(rich=0.6, counted=0.08) for _ in places]
    opening = rng.choice(
        (
            "Could you paint {s} for me?",
            "I'd like {s}.",
            "Please draw {s}.",
            "I want a picture of {s}.",
            "Can you make {s}?",
            "{s}.",
            "Let's do {s}.",
            "Imagine {s}.",
            "My next picture is {s}.",
        )
    ).format(s=with_article(scene))
    clauses = [f"{thing.said} {place_words(rng, spot, held_out)}" for thing, spot in zip(known, places, strict=True)]
    listed = " and ".join([", ".join(clauses[:-1]), clauses[-1]]) if len(clauses) > 1 else clauses[0]
    body = rng.choice(
        (
            "I want {l}.",
            "There should be {l}.",
            "Put {l}.",
            "It has {l}.",
            "With {l}.",
            "Show {l}.",
            "In it: {l}.",
            "We see {l}.",
        )
    ).format(l=listed)
    entries = [
        Entry(thing.text, thing.count, place=spot, size=thing.size, color=thing.color)
        for thing, spot in zip(known, places, strict=True)
    ]
    sentences = [opening, body]
    gone: tuple[str, ...] = ()
    if rng.random() < 0.25:
        last = known[-1]
        new = things.one(rich=0.5)
        kind = rng.choice(("beside", "on", "behind", "in front of", "above"))
        words = {"beside": "next to", "on": "on top of"}.get(kind, kind)
        sentences.append(f"{words} {last.known} is {new.said}.")
        entries.append(Entry(new.text, relation=Relation(kind, (last.noun,)), size=new.size, color=new.color))
    if rng.random() < 0.15:
        gone, said = absent(rng, held_out, {word for thing in known for word in thing.noun.split()})
        sentences.append(said.strip(" ,.") + ".")
    if rng.random() < 0.2:
        sentences.insert(0, rng.choice(_ASIDES))
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences), Plan(
        scene, color, "", gone, tuple(entries)
    )
