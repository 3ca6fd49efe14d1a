"""What a message says of things by "the" and by pronouns is asked for as if it had named them."""

from __future__ import annotations

import pytest

from lib_omost.compose.review.asked import Asked, asked


def said(message: str) -> Asked:
    found = asked(message, refers=True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("message", "places"),
    [
        ("A bride and a groom. She is on the left, he is on the right.", {"bride": "left", "groom": "right"}),
        ("a man and a girl. he sits on the right, she stands on the left.", {"man": "right", "girl": "left"}),
        (
            "A cowboy and his horse. The horse is on the left and he is on the right.",
            {"horse": "left", "cowboy": "right"},
        ),
        ("There is a robot. It stands on the left.", {"robot": "left"}),
        ("a ship in the background on the left. A tent.", {"ship": "left"}),
        ("a dog. It barks.", {}),
    ],
)
def test_where_they_are(message: str, places: dict[str, str]) -> None:
    assert {thing.noun: place for thing, place in said(message).places} == places


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("a lamp on the table left of the sofa", [("lamp", "on", "table"), ("table", "left of", "sofa")]),
        ("a bird on the post to the right of the kiosk", [("bird", "on", "post"), ("post", "right of", "kiosk")]),
        (
            "a spider above the mirror that hangs over the sink",
            [("spider", "above", "mirror"), ("mirror", "above", "sink")],
        ),
        ("an old king mends his net. To the right of him stands a stack of crates", [("stack", "right of", "king")]),
        ("A jetty runs into the water. A boat is tied up on the right of it.", [("boat", "right of", "jetty")]),
        ("a table with a globe on it", [("globe", "on", "table")]),
        ("a flag with a lion on it", []),
        ("the cook is in the kitchen", []),
    ],
)
def test_how_they_stand(message: str, found: list[tuple[str, str, str]]) -> None:
    relations = [(one.noun, kind, other.noun) for one, kind, other in said(message).relations]
    assert [each for each in relations if each[1] != "in"] == found


def test_between_them() -> None:
    ((chest, *ends),) = said("a ship on the left. A king on the right. A chest lies between them.").amid
    assert (chest.noun, {end.noun for end in ends}) == ("chest", {"ship", "king"})


@pytest.mark.parametrize(
    ("message", "depths"),
    [
        ("a tent in the background, a dog in the foreground", {"tent": "far", "dog": "near"}),
        ("In the background a lighthouse rises", {"lighthouse": "far"}),
        ("A dog on the left. Castle in the back.", {"castle": "far"}),
        ("a dog. In the distance, mountains.", {"mountains": "far"}),
        ("a dog in front of a tent", {}),
    ],
)
def test_what_is_near_and_far(message: str, depths: dict[str, str]) -> None:
    assert {thing.noun: depth for thing, depth in said(message).depths} == depths


def test_a_place_behind_what_a_thing_has_is_its_own() -> None:
    found = said("a pirate with an eye patch in the foreground on the right").by_part
    assert {(thing.noun, part.noun, where) for thing, part, where in found} == {
        ("pirate", "patch", "right"),
        ("pirate", "patch", "near"),
    }
