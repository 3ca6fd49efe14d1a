"""Plans and edits of any sort, and canvases of which some regions were dragged by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from lib_omost.canvas import COLORS, GRID, Canvas, Rect
from lib_omost.compose import edit as edits
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.compose.vocabulary import (
    CORNERS,
    DEPTHS,
    MOST_ENTRIES,
    MOST_OF_A_THING,
    PLACES,
    RELATIONS,
    SHIFTS,
    SIZES,
)

WORDS = (
    "fox",
    "red",
    "barrel",
    "old",
    "and",
    "x",
    "t-shirt",
    "king's",
    "7",
    "tower",
    "sand",
    "the",
    "a",
    "of",
    "3",
    "near",
    "style",
    "no",
    "noon",
)


def words(*, commas: bool = False, article: bool = True) -> st.SearchStrategy[str]:
    joints = st.sampled_from((" ", ", ") if commas else (" ",))
    text = st.lists(st.tuples(st.sampled_from(WORDS), joints), min_size=1, max_size=5).map(
        lambda parts: "".join(word + joint for word, joint in parts).rstrip(" ,")
    )
    return (
        text if article else text.filter(lambda text: not re.match("(a|the|no|style)$|(a|the|no|style|[37] x) ", text))
    )


def relations() -> st.SearchStrategy[Relation]:
    single = st.sampled_from([kind for kind in RELATIONS if kind != "between"])
    one = st.builds(lambda kind, target: Relation(kind, (target,)), single, words())
    apart = words().filter(lambda text: "and" not in text.split())
    return one | st.builds(lambda first, second: Relation("between", (first, second)), apart, words())


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    place = draw(st.none() | st.sampled_from((*PLACES, CORNERS)))
    return Entry(
        thing=draw(words(article=False)),
        count=draw(st.integers(1, MOST_OF_A_THING)),
        place=place,
        shift=draw(st.none() | st.sampled_from(list(SHIFTS))) if place in PLACES else None,
        relation=draw(st.none() | relations()),
        size=draw(st.none() | st.sampled_from(list(SIZES))),
        depth=draw(st.none() | st.sampled_from(list(DEPTHS))),
        color=draw(st.none() | st.sampled_from(list(COLORS))),
    )


def _plans() -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan,
        scene=words(commas=True),
        scene_color=st.none() | st.sampled_from(list(COLORS)),
        style=st.just("") | words(commas=True),
        absent=st.lists(words(), max_size=3).map(tuple),
        entries=st.lists(entries(), max_size=MOST_ENTRIES).map(tuple),
    )


def edits_of(targets: st.SearchStrategy[edits.Targets]) -> st.SearchStrategy[edits.Edit]:
    colors = st.sampled_from(list(COLORS))
    things = words(article=False)
    places = st.sampled_from(list(PLACES))
    return st.one_of(
        st.builds(edits.Recolor, targets, colors),
        st.builds(edits.Move, targets, places, st.none() | st.sampled_from(list(SHIFTS))),
        st.builds(edits.Nudge, targets, st.sampled_from(edits.NUDGES), st.booleans()),
        st.builds(edits.Resize, targets, st.sampled_from((*SIZES, *edits.SCALES))),
        st.builds(edits.SetDepth, targets, st.sampled_from(edits.DEPTH_STEPS)),
        st.builds(edits.Remove, targets),
        st.builds(edits.Replace, targets, things, st.none() | colors),
        st.builds(edits.Describe, targets, things),
    )


def whole_edits() -> st.SearchStrategy[edits.Edit]:
    return st.one_of(
        st.builds(edits.SetScene, words(commas=True), st.none() | st.sampled_from(list(COLORS))),
        st.builds(edits.SetStyle, words(commas=True)),
        st.builds(edits.Forbid, st.lists(words(), min_size=1, max_size=3).map(tuple)),
    )


@st.composite
def _pages(draw: st.DrawFn) -> Canvas:
    """A canvas of three to five different things, some of them at rectangles that were dragged."""
    nouns = draw(
        st.lists(st.sampled_from(("red fox", "old barrel", "tower", "tree", "white boat")), min_size=3, unique=True)
    )
    canvas = to_canvas(Plan("wide field", "green", "oil painting", (), tuple(map(Entry, nouns))))
    regions = []
    for region in canvas.regions:
        if draw(st.booleans()):
            top, left = draw(st.integers(0, GRID - 12)), draw(st.integers(0, GRID - 12))
            bottom, right = draw(st.integers(top + 10, GRID)), draw(st.integers(left + 10, GRID))
            regions.append(replace(region, free_rect=Rect(top, bottom, left, right)))
        else:
            regions.append(region)
    regions = [replace(region, detailed_descriptions=("Fine lines.",), atmosphere="calm") for region in regions]
    return replace(canvas, regions=tuple(regions))


@pytest.fixture(scope="session")
def plans() -> st.SearchStrategy[Plan]:
    return _plans()


@pytest.fixture(scope="session")
def pages() -> st.SearchStrategy[Canvas]:
    return _pages()


@pytest.fixture(scope="session")
def changes() -> st.SearchStrategy[edits.Edit]:
    """Edits whose targets are numbers or words of any sort."""
    names = st.lists(words() | st.integers(1, 9).map(str), min_size=1, max_size=3).map(tuple)
    targets = names.map(edits.Targets)
    moves = st.builds(lambda names, relation: edits.Move(edits.Targets(names), relation=relation), names, relations())
    swaps = st.tuples(words(), words()).map(lambda pair: edits.Swap(edits.Targets(pair)))
    return edits_of(targets) | whole_edits() | moves | swaps | st.builds(edits.Add, entries())


@pytest.fixture(scope="session")
def local_changes() -> st.SearchStrategy[edits.Edit]:
    """Edits of the first region, or of the whole."""
    return edits_of(st.just(edits.Targets(("1",))))
