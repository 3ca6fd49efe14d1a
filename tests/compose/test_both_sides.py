"""What is between two of a kind has one of them on each side."""

from __future__ import annotations

import pytest

from lib_omost.compose.both_sides import on_both_sides
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.to_canvas import to_canvas

HEAD = "scene: park\n"


def test_one_of_two_on_each_side() -> None:
    plan = on_both_sides(read_plan(f"{HEAD} bench; between tree and tree\n 2 x tree; green\n"))
    bench, *trees = to_canvas(plan).regions
    left, right = (tree.rect for tree in trees)
    assert [tree.description for tree in trees] == ["Tree.", "Tree."]
    assert left.left + left.right < bench.rect.left + bench.rect.right < right.left + right.right
    assert on_both_sides(plan) == plan


@pytest.mark.parametrize(
    "lines",
    [
        " bench; between tree and tree\n 3 x tree\n",
        " bench; between tree and lamp\n tree\n lamp\n",
        " bench; between tree and tree\n 2 x tree; top\n",
        " bench\n 2 x tree\n",
    ],
)
def test_other_plans_stay(lines: str) -> None:
    plan = read_plan(HEAD + lines)
    assert on_both_sides(plan) == plan
