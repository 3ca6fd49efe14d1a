"""Accounts of a picture as people write them: things that do something, one by one, with asides that add nothing."""

from __future__ import annotations

import random
from dataclasses import replace

from composer_training.interactions import gerund, third
from composer_training.lexicon import COLORS, CREATURES, MOODS, QUALITIES, STYLES
from composer_training.phrases import place_words
from composer_training.scenes import absent, place
from composer_training.things import Thing, Things, color_name, entry_of, with_article
from lib_omost.compose.plan import Entry, Plan, Relation

_BE = ("stand", "lie", "sit", "rest", "lean", "wait", "be")
_LIVE = (
    "stand",
    "sit",
    "sleep",
    "wait",
    "kneel",
    "dance",
    "doze",
    "crouch",
    "walk by",
    "look around",
    "pose",
    "smile",
    "yawn",
    "stretch",
)
_HIGH = ("hang", "hover", "float", "glow", "drift by", "swing", "be", "rise", "fly")
_ASIDES = (
    ", listening", ", half asleep", ", as if it had always been there", ", its shadow long on the ground", ", a little crooked", ", almost forgotten", ", bathed in light", ", waiting for somebody",
    ", slightly tilted", ", for no good reason", ", looking straight at us", ", ready for a long day", ", quite alone", ", not quite in focus", ", dark against the light", ", only partly visible", ", cut off by the frame",
)  # fmt: skip
_IDLE = (
    "The shadows are long.", "It is quiet.", "One can almost hear the wind.", "The floor is bare.", "Everything else is in shade.", "The light comes from the left.", "It smells of rain.", "The walls are plain.",
    "Nothing moves.", "The colours are soft.", "It looks like an old postcard.", "You can feel the heat.", "The day is nearly over.", "I like it calm.", "The ground is uneven.", "The rest is out of focus.", "Its surface is a little worn.",
)  # fmt: skip
_OPENINGS = (
    "{S}.", "{S}.", "This is {s}.", "The picture shows {s}.", "We look at {s}.", "A view of {s}.", "Here is {s}.", "The scene: {s}.", "It all happens {w}.", "We are {w}.", "An overhead photo of {s}.", "A wide shot of {s}.",
    "{S} seen from above.", "{S}, the way I remember it.", "I am thinking of {s}.", "The painting shows {s}.", "Picture {s}.", "A painting of {s}.", "What I want is {s}.",
)  # fmt: skip
_SPOTS = (
    "left",
    "right",
    "left",
    "right",
    "center",
    "top left",
    "top right",
    "bottom left",
    "bottom right",
    "top",
    "bottom",
)
_NEAR = ("near the viewer", "close to us", "in the foreground", "up close", "in front", "nearest to the camera")
_FAR = (
    "in the distance",
    "far away",
    "in the background",
    "far back",
    "on the horizon",
    "further off",
    "out of focus in the back",
)
_BY = {
    "left of": ("to the left of {p}", "to {o} left", "at {o} left", "left of {p}", "on {o} left side"),
    "right of": ("to the right of {p}", "to {o} right", "at {o} right", "right of {p}", "on {o} right side"),
    "behind": ("behind {p}", "right behind {p}", "at {o} back", "some steps behind {p}"),
    "in front of": ("in front of {p}", "before {p}", "right in front of {p}"),
    "above": ("above {p}", "over {p}", "high above {p}", "above {o} head"),
    "below": ("below {p}", "under {p}", "beneath {p}", "underneath {p}"),
    "on": ("on {p}", "on top of {p}"),
    "beside": ("next to {p}", "beside {p}", "at {o} side", "close by {p}"),
}
_PRONOUNS = {"person": (("him", "his"), ("her", "her")), "animal": (("it", "its"), ("him", "his"), ("her", "her"))}


def account(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """Two to five sentences, each of which brings a thing into the picture."""
    things = Things(rng, held_out)
    at, scene, color = place(rng, held_out, 0.5)
    one = with_article(scene)
    sentences = [rng.choice(_OPENINGS).format(S=one, s=one, w=at + scene)]
    known: list[Thing] = []
    entries: list[Entry] = []
    for number in range(rng.choice((2, 2, 3, 3, 4))):
        said, thing, entry = _brought(rng, things, known, held_out)
        if number and rng.random() < 0.3:
            joint = rng.choice((", while ", "; ", ", and ", " and ", ", whereas "))
            sentences[-1] = sentences[-1].rstrip(".") + joint + said + "."
        else:
            sentences.append(said + ".")
        known.append(thing)
        entries.append(entry)
    for idle in rng.sample(_IDLE, rng.choice((0, 0, 1, 1, 2))):
        sentences.insert(rng.randint(1, len(sentences)), idle)
    gone: tuple[str, ...] = ()
    if rng.random() < 0.2:
        gone, sentence = _nothing(rng, held_out, known, scene)
        sentences.append(sentence)
    style = ""
    if rng.random() < 0.25:
        style = ", ".join(rng.sample((*STYLES, *MOODS, *QUALITIES), rng.choice((1, 1, 2))))
        sentences.append(style + ".")
    if rng.random() < 0.15:
        sentences.append(sentences.pop(0))
    text = " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences).replace(",,", ",").replace(",.", ".")
    return text, Plan(scene, color, style, gone, tuple(entries))


def introduced(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """Somebody is introduced, and then shown: "My uncle is a sailor. Paint him on the right, a parrot at his left." """
    things = Things(rng, held_out)
    one = replace(things.one(kinds=("person", "person", "animal"), rich=0.2, counted=0, sized=0), count=1, lead="a")
    pronoun = rng.choice(_PRONOUNS.get(one.kind, _PRONOUNS["animal"]))
    spot = rng.choice(("left", "right", "center", "bottom left", "bottom right", None))
    where = " " + place_words(rng, spot, held_out) if spot else ""
    at, scene, color = place(rng, held_out, 0.6)
    opening = rng.choice(
        ("My {k} is {x}.", "This is for {x} I know.", "The hero is {x}.", "It is about {x}.", "I once met {x}.", "Think of {x}.", "We have {x} at home.", "Let me tell you about {x}.", "There was once {x}.")
    ).format(k=rng.choice(("brother", "uncle", "neighbor", "friend", "grandmother", "cousin")) if one.kind == "person" else "best friend", x=one.said)  # fmt: skip
    kinds = ["behind", "in front of", "above", "beside"]
    kinds += {"left": ["right of"] * 4, "right": ["left of"] * 4}.get(spot or "", ["left of", "right of"] * 2)
    relation = rng.choice(kinds)
    other = things.one(rich=0.3, counted=0.08)
    by = rng.choice(_BY[relation]).format(p=pronoun[0], o=pronoun[1])
    body = rng.choice(
        ("Paint {p}{w}, with {y} {b}{a}.", "Put {p}{w} and {y} {b}{a}.", "I want {p}{w}{a}; {b} there is {y}.", "Draw {p}{w}{a}. {B} is {y}.", "{P} should be{w}, {y} {b}{a}.", "Let's see {p}{w}, {b} {y}{a}.")
    ).format(p=pronoun[0], P={"him": "he", "her": "she", "it": "it"}[pronoun[0]], w=where, y=other.said, b=by, B=by.capitalize(), a=rng.choice((" ", ", ")) + at + scene)  # fmt: skip
    entries = (entry_of(one, place=spot), entry_of(other, relation=Relation(relation, (one.noun,))))
    return f"{opening} {body[:1].upper()}{body[1:]}", Plan(scene, color, "", (), entries)


def _brought(rng: random.Random, things: Things, known: list[Thing], held_out: bool) -> tuple[str, Thing, Entry]:
    """A clause that brings a thing into the picture, the thing, and its entry."""
    thing = things.one(rich=0.25, counted=0.1, color=0.3, sized=0.06)
    where, entry = _whereabouts(rng, thing, known, held_out)
    said = thing.said
    if thing.count == 1 and " with " not in thing.text and len(thing.text) < 24 and rng.random() < 0.3:
        hue, part = (
            rng.choice(COLORS),
            rng.choice(("canopy", "frame", "scarf", "edge", "sign", "ribbon", "cover", "stripe")),
        )
        if rng.random() < 0.4:
            said, entry = (
                f"{said} with {with_article(f'{hue} {part}')}",
                replace(entry, thing=f"{thing.text} with {hue} {part}"),
            )
        elif thing.color is None or not any(word in COLORS for word in thing.text.split()):
            said = f"{said}, {rng.choice(('bright ', 'all ', ''))}{hue},"
            entry = replace(entry, thing=f"{hue} {thing.text}", color=color_name(hue))
    high = entry.relation is not None and entry.relation.kind == "above"
    verb = rng.choice(_LIVE if thing.kind in CREATURES and not high else _HIGH if high else _BE)
    is_many = thing.count > 1 or thing.lead in ("some", "many", "a few", "several", "lots of", "")
    be = "are" if is_many else "is"
    finite = be if verb == "be" else verb if is_many else third(verb)
    aside = rng.choice(_ASIDES) if rng.random() < 0.25 else ""
    form = rng.choice(
        ("{x} {v} {w}", "{x} {v} {w}", "{w} {v} {x}", "{w}, {x} {v}", "{w} there {b} {x}", "{x} {b} {w}", "{w} we see {x}", "{x} {w}", "you can see {x} {w}", "{x} {b} {g} {w}", "{w}, {x}")
    )  # fmt: skip
    return (
        form.format(x=said, v=finite, w=where, b=be, g=gerund(verb) if verb != "be" else "visible") + aside,
        thing,
        entry,
    )


def _whereabouts(rng: random.Random, thing: Thing, known: list[Thing], held_out: bool) -> tuple[str, Entry]:
    """Where it is: in the picture, near or far, by what was named before, between two or above all of it."""
    kind = rng.random()
    if len(known) >= 2 and kind < 0.12:
        one, other = known[-2:]
        said = rng.choice(
            (
                "between the two",
                "between them",
                "in the space between them",
                f"between the {one.noun} and the {other.noun}",
                "in the middle, between both",
            )
        )
        return said, entry_of(thing, relation=Relation("between", (one.noun, other.noun)))
    if known and kind < 0.5:
        target = known[-1] if rng.random() < 0.6 else rng.choice(known)
        relation = rng.choice(list(_BY))
        if target is known[-1] and rng.random() < 0.5:
            pronoun = (
                ("them", "their") if target.count > 1 else rng.choice(_PRONOUNS.get(target.kind, (("it", "its"),)))
            )
        else:
            pronoun = (target.known, f"{target.known}'s")
        return rng.choice(_BY[relation]).format(p=pronoun[0], o=pronoun[1]), entry_of(
            thing, relation=Relation(relation, (target.noun,))
        )
    if known and kind < 0.55:
        said = rng.choice(("above everything", "above it all", "high above all of that", "over everything"))
        return said, entry_of(thing, relation=Relation("above", (known[-1].noun,)))
    if kind < 0.7:
        depth, words = rng.choice((("near", _NEAR), ("far", _FAR), ("far", _FAR)))
        if rng.random() < 0.4:
            spot = rng.choice(("left", "right"))
            parts = rng.sample((rng.choice(words), place_words(rng, spot, held_out)), 2)
            return ", ".join(parts), entry_of(thing, place=spot, depth=depth)
        return rng.choice(words), entry_of(thing, depth=depth)
    spot = rng.choice(_SPOTS)
    return place_words(rng, spot, held_out), entry_of(thing, place=spot)


def _nothing(rng: random.Random, held_out: bool, known: list[Thing], scene: str) -> tuple[tuple[str, ...], str]:
    taken = {word for thing in known for word in thing.noun.split()} | set(scene.split())
    names, _ = absent(rng, held_out, taken)
    listed = rng.choice((" and ", " or ")).join(names)
    form = rng.choice(
        (
            "There are no {x}.",
            "There are no {x} at all.",
            "No {x} are to be seen.",
            "Not a trace of {x}.",
            "{x} are nowhere to be seen.",
            "I want no {x} in it.",
            "It has no {x}.",
            "Without {x}, please.",
        )
    )
    return names, form.format(x=listed)
