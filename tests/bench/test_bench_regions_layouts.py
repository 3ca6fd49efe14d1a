"""The layouts are fixed, fair, and what a canvas can say."""

import itertools

import pytest

from lib_omost.bench.layouts import REGION_COUNTS, UNSEEN, make_layouts
from lib_omost.canvas import parse_canvas, write_canvas


@pytest.fixture(scope="module")
def layouts():
    return make_layouts()


def test_there_are_24_of_each_count(layouts):
    assert [len(layout.asked) for layout in layouts] == [2] * 24 + [3] * 24 + [4] * 24
    assert len({layout.seed for layout in layouts}) == 72


def test_fewer_layouts_are_the_first_ones(layouts):
    few = make_layouts(3)
    assert few == tuple(layouts[start + n] for start in (0, 24, 48) for n in range(3))


def test_they_never_change(layouts):
    """Figures of two releases can be compared only while these stand."""
    first, last = layouts[0], layouts[-1]
    assert (first.background, last.background) == ("gray", "black")
    assert [(a.color, a.shape, tuple(a.rect)) for a in first.asked] == [
        ("cyan", "triangle", (0, 45, 30, 80)),
        ("orange", "triangle", (45, 85, 25, 85)),
    ]
    assert [(a.color, a.shape, tuple(a.rect)) for a in last.asked] == [
        ("pink", "square", (0, 45, 5, 65)),
        ("orange", "circle", (55, 90, 0, 45)),
        ("green", "ring", (45, 90, 55, 90)),
        ("cyan", "ring", (0, 45, 65, 90)),
    ]


def test_the_unseen_set_shares_no_layout_and_no_seed_with_the_other(layouts):
    unseen = make_layouts(which=UNSEEN)
    assert len(unseen) == 72
    assert not {layout.seed for layout in unseen} & {layout.seed for layout in layouts}
    assert not {layout.asked for layout in unseen} & {layout.asked for layout in layouts}
    assert (unseen[0].seed, unseen[0].background, unseen[0].asked[0].color) == (102_000, "gray", "yellow")


def test_a_set_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="choose dev, unseen"):
        make_layouts(1, "tests")


def test_boxes_hardly_overlap_and_can_hold_a_shape(layouts):
    for layout in (*layouts, *make_layouts(which=UNSEEN)):
        cells = [_cells(asked.rect) for asked in layout.asked]
        assert all(min(r.bottom - r.top, r.right - r.left) >= 25 for r in (asked.rect for asked in layout.asked))
        for a, b in itertools.combinations(cells, 2):
            assert len(a & b) <= 0.1 * min(len(a), len(b))


def test_colours_differ_within_a_layout(layouts):
    for layout in layouts:
        assert len({asked.color for asked in layout.asked}) == len(layout.asked)


def test_every_background_shape_and_colour_occurs(layouts):
    assert {layout.background for layout in layouts} == {"white", "black", "gray"}
    assert len({asked.shape for layout in layouts for asked in layout.asked}) == 4
    assert len({asked.color for layout in layouts for asked in layout.asked}) == 8


@pytest.mark.parametrize("count", REGION_COUNTS)
def test_a_canvas_says_all_of_a_layout(layouts, count):
    layout = next(layout for layout in layouts if len(layout.asked) == count)
    canvas = parse_canvas(write_canvas(layout.canvas))
    assert canvas == layout.canvas
    assert canvas.description == f"a {layout.background} background"
    assert [region.rect for region in canvas.regions] == [asked.rect for asked in layout.asked]
    for region, asked in zip(canvas.regions, layout.asked, strict=True):
        assert region.description.split()[1:] == [asked.color, asked.shape]


def _cells(rect):
    return set(itertools.product(range(rect.top, rect.bottom), range(rect.left, rect.right)))
