"""What training pairs say of several things is what they mean: rows, deeds, accounts, more of the same, two colours."""

from __future__ import annotations

import random
import re

from composer_training.accounts import account, introduced
from composer_training.canvases import page
from composer_training.edit_changes import CHANGES
from composer_training.edit_targets import target_of
from composer_training.interactions import acting, gerund, third
from composer_training.languages import foreign
from composer_training.nouns import everyday, rare
from composer_training.rows import in_row, named_first, together
from composer_training.things import Things

from lib_omost.canvas.colors import COLORS
from lib_omost.compose.edit import Add, Recolor

TRIES = 250


def test_a_row_stands_in_the_order_of_its_names():
    rng = random.Random(1)
    for _ in range(TRIES):
        said, entries, known = in_row(rng, Things(rng, False), False)
        where = [said.index(thing.said) for thing in known]
        assert where == sorted(where)
        if len(known) == 3:
            places = [entry.place for entry in entries]
            assert places in (
                ["left", "center", "right"],
                ["right", "center", "left"],
                ["top", "center", "bottom"],
            )
            turned = re.search("from right to left|right to left|from the right|at the right|on the far right", said)
            assert (places[0] == "right") == bool(turned and places[1] == "center" and places[0] != "left")


def test_things_that_share_a_place_all_have_it():
    rng = random.Random(2)
    for _ in range(TRIES):
        said, entries, known = together(rng, Things(rng, False), False)
        assert len(entries) == len(known)
        assert all(
            (entry.place and thing.text in said) or thing.count > 1 for entry, thing in zip(entries, known, strict=True)
        )
        assert len({entry.place for entry in entries}) == 2


def test_what_is_named_first_has_its_place_or_stands_between():
    rng = random.Random(3)
    for _ in range(TRIES):
        _, entries, known = named_first(rng, Things(rng, False), False)
        assert len(entries) == len(known)
        assert all(entry.place for entry in entries) or sum(entry.relation is not None for entry in entries) == 1


def test_who_does_something_and_to_what_are_two_things():
    rng = random.Random(4)
    for _ in range(TRIES):
        said, entries, known = acting(rng, Things(rng, False), False)
        assert len(entries) == len(known) >= 2
        assert entries[0].relation is not None
        assert entries[0].relation.targets == (known[1].noun,)
        assert said.index(known[0].said) == 0


def test_verbs_have_their_forms():
    assert [third(verb) for verb in ("watch", "carry", "play with", "hide in")] == [
        *("watches", "carries", "plays with", "hides in"),
    ]
    assert [gerund(verb) for verb in ("chase", "sit on", "lie on", "hug", "paint", "flee")] == [
        *("chasing", "sitting on", "lying on", "hugging", "painting", "fleeing"),
    ]


def test_every_thing_of_an_account_is_in_its_plan():
    rng = random.Random(5)
    for _ in range(TRIES):
        text, plan = account(rng, False)
        assert len(plan.entries) >= 2
        for entry in plan.entries:
            assert entry.thing.split()[-1][:3] in text.lower()
        text, plan = introduced(rng, False)
        assert [entry.relation is None for entry in plan.entries] == [True, False]


def test_one_of_several_is_the_one_that_is_said():
    rng = random.Random(6)
    seen = 0
    for _ in range(TRIES * 4):
        found = page(rng, Things(rng, False), False)
        target = target_of(rng, found)
        if target is None or not re.match("the (left|right)most ", target[0]):
            continue
        seen += 1
        number = int(target[1].names[0]) - 1
        rects = [found.canvas.regions[other].rect for other in found.numbers(target[2].noun)]
        ends = min if "leftmost" in target[0] else max
        assert found.canvas.regions[number].rect.left == ends(rects, key=lambda rect: rect.left + rect.right).left
    assert seen > 3


def test_more_of_the_same_is_added_and_colours_are_exchanged():
    rng = random.Random(7)
    for _ in range(TRIES):
        things = Things(rng, False)
        found = page(rng, things, False)
        more = CHANGES["more"][1](rng, found, things, False)
        if more is not None:
            (edit,) = more[1]
            assert isinstance(edit, Add)
            assert edit.entry.count == next((n for n, word in ((2, "two"), (3, "three")) if word in more[0].split()), 1)
        swapped = CHANGES["swap colors"][1](rng, found, things, False)
        if swapped is not None:
            one, other = swapped[1]
            assert isinstance(one, Recolor)
            assert isinstance(other, Recolor)
            regions = [found.canvas.regions[int(edit.targets.names[0]) - 1] for edit in (one, other)]
            assert [one.color, other.color] == [regions[1].color_name, regions[0].color_name]


def test_what_has_a_kind_has_a_colour():
    drawn = [Things(random.Random(seed), False).one(color=0, kinds=("animal", "plant", "tool")) for seed in range(60)]
    assert all(thing.color in COLORS for thing in drawn if not thing.is_invented)
    assert set(everyday(False)) >= {"animal"} <= set(rare(False))


def test_other_languages_are_read_with_all_words_of_their_things():
    seen = 0
    for number in range(TRIES):
        try:
            prompt, reply, _ = foreign(random.Random(number), False)
        except ValueError:
            continue
        seen += bool(re.search(r"^(picture|change): \(\w\w\) ", prompt, re.M))
        assert reply
    assert seen > 0.8 * TRIES
