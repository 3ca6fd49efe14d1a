"""Long descriptions of a picture, the way a careful observer writes them: much that is said adds nothing to a plan."""

from __future__ import annotations

import random
from dataclasses import replace

from composer_training.lexicon import COLORS
from composer_training.phrases import place_words
from composer_training.scenes import place
from composer_training.things import Thing, Things, color_name
from lib_omost.compose.plan import Entry, Plan, Relation

_VIEWS = (
    "a close-up view of", "a medium view of", "a wide view of", "an eye-level view of", "a front view of", "a side view of",
    "a high-angle view of", "a low-angle shot of", "an outdoor view of", "a daytime photo of", "a photo of", "a picture of", "",
)  # fmt: skip
_POSES = ("standing", "placed", "resting", "positioned", "seen", "sitting", "situated")
# Said of a thing without changing what the plan says of it.
_DETAILS = (
    "The {n} is facing left.", "The {n} is facing the camera.", "The {n} is turned slightly to the side.", "The {n} is in good condition.",
    "Its surface reflects some light.", "Only a part of the {n} is lit by the sun.", "The {n} casts a soft shadow on the ground.",
    "The {n} seems to have been there for a long time.", "Nothing is attached to the {n}.", "The {n} takes up much of the view.",
    "The {n} looks a bit worn.", "The {n} is slightly tilted.", "It is hard to tell how old the {n} is.",
)  # fmt: skip
_ENDS = (
    "It is daytime.", "The light comes from the side.", "Everything is calm.", "Nobody else is around.", "The air looks clear.",
    "The overall impression is one of quiet.", "Shadows fall across the ground.", "Soft light fills the view.", "The view is sharp.",
)  # fmt: skip
_BY = {
    "left of": ("To the left of the {n} is {x}.", "On the left side of the {n}, there is {x}.", "The {n} has {x} to its left."),
    "right of": ("To the right of the {n} is {x}.", "On the right side of the {n}, there is {x}.", "The {n} has {x} to its right."),
    "behind": ("Behind the {n} is {x}.", "{x} can be seen behind the {n}.", "There is {x} behind the {n}."),
    "in front of": ("In front of the {n} is {x}.", "{x} is placed in front of the {n}.", "There is {x} in front of the {n}."),
    "above": ("Above the {n} is {x}.", "{x} hangs above the {n}.", "There is {x} above the {n}."),
    "below": ("Below the {n} is {x}.", "Underneath the {n}, there is {x}.", "There is {x} below the {n}."),
    "on": ("On top of the {n} is {x}.", "{x} rests on the {n}.", "There is {x} on the {n}."),
    "beside": ("Next to the {n} is {x}.", "{x} is right beside the {n}.", "There is {x} next to the {n}."),
}  # fmt: skip
_AT = ("{x} is {g}.", "{g}, there is {x}.", "{g} of the view is {x}.", "There is {x} {g}.", "{g}, {x} is visible.")
_FAR = (
    "In the background, there is {x}.",
    "{x} is visible in the background.",
    "In the distance, {x} can be seen.",
    "Far in the back is {x}.",
)
_NEAR = ("In the foreground, there is {x}.", "{x} is in the foreground.", "Closest to the viewer is {x}.")
_CONTRASTS = (
    "The {a} is {c}, while the {b} is {d}.", "The {a} is {c}; the {b}, in contrast, is {d}.", "The {a} is {c} and the {b} is {d}.",
    "While the {a} is {c}, the {b} is {d}.", "The {a} has a {c} color, unlike the {b}, which is {d}.",
)  # fmt: skip


def described(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """A description of three to seven sentences, and its plan."""
    things = Things(rng, held_out)
    first = things.one(rich=0.4, color=0.25, sized=0.05)
    where, scene, color = place(rng, held_out)
    view = rng.choice(_VIEWS)
    sentences = [f"{view} {first.said} {rng.choice(_POSES)} {where}{scene}.".strip()]
    if rng.random() < 0.5:
        sentences.append(_detail(rng, first))
    known = [first]
    entries = [Entry(first.text, first.count, size=first.size, color=first.color)]
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        new = things.one(rich=0.4, counted=0.1, color=0.25, sized=0.05)
        sentence, entry = _with(rng, new, known[0] if rng.random() < 0.75 else known[-1], held_out)
        sentences.append(sentence)
        entries.append(entry)
        known.append(new)
        if rng.random() < 0.3:
            sentences.append(_detail(rng, new))
    if rng.random() < 0.35:
        sentence, entries = _contrast(rng, known, entries)
        sentences += [sentence] if sentence else []
    if rng.random() < 0.5:
        sentences.append(rng.choice(_ENDS))
    text = " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)
    return text, Plan(scene, color, "", (), tuple(entries))


def _detail(rng: random.Random, thing: Thing) -> str:
    form = rng.choice([form for form in _DETAILS if thing.count == 1 or "{n}" not in form] or list(_DETAILS))
    return form.format(n=thing.noun)


def _with(rng: random.Random, new: Thing, target: Thing, held_out: bool) -> tuple[str, Entry]:
    """A sentence about a further thing: where it is by another, in the picture, or near or far."""
    entry = Entry(new.text, new.count, size=new.size, color=new.color)
    kind = rng.random()
    if kind < 0.55:
        relation = rng.choice(list(_BY))
        noun = target.known.removeprefix("the ")
        by = Relation(relation, (target.noun,))
        return rng.choice(_BY[relation]).format(n=noun, x=new.said), replace(entry, relation=by)
    if kind < 0.78:
        spot = rng.choice(("left", "right", "top left", "top right", "bottom left", "bottom right"))
        goal = place_words(rng, spot, held_out)
        return rng.choice(_AT).format(x=new.said, g=goal), replace(entry, place=spot)
    depth, forms = rng.choice((("far", _FAR), ("far", _FAR), ("near", _NEAR)))
    return rng.choice(forms).format(x=new.said), replace(entry, depth=depth)


def _contrast(rng: random.Random, known: list[Thing], entries: list[Entry]) -> tuple[str, list[Entry]]:
    """What colours two things have, said behind everything else."""
    free = [
        number
        for number, thing in enumerate(known)
        if thing.count == 1 and thing.text.endswith(thing.noun) and not any(hue in thing.text for hue in COLORS)
    ]
    if len(free) < 2:
        return "", entries
    one, two = rng.sample(free, 2)
    hues = rng.sample(sorted(set(COLORS)), 2)
    said = rng.choice(_CONTRASTS).format(a=known[one].noun, b=known[two].noun, c=hues[0], d=hues[1])
    changed = list(entries)
    for number, hue in zip((one, two), hues, strict=True):
        start = known[number].text.removesuffix(known[number].noun)
        changed[number] = replace(entries[number], thing=f"{start}{hue} {known[number].noun}", color=color_name(hue))
    return said, changed
