"""How things stand to each other is read from a message only where it is sure."""

from __future__ import annotations

import pytest

from lib_omost.compose.review.asked import asked


def standings(message: str) -> list[tuple[str, str, str]]:
    said = asked(message)
    return [] if said is None else [(str(one), kind, str(other)) for one, kind, other in said.relations]


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("a kettle behind a sofa", [("kettle", "behind", "sofa")]),
        ("a cook and a clerk under a gate", [("clerk", "below", "gate"), ("cook", "below", "gate")]),
        ("a house and a kite above a tree", [("kite", "above", "tree")]),
        ("there's a sofa and, on its left, a kettle", [("kettle", "left of", "sofa")]),
        ("a sofa. To its right there is a kettle", [("kettle", "right of", "sofa")]),
        ("a sofa with a lamp behind it", [("lamp", "behind", "sofa")]),
        ("a sofa with five lamps to its left", [("lamps", "left of", "sofa")]),
        (
            "a sofa with a kettle to its left and a lamp to its right",
            [("kettle", "left of", "sofa"), ("lamp", "right of", "sofa")],
        ),
        (
            "A sofa. Left of it a kettle. Above it a lamp",
            [("kettle", "left of", "sofa"), ("lamp", "above", "sofa")],
        ),
        ("a sofa. Left of that, a kettle", [("kettle", "left of", "sofa")]),
        ("a lamp hanging from the ceiling, a sofa under it", [("sofa", "below", "lamp")]),
        ("a king left of a queen left of a cook", [("king", "left of", "queen"), ("queen", "left of", "cook")]),
        ("a cook sitting on a sofa", [("cook", "on", "sofa")]),
        ("a cook in a kettle", [("cook", "in", "kettle")]),
        ("a cook in a red hat", []),  # which he wears
        ("a cook with a kettle on his left arm", []),
        ("a cook with a kettle and a clerk to his left", []),  # whose left?
    ],
)
def test_how_things_stand(message: str, found: list[tuple[str, str, str]]) -> None:
    assert standings(message) == found


def test_between_two_of_a_kind() -> None:
    said = asked("a tent between two pines")
    assert said is not None
    assert [(str(one), str(two)) for one, two in said.between] == [("tent", "pines")]


def test_a_stack_of_three_is_no_thing_of_its_own() -> None:
    said = asked("a stack of three plates beside a bowl of soup")
    assert said is not None
    assert [(str(thing), thing.count) for thing in said.things] == [("plates", 3), ("bowl", 1)]
