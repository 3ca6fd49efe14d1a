"""One thing does something to another: both are to be seen, each as a region of its own."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from composer_training.things import Thing, Things, entry_of
from composer_training.wishes import Wish
from lib_omost.compose.plan import Entry, Relation

# Behind "=" how the first then stands to the second.
_VERBS = dict(
    pair.split("=")
    for pair in [
        "guard=beside",
        "chase=beside",
        "watch=beside",
        "repair=beside",
        "feed=beside",
        "paint=beside",
        "fight=beside",
        "hug=beside",
        "face=beside",
        "follow=beside",
        "greet=beside",
        "attack=beside",
        "inspect=beside",
        "kick=beside",
        "catch=beside",
        "juggle=beside",
        "clean=beside",
        "polish=beside",
        "admire=beside",
        "photograph=beside",
        "push=beside",
        "pull=beside",
        "hunt=beside",
        "sniff=beside",
        "bite=beside",
        "wash=beside",
        "sell=beside",
        "build=beside",
        "carve=beside",
        "meet=beside",
        "pet=beside",
        "tickle=beside",
        "examine=beside",
        "weigh=beside",
        "serve=beside",
        "sketch=beside",
        "rescue=beside",
        "mend=beside",
        "approach=beside",
        "entertain=beside",
        "ride=on",
        "climb=on",
        "circle=above",
        "drag=beside",
        "draw=beside",
        "leave=beside",
        "find=beside",
        "measure=beside",
        "teach=beside",
        "steal=beside",
    ]
)
_PHRASES = {
    "look at": "beside", "stare at": "beside", "point at": "beside", "talk to": "beside", "play with": "beside", "dance with": "beside", "run after": "beside", "wait for": "beside",
    "wave at": "beside", "walk towards": "beside", "lean on": "beside", "bump into": "beside", "sit in": "in", "sleep in": "in", "hide in": "in", "sit on": "on", "stand on": "on",
    "sleep under": "below", "hide behind": "behind", "kneel before": "in front of", "fly over": "above", "jump over": "above", "hover above": "above", "wrestle with": "beside", "argue with": "beside",
    "lie on": "on", "bathe in": "in", "crouch under": "below", "travel in": "in", "listen to": "beside", "sing to": "beside", "sneak past": "beside", "gnaw at": "beside", "doze in": "in",
}  # fmt: skip
_ALONE = (
    "sleep",
    "nap",
    "wait",
    "dance",
    "yawn",
    "laugh",
    "sing",
    "stand by",
    "look on",
    "rest",
    "wave",
    "tremble",
    "dream",
    "snore",
)
_THEN = (" while {x} {v}", "; {x} {v} nearby", ", and {x} {v}", " as {x} {v} in the background", ". Meanwhile {x} {v}")


def acting(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """ "a nurse feeding a heron", "the monk guards a gate while a hen sleeps"."""
    one = things.one(kinds=("person", "animal", "person", "animal", "toy"), rich=0.25, sized=0.05)
    other = things.one(rich=0.25, counted=0.06)
    verb = rng.choice((*_VERBS, *_PHRASES))
    kind = _VERBS.get(verb) or _PHRASES[verb]
    finite = rng.random() < 0.4
    plural = one.count > 1
    form = (verb if plural else third(verb)) if finite else gerund(verb)
    said = f"{one.said} {form} {other.said}"
    entries = [entry_of(one, relation=Relation(kind, (other.noun,))), entry_of(other)]
    known = [one, other]
    if rng.random() < 0.3:
        extra = things.one(kinds=("person", "animal"), rich=0.2, sized=0.0)
        doing = rng.choice(_ALONE)
        shown = doing if extra.count > 1 else third(doing)
        form = rng.choice(_THEN)
        said += form.format(x=extra.said, v=shown)
        entries.append(_doing(extra, gerund(doing), "far" if "background" in form else None))
        known.append(extra)
    return said, tuple(entries), known


def _doing(thing: Thing, verb: str, depth: str | None) -> Entry:
    text = thing.text if " " in verb else f"{thing.text} {verb}"
    return replace(entry_of(thing), thing=text, depth=depth)


def third(verb: str) -> str:
    """'watch over' → 'watches over'."""
    first, space, rest = verb.partition(" ")
    if re.search("(s|x|z|ch|sh)$", first):
        first += "es"
    elif re.search("[^aeiou]y$", first):
        first = first[:-1] + "ies"
    else:
        first += "s"
    return first + space + rest


def gerund(verb: str) -> str:
    """'hide behind' → 'hiding behind'."""
    first, space, rest = verb.partition(" ")
    if first == "lie":
        first = "ly"
    elif first.endswith("e") and not first.endswith("ee"):
        first = first[:-1]
    elif re.fullmatch("[^aeiou]*[aeiou][bgmnpt]", first):
        first += first[-1]
    return f"{first}ing{space}{rest}"
