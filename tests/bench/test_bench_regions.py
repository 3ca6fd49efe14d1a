"""The whole benchmark with a renderer that paints: its figures are known."""

import json

import numpy as np
import pytest

from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.obedience import pixels_of
from lib_omost.bench.regions import MEASURED_METHODS, figures, report, run, table
from lib_omost.bench.sheet import contact_sheet
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS


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
    return run(paint, make_layouts(2))


def test_each_method_gets_its_figures(outcome):
    plain, decomposition, score = (figures(outcome.judged[method]) for method in MEASURED_METHODS)
    assert plain.regions_right.value == 0
    assert decomposition.regions_right.value == pytest.approx(6 / 18)
    assert [rate.value for rate in decomposition.by_count.values()] == pytest.approx([1 / 2, 1 / 3, 1 / 4])
    assert score.regions_right.value == score.whole_right.value == 1
    assert decomposition.whole_right.value == 0
    assert plain.inside.count == 0
    assert plain.background_right.value == 1


def test_every_layout_is_drawn_by_every_method_in_order():
    asked, progress = [], []

    def render(layout, method):
        asked.append((layout.seed, method))
        return paint(layout, method)

    layouts = make_layouts(1)
    run(render, layouts, progress=lambda *done: progress.append(done))
    assert asked == [(layout.seed, method) for method in MEASURED_METHODS for layout in layouts]
    assert progress == [(n, 9) for n in range(1, 10)]


def test_the_report_is_json_that_any_program_reads(outcome):
    text = json.dumps(report(outcome), allow_nan=False)
    data = json.loads(text)
    assert data["layouts"] == 6
    assert data["methods"]["score"]["regions_right"] == {"value": 1.0, "error": 0.0, "count": 18}
    assert data["methods"]["score"]["by_count"]["4"]["count"] == 8
    assert data["methods"]["plain"]["inside"] == {"value": None, "error": None, "count": 0}
    assert data["gains"]["score - plain"]["value"] == 1
    assert data["gains"]["score - decomposition"]["value"] == pytest.approx(12 / 18)


def test_the_table_says_the_same_to_people(outcome):
    lines = table(outcome).splitlines()
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[1].split()[:2] == ["plain", "0.0"]
    assert "–" in lines[1]
    assert "33.3" in lines[2]
    assert "100.0 ± 0.0" in lines[3]
    assert any(line.startswith("score − decomposition: 66.7") for line in lines)


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
    outcome = run(paint, make_layouts(1), methods=("score",))
    assert report(outcome)["gains"] == {}
    assert len(table(outcome).splitlines()) == 3
