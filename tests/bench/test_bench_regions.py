"""The whole benchmark with a renderer that paints: its figures are known."""

import json

import numpy as np
import pytest

from lib_omost.bench.ceilings import alone
from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.obedience import pixels_of
from lib_omost.bench.region_figures import by_count, figures, report, table
from lib_omost.bench.regions import run
from lib_omost.bench.sheet import contact_sheet
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS

ROWS = ("plain", "decomposition", "score")


def paint(layout, method):
    """plain: the background alone; decomposition: the first box too; score: every box."""
    image = np.empty((96, 96, 3), np.uint8)
    image[:] = BACKGROUND_COLORS[layout.background]
    shown = {"plain": 0, "decomposition": 1, "score": 4}[method]
    for asked in layout.asked[:shown]:
        rows, columns = pixels_of(asked.rect, 96, 96)
        image[rows.start + 8 : rows.stop - 8, columns.start + 8 : columns.stop - 8] = OBJECT_COLORS[asked.color]
    return image


@pytest.fixture(scope="module")
def outcome():
    return run(paint, make_layouts(2), ROWS)


def test_each_method_gets_its_figures(outcome):
    plain, decomposition, score = (figures(outcome.judged[method]) for method in ROWS)
    assert plain["regions_right"].value == 0
    assert decomposition["regions_right"].value == pytest.approx(6 / 18)
    counts = by_count(outcome.judged["decomposition"])
    assert [rate.value for rate in counts.values()] == pytest.approx([1 / 2, 1 / 3, 1 / 4])
    assert score["regions_right"].value == score["whole_right"].value == 1
    assert decomposition["whole_right"].value == 0
    assert plain["spill"].count == 0
    assert score["spill"].value == pytest.approx(0, abs=0.05)
    assert plain["background_right"].value == 1


def test_paint_in_the_right_colour_is_no_shape(outcome):
    """Rectangles are painted: where a square is asked for they pass, elsewhere they do not."""
    squares = [asked.shape == "square" for layout in outcome.layouts for asked in layout.asked]
    score = figures(outcome.judged["score"])
    assert score["shapes_right"].value == score["both_right"].value == pytest.approx(sum(squares) / len(squares))
    assert figures(outcome.judged["plain"])["shapes_right"].value == 0
    assert score["doubled"].value == 0


def test_every_layout_is_drawn_by_every_method_in_order():
    asked, progress = [], []

    def render(layout, method):
        asked.append((layout.seed, method))
        return paint(layout, method)

    layouts = make_layouts(1)
    run(render, layouts, ROWS, lambda *done: progress.append(done))
    assert asked == [(layout.seed, method) for method in ROWS for layout in layouts]
    assert progress == [(n, 9) for n in range(1, 10)]


def test_the_report_is_json_that_any_program_reads(outcome):
    text = json.dumps(report(outcome), allow_nan=False)
    data = json.loads(text)
    assert data["layouts"] == 6
    assert data["methods"]["score"]["regions_right"] == {"value": 1.0, "error": 0.0, "count": 18}
    assert data["methods"]["score"]["by_count"]["4"]["count"] == 8
    assert data["methods"]["plain"]["spill"] == {"value": None, "error": None, "count": 0}
    assert data["gains"]["score - plain"]["regions_right"]["value"] == 1
    assert data["gains"]["score - decomposition"]["regions_right"]["value"] == pytest.approx(12 / 18)
    assert data["gains"]["score - decomposition"]["regions_right"]["error"] > 0
    assert data["gains"]["score - plain"]["background_right"]["value"] == 0
    assert data["ceilings"] == {}


def test_the_table_says_the_same_to_people(outcome):
    lines = table(outcome).splitlines()
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[1].split()[:2] == ["plain", "0.0"]
    assert "–" in lines[1]
    assert "33.3" in lines[2]
    assert "100.0 ± 0.0" in lines[3]
    (gain,) = (line for line in lines if line.startswith("score − decomposition"))
    assert gain.split()[3] == "66.7"


def test_the_sheet_shows_asked_and_drawn(outcome):
    sheet = np.asarray(contact_sheet(outcome))
    asked, plain, _, score = (sheet[64 : 64 + 128, x : x + 128] for x in (8, 144, 280, 416))
    first = outcome.layouts[0].asked[0]
    top, bottom, left, right = (round(cells * 128 / 90) for cells in first.rect)
    color = np.array(OBJECT_COLORS[first.color])

    def covered(cell):
        return (np.abs(cell[top:bottom, left:right].astype(int) - color).sum(-1) < 40).mean()

    assert covered(asked) > 0.1
    assert covered(score) > 0.1
    assert covered(plain) == 0


def test_a_box_that_is_wrong_is_dashed(outcome):
    sheet = np.asarray(contact_sheet(outcome)).astype(int)
    rect = outcome.layouts[0].asked[0].rect
    level = 64 + round(rect.bottom * 127 / 90) - 1
    left, right = round(rect.left * 127 / 90), round(rect.right * 127 / 90)

    def black(column):
        return (sheet[level, column + left + 4 : column + right - 4].sum(-1) == 0).mean()

    assert black(416) == 1  # score: right, solid
    assert 0.3 < black(144) < 0.8  # plain: wrong, dashed


def test_a_single_method_can_be_measured():
    outcome = run(paint, make_layouts(1), ("score",))
    assert report(outcome)["gains"] == {}
    assert len(table(outcome).splitlines()) == 3


def test_a_row_may_say_other_colours_than_its_words():
    seen = []

    def render(layout, method):
        seen.append((method, [(a.color, a.region.color_name, a.region.description) for a in layout.asked]))
        return paint(layout, "score")

    outcome = run(render, make_layouts(1), ("score, gray colours", "score, wrong colours", "score"))
    assert list(outcome.judged) == ["score, gray colours", "score, wrong colours", "score"]
    assert {method for method, _ in seen} == {"score"}
    gray, wrong, right = (seen[start : start + 3] for start in (0, 3, 6))
    assert {said for _, boxes in gray for _, said, _ in boxes} == {"gray"}
    assert all(said != color and said in OBJECT_COLORS for _, boxes in wrong for color, said, _ in boxes)
    assert all(said == color for _, boxes in right for color, said, _ in boxes)
    for some in (gray, wrong, right):
        assert all(words.split()[1] == color for _, boxes in some for color, _, words in boxes)
    assert all(one.whole for judged in outcome.judged.values() for one in judged)  # judged by the words


def test_ceilings_stand_in_the_same_table(outcome):
    found = run(paint, make_layouts(2), ("score",), ceilings={"alone": lambda layout: alone(paint, layout)})
    assert figures(found.ceilings["alone"])["regions_right"].value == 1
    assert [len(one.regions) for one in found.ceilings["alone"]] == [2, 2, 3, 3, 4, 4]
    assert json.loads(json.dumps(report(found)))["ceilings"]["alone"]["regions_right"]["value"] == 1
    lines = table(found).splitlines()
    assert lines[2].startswith("at best")
    assert lines[3].split()[0] == "alone"


def test_every_asked_picture_is_right_in_colour_and_shape():
    layouts = make_layouts()
    outcome = run(lambda layout, _: layout.picture, layouts, ("score",))
    found = figures(outcome.judged["score"])
    assert found["both_right"].value > 0.99  # a box that another one overlaps may hold a cut shape
    assert found["doubled"].value == 0
    assert found["background_right"].value == 1


def test_no_title_runs_into_the_next():
    names = ("mixture-of-diffusers", "sketch, gray colours", "score")
    outcome = run(lambda layout, _method: layout.picture, make_layouts(1), names)
    sheet = np.asarray(contact_sheet(outcome))
    for column in range(1, 4):
        gap = sheet[40:62, column * 136 : column * 136 + 6]  # a letter may begin a pixel left of its place
        assert (gap == 255).all(), column
        assert (sheet[40:62, 8 + column * 136 : column * 136 + 136] < 255).any()
