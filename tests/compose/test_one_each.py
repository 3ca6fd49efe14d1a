"""What is in each of several places is said with its places, and nothing else is said anew."""

from __future__ import annotations

import pytest

from lib_omost.compose.one_each import one_each


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("in every corner there's a bee, a hive in the middle", "four bees, one in each corner, a hive in the middle"),
        ("a black cherry in each of the four corners", "four black cherries, one in each corner"),
        (
            "an urn on either side of a gate in a park",
            "an urn on the left, a gate in the middle and an urn on the right in a park",
        ),
        (
            "a clock flanked by two brass candlesticks",
            "a brass candlestick on the left, a clock in the middle and a brass candlestick on the right",
        ),
        (
            "a tent standing between two pines",
            "a pine on the left, a tent in the middle and a pine on the right",
        ),
        ("a road with tall trees on both sides", "a road with a tall tree on the left and a tall tree on the right"),
        (
            "a bee in both upper corners",
            "a bee in the top left corner and a bee in the top right corner",
        ),
        ("a door with a lion on each side", "a lion on the left, a door in the middle and a lion on the right"),
    ],
)
def test_one_in_each_place(message: str, said: str) -> None:
    assert one_each(message) == said


@pytest.mark.parametrize(
    "message",
    [
        "a rose in the corner",
        "a bench between a tree and a lamp",
        "a road with trees on both sides of a river",
        "four roses, one in each corner",
        "a fight between two knights and a dragon",
        "",
    ],
)
def test_other_messages_stay(message: str) -> None:
    assert one_each(message) == message
