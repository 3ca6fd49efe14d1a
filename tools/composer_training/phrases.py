"""Hundreds of ways to say where one thing is by another, and where in the picture; some are kept for the evaluation."""

from __future__ import annotations

import random
from collections.abc import Sequence

from composer_training.nouns import is_held_out

# What stands between two things; the first is the one that is placed.
_BETWEEN = {
    "left of": "to the left of|left of|on the left of|on the left side of|to the left side of|at the left of|on the left-hand side of|leftwards of|left from|standing left of|sitting to the left of|immediately left of|just to the left of|a bit to the left of",
    "right of": "to the right of|right of|on the right of|on the right side of|to the right side of|at the right of|on the right-hand side of|rightwards of|right from|standing right of|sitting to the right of|immediately right of|just to the right of|a bit to the right of",
    "above": "above|over|looking down on|peering down at|watching from above|higher than|directly above|just above|up above|high above|floating above|hovering over|hanging over|hanging above|suspended above|somewhere above|flying over|flying above|jumping over|floating over|soaring above|drifting above|dangling over",
    "below": "below|under|underneath|beneath|directly below|just under|right below|lower than|down below|hidden under|lying under|lying beneath|sleeping under|sheltering under|hanging below|hanging from|at the foot of|crawling under|placed under|down beneath",
    "on": "on|on top of|peering down from|keeping watch on top of|crouching atop|having climbed|upon|atop|sitting on|standing on|lying on|resting on|perched on|placed on|on the top of|leaning on|balanced on|sat on|riding on|riding|climbing on|sleeping on|stacked on|mounted on|balancing on|sprawled on|growing on|on the surface of",
    "in": "in|inside|inside of|within|sitting in|hidden in|lying in|placed inside|standing in|sleeping in|growing in|floating in|trapped inside|stuck in|packed in|hiding in|sitting inside",
    "in front of": "in front of|before|standing in front of|sitting in front of|parked in front of|right in front of|placed in front of|nearer than|closer to us than|in the front of|waiting in front of|posing in front of|playing in front of|nearer to us than|resting in front of|just in front of|walking in front of",
    "behind": "behind|in back of|hidden behind|standing behind|half hidden behind|right behind|peeking out from behind|at the back of|placed behind|farther away than|hiding behind|peeking from behind|rising behind|towering behind|waiting behind|just behind|farther back than|crouching behind|half covered by",
    "beside": "beside|next to|by|near|alongside|close to|at the side of|right next to|standing beside|side by side with|sitting next to|adjacent to|parked beside|sitting beside|walking beside|leaning against|just beside|waiting next to|right by|standing next to|together with",
}
# The second thing first: {b} … {a}.
_INVERTED = {
    "left of": "{b} with {a} on its left|{b}, {a} on its left-hand side|{b} which has {a} to the left of it|{b} with {a} to the left|{b} that has {a} on its left side|to the left of {b} there is {a}|left of {b}: {a}|on the left side of {b} stands {a}|{b}, and to its left {a}",
    "right of": "{b} with {a} on its right|{b}, {a} on its right-hand side|{b} which has {a} to the right of it|{b} with {a} to the right|{b} that has {a} on its right side|to the right of {b} there is {a}|right of {b}: {a}|on the right side of {b} stands {a}|{b}, and to its right {a}",
    "above": "{b} with {a} above it|above {b} there is {a}|{b} and above it {a}|over {b} hangs {a}|{b}, {a} above",
    "below": "{b} with {a} below it|below {b} there is {a}|{b} and under it {a}|{b} with {a} underneath|under {b} lies {a}|{b}, {a} below",
    "on": "{b} with {a} on it|on {b} there is {a}|{b} with {a} on top|on top of {b} sits {a}|{b}, {a} on top of it|{b} carrying {a} on top|{b} and on it {a}",
    "in": "{b} with {a} inside|inside {b} there is {a}|{b} with {a} in it|{b} containing {a}|in {b} lies {a}",
    "in front of": "{b} with {a} in front of it|in front of {b} there is {a}|{b} and in front of it {a}|{b} with {a} in front|{b} partly hidden by {a}",
    "behind": "{b} with {a} behind it|behind {b} there is {a}|{b} and behind it {a}|{b} with {a} in the back|{b} hiding {a} behind it",
    "beside": "{b} with {a} beside it|{b} and {a} side by side|{b} and next to it {a}|{b} and {a} next to each other|{b}, {a} beside it",
}
_VERBS = (
    "",
    "",
    "",
    "",
    " is",
    " stands",
    " sits",
    " standing",
    " placed",
    " which is",
    " that stands",
    " positioned",
    " located",
    " can be seen",
)
_BETWEEN_TWO = "{a} between {b} and {c}|{b} and {c} with {a} between them|between {b} and {c} there is {a}|{a} in between {b} and {c}|{a} is flanked by {b} and {c}|{a} standing between {b} and {c}|{b}, {a} and {c} in this order from left to right|{b} on one side, {c} on the other, {a} between them|{b} and {c}, {a} in between|between {b} and {c}, {a}|{b}, {c} and between them {a}|{b} and {c}, and {a} between the two|{a} stands in the middle between {b} and {c}|{b} to the left, {c} to the right and {a} between|{a} with {b} on one side and {c} on the other|there is {a} between {b} and {c}|{a} squeezed between {b} and {c}|{a} right between {b} and {c}|{b}, then {a}, then {c}|put {a} between {b} and {c}|between {b} and {c} sits {a}|{a}, in the gap between {b} and {c}|{b} and {c} with {a} in the middle|from left to right: {b}, {a}, {c}"
# One near, one far.
_NEAR_FAR = "{a} in the foreground and {b} in the background|{b} in the background, {a} in the foreground|foreground: {a}, background: {b}|{a} up front and {b} far behind|{a} close to us, {b} far away|in the foreground {a}, in the background {b}|{a} in front, {b} in the back|{b} in the distance and {a} up close|near: {a}, far: {b}|in the distance {b}, in the foreground {a}|{a} in the foreground with {b} in the background"
_AROUND = "{a} around {b}|{b} surrounded by {a}|{a} surrounding {b}|{a} all around {b}|{b} encircled by {a}|{b} in the middle of {a}|{a} gathered around {b}|{b} with {a} around it"

_SIDES = {
    "left": "on the left|in the west|on the western side|at the west edge|at the left|on the left side|to the left|on the left-hand side|at left|on the far left|in the left part|in the left half|on the left edge",
    "right": "on the right|in the east|on the eastern side|at the east edge|at the right|on the right side|to the right|on the right-hand side|at right|on the far right|in the right part|in the right half|on the right edge",
    "top": "at the top|on the top|on top|at the upper edge|in the upper part|up at the top|in the sky|high up|at the very top|in the top half",
    "bottom": "at the bottom|on the bottom|at the lower edge|in the lower part|down at the bottom|on the ground|at the very bottom|in the bottom half",
    "center": "in the center|in the middle|at the center|in the centre|centered|right in the middle|in the middle of the picture|in the very center",
}
_HEIGHTS = {
    "top": ("high up", "high", "high", "way up", "up", "up high"),
    "bottom": ("low down", "low", "low", "down", "far down", "down low"),
}
_CORNER = "in the {v} {h} corner|{up} in the {h} corner|{up} at the {h}|{h}, {up}|{up} to the {h}|{up}, on the {h} side|{h} side, {up}|in the {h} part, {up}|{up} on the {h} side|in the {v}-{h} corner|at the {v} {h}|in the {v} {h}|on the {v} {h}|{v} {h}|in the {h} {v} corner|in the corner at the {v} {h}|at {v}-{h}|in the {v} {h}-hand corner|{v} {h} corner|on the {v}-{h}"
LABELS = ("{p}: {a}", "{p} - {a}", "{a} ({p})", "{p} {a}", "{p} = {a}", "{p} is {a}", "{p} there is {a}", "{p}, {a}")

_PLAIN = {"in": "in", "on": "on", "below": "under", "above": "over", "beside": "by"}
HELD_OUT_FORMS = 6  # one in so many forms is for the evaluation


def pick(rng: random.Random, forms: Sequence[str], held_out: bool) -> str:
    """One of the forms: in the evaluation one that training never saw, if there is any."""
    kept = [form for form in forms if is_held_out(form, HELD_OUT_FORMS) == held_out]
    return rng.choice(kept or list(forms))


def related(rng: random.Random, kind: str, first: str, second: str, held_out: bool) -> tuple[str, bool]:
    """A phrase that says that `first` stands in this relation to `second`; whether it names `second` first."""
    if rng.random() < 0.33:
        form = pick(rng, _INVERTED[kind].split("|"), held_out)
        return form.format(a=first, b=second), form.index("{b}") < form.index("{a}")
    if kind in _PLAIN and rng.random() < 0.3:  # "a pear in a bowl": the shortest way, and the likeliest to be one thing
        return f"{first} {_PLAIN[kind]} {second}", False
    joint = pick(rng, _BETWEEN[kind].split("|"), held_out)
    verb = "" if joint.split()[0].endswith(("ing", "ed", "sat")) else rng.choice(_VERBS)
    return f"{first}{verb} {joint} {second}", False


def joint(rng: random.Random, kind: str, held_out: bool) -> str:
    """The words of a relation alone: 'to the left of'."""
    return pick(rng, _BETWEEN[kind].split("|"), held_out)


def between(rng: random.Random, first: str, second: str, third: str, held_out: bool) -> tuple[str, str]:
    """A phrase that says that `first` is between the others, and the order that it names them in: 'abc' or 'bca' …"""
    form = pick(rng, _BETWEEN_TWO.split("|"), held_out)
    return form.format(a=first, b=second, c=third), "".join(
        sorted("abc", key=lambda name: form.index("{" + name + "}"))
    )


def near_and_far(rng: random.Random, near: str, far: str, held_out: bool) -> tuple[str, bool]:
    """A phrase that puts one thing into the foreground and one into the background; whether it names the far one first."""
    form = pick(rng, _NEAR_FAR.split("|"), held_out)
    return form.format(a=near, b=far), form.index("{b}") < form.index("{a}")


def surrounded(rng: random.Random, many: str, one: str, held_out: bool) -> tuple[str, bool]:
    """A phrase that says that `many` are around `one`; whether it names `one` first."""
    form = pick(rng, _AROUND.split("|"), held_out)
    return form.format(a=many, b=one), form.index("{b}") < form.index("{a}")


def place_words(rng: random.Random, place: str, held_out: bool) -> str:
    """'top left' → 'in the upper left-hand corner'."""
    vertical, _, horizontal = place.partition(" ")
    if not horizontal:
        return pick(rng, _SIDES[place].split("|"), held_out)
    upper = {"top": ("top", "upper"), "bottom": ("bottom", "lower")}[vertical]
    return pick(rng, _CORNER.split("|"), held_out).format(
        v=rng.choice(upper), h=horizontal, up=rng.choice(_HEIGHTS[vertical])
    )


def placed(rng: random.Random, thing: str, place: str, held_out: bool) -> str:
    """A phrase that says where in the picture a thing is."""
    if rng.random() < 0.2:
        bare = place if rng.random() < 0.6 else place.replace("top ", "upper ").replace("bottom ", "lower ")
        return rng.choice(LABELS).format(p=bare if rng.random() < 0.7 else "on the " + bare, a=thing)
    words = place_words(rng, place, held_out)
    kind = rng.random()
    if kind < 0.7:
        return thing + rng.choice(_VERBS[:9]) + " " + words
    return words + rng.choice((" ", " there is ", ", ", " is ", " we see ", " stands ")) + thing


def joined(rng: random.Random, clauses: Sequence[str]) -> str:
    """Clauses as one text."""
    if len(clauses) == 1:
        return clauses[0]
    between_all = rng.choice((", ", ", ", ", ", "; ", ". ", " and ", "\n", ", "))
    last = rng.choice((", and ", " and ", ", ", " and ", ", with ")) if between_all in (", ", " and ") else between_all
    return between_all.join(clauses[:-1]) + last + clauses[-1]
