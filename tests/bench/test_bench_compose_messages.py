"""The messages of `bench compose`: files from outside, and the set of this repository."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from lib_omost.bench.compose.checks import judge
from lib_omost.bench.compose.messages import own_messages, read_messages
from lib_omost.bench.compose.words import names_any
from lib_omost.errors import BadInputError
from tests.bench.compose_oracle import meant

CODE = "canvas = Canvas()\ncanvas.set_global_description('White.')\ncanvas.add_local_description(description='A dog.')"
OWN = own_messages()


def entry(**fields: Any) -> dict[str, Any]:
    return {"id": "1", "category": "all", "message": "a fox", "objects": [{"nouns": ["fox"], "count": 1}], **fields}


def test_a_file_from_outside_is_read_with_all_it_asks() -> None:
    thing = {"nouns": ["dog"], "count": 2, "colors": ["red"], "place": "top-left", "size": "large", "was": 0}
    full = entry(
        lang="en",
        objects=[thing, {"nouns": ["box"], "count": 1, "unchanged": {"location": "on the left", "color": "blue"}}],
        relations=[[0, "left_of", 1]],
        scene=["farm"],
        background="green",
        absent=None,
        extra_ok=True,
        min_regions=None,
        before=[["a dog", CODE]],
        before_regions=[["A dog.", "on the left", "brown"]],
    )
    told: list[str] = []
    (message,) = read_messages(json.dumps([full]), told.append)
    assert told == []
    assert (message.things[0].count, message.things[0].colors, message.things[0].place) == (2, ("red",), "top-left")
    assert message.things[1].unchanged == ("on the left", "blue")
    assert (message.relations[0].first, message.relations[0].kind, message.relations[0].second) == (0, "left_of", 1)
    assert (message.scene, message.background, message.absent, message.extra_ok) == (("farm",), "green", (), True)
    assert message.canvas_before is not None
    assert message.canvas_before.regions[0].description == "A dog."


@pytest.mark.parametrize(("name", "size"), [("everyday", 63), ("more", 99), ("fresh", 30), ("told", 194)])
def test_the_other_sets_can_be_asked_and_share_no_message(name: str, size: int) -> None:
    told: list[str] = []
    folder = files("lib_omost.bench.compose")
    sets = {
        each: read_messages((folder / f"{each}.json").read_text(encoding="utf-8"), told.append)
        for each in ("messages", "everyday", "more", "fresh", "told")
    }
    own = sets.pop(name)
    others = [message for each in sets.values() for message in each]
    assert told == []
    assert len(own) == size
    assert {message.message for message in own}.isdisjoint(message.message for message in others)
    assert not {message.id for message in own} & {message.id for message in others}


def test_fields_that_nothing_checks_are_told_of() -> None:
    told: list[str] = []
    read_messages(json.dumps([entry(weather="fine", objects=[{"nouns": ["fox"], "mood": "sad"}])]), told.append)
    assert told == ["not checked, because no check has these names: mood, weather"]


FAULTS = {
    "no JSON": "{",
    "not a JSON list": "{}",
    "message 1 is not a JSON object": "[3]",
    "message 1 has no 'message'": json.dumps([{"id": "1"}]),
    "message 1 has no 'id'": json.dumps([{"message": "a fox"}]),
    "two messages have the id '1'": json.dumps([entry(), entry()]),
    "there is no check 'near'": json.dumps([entry(relations=[[0, "near", 0]])]),
    "names an object that there is not": json.dumps([entry(relations=[[0, "above", 3]])]),
    "is not [first, kind, second]": json.dumps([entry(relations=["above"])]),
    "has 2 others": json.dumps([entry(relations=[[0, "above", 0, 0]])]),
    "there is no check place 'middle'": json.dumps([entry(objects=[{"nouns": ["fox"], "place": "middle"}])]),
    "there is no check size 'huge'": json.dumps([entry(objects=[{"nouns": ["fox"], "size": "huge"}])]),
    "there is no check kept 'mood'": json.dumps([entry(objects=[{"nouns": ["fox"], "kept": ["mood"]}])]),
    "an object has no nouns": json.dumps([entry(objects=[{"count": 1}])]),
    "'cat' is not an object": json.dumps([entry(objects=["cat"])]),
    "'nouns' is not an object": json.dumps([entry(objects={"nouns": ["cat"]})]),
    "count 0": json.dumps([entry(objects=[{"nouns": ["fox"], "count": 0}])]),
    "scene is not a list": json.dumps([entry(scene="farm")]),
    "3 is not a text": json.dumps([entry(message=3)]),
    "holds no canvas": json.dumps([entry(before=[["a dog", "Sorry."]])]),
    "has no 'was'": json.dumps([entry(objects=[{"nouns": ["dog"], "moved": "left"}], before=[["a dog", CODE]])]),
    "was region 4": json.dumps([entry(objects=[{"nouns": ["dog"], "was": 4, "moved": "left"}], before=[["a", CODE]])]),
}


@pytest.mark.parametrize("why", FAULTS)
def test_a_file_that_asks_what_cannot_be_checked_is_refused_with_the_reason(why: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_messages(FAULTS[why])
    assert why in str(caught.value)


def test_the_own_set_is_large_and_wide() -> None:
    categories = Counter(message.category for message in OWN)
    assert len(OWN) >= 300
    assert categories["edits"] >= 80
    assert min(categories.values()) >= 10
    assert set(categories) >= {
        *("left-right", "above-below", "front-behind", "inside-between", "corners", "several", "counting", "sizes"),
        *("scenes", "absence", "attributes", "prose", "vague", "languages", "edits"),
    }
    assert max(len(message.message) for message in OWN if message.category == "prose") > 250
    assert len({message.message for message in OWN}) == len(OWN)


def test_edits_of_boxes_moved_by_hand_are_among_them() -> None:
    by_hand = [m for m in OWN if m.canvas_before and any(r.free_rect for r in m.canvas_before.regions)]
    assert len(by_hand) >= 30


def test_what_an_edit_leaves_is_asked_to_stay_the_same() -> None:
    kinds = ("recolor", "move", "swap", "resize", "remove", "add", "replace", "describe", "only", "reference")
    for message in OWN:
        if message.canvas_before is None or message.id.split("-")[1] not in kinds:
            continue
        named = [thing for thing in message.things if thing.kept != ("all",)]
        kept = [thing for thing in message.things if thing.kept == ("all",)]
        gone = sum(names_any(region.description, message.absent) for region in message.canvas_before.regions)
        if len(message.canvas_before.regions) > sum(thing.count for thing in named) + gone:
            assert kept, message.id


def test_some_canvas_means_what_a_message_says() -> None:
    """By search; `judge` reads it back from its code."""
    for message in OWN:
        code = meant(message)
        assert code is not None, message.id
        assert judge(message, code).right, message.id


def test_no_canvas_of_another_message_means_what_an_edit_says() -> None:
    edits = [message for message in OWN if message.before]
    codes = {message.id: meant(message) or "" for message in edits}
    for message, other in itertools.pairwise(edits):
        if message.id not in ("edits-only-04", "edits-only-05"):
            assert not judge(message, codes[other.id]).right, (message.id, other.id)


def test_an_edit_that_changes_nothing_is_wrong_unless_nothing_was_to_change() -> None:
    left = [m.id for m in OWN if m.before and judge(m, m.before[-1].reply).right]
    assert left == ["edits-only-04", "edits-only-05"]
