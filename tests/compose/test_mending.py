"""What is sure to be amiss in a plan or an edit is put right, and all else stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas
from lib_omost.compose.after import after
from lib_omost.compose.complete import completed
from lib_omost.compose.edit_text import read_edits, write_edits
from lib_omost.compose.plan_text import read_plan, write_plan
from lib_omost.compose.review.compare import review
from lib_omost.compose.review.mend import mended_edits, mended_plan, with_missing
from lib_omost.compose.to_canvas import to_canvas
from tests.compose.test_review import PINES, THREE


@pytest.mark.parametrize(
    ("message", "plan", "mended"),
    [
        ("zeppelin over an old mill", "balloon; above mill\n old mill", "zeppelin; above mill\n old mill"),
        ("toucan over ottoman", "armchair; above arm\n arm", "toucan; above ottoman\n ottoman"),
        ("kettle left of frame, sofa right", "kettle; left of frame\n sofa; right", "kettle; left\n sofa; right"),
        ("the camera is close to a sofa", "camera\n sofa; in front of camera; near", "sofa; near"),
        ("three purple magnolias", "3 x purple lily; purple", "3 x purple magnolia; purple"),
        ("a kettle and a pair of tents", "kettle\n tents; left", "kettle\n 2 x tent; left"),
        ("a red kettle by the sofa", "blue kettle; blue\n sofa", "red kettle; red\n sofa"),
        ("a red kettle by the sofa", "kettle; blue\n sofa", "red kettle; red\n sofa"),
        ("a kettle crossing the hall", "kettle; left\n kettle; center\n kettle; right", "kettle"),
        (
            "a red and white striped kettle",
            "red kettle; red\n white kettle; white",
            "red and white striped kettle; red",
        ),
        ("four kettles, one of them large", "4 x kettle\n large kettle", "3 x kettle\n large kettle"),
        ("seven kettles on a sofa", "3 x kettle; on sofa\n sofa", "7 x kettle; on sofa\n sofa"),
        ("a vase of tulips on a sofa", "tulips; on sofa\n sofa", "vase of tulips; on sofa\n sofa"),
        ("a sofa with a red kettle on its left", "sofa with a kettle", "sofa\n red kettle; left of sofa"),
        ("five kettles in a circle", "5 x kettle; in circle\n circle", "5 x kettle"),
        ("a lamp with a sofa under it", "lamp; below sofa\n sofa", "lamp\n sofa; below lamp"),
        ("deux canards blancs", "white duck; white", "2 x white duck; white"),
        ("8 kettles", "8k kettles", "8 x kettle"),
        ("a sofa and an old hat stand", "sofa\n hat; right of sofa", "sofa\n old hat stand; right of sofa"),
        (
            "an orange and black butterfly",
            "orange butterfly; orange\n black butterfly",
            "orange and black butterfly; orange",
        ),
        ("a kettle in the upper left and a sofa", "kettle; on sofa\n sofa", "kettle; top left\n sofa"),
        (
            "a kettle is to the left of a sofa",
            "kettle; top right; small\n old sofa",
            "kettle; left of old sofa; small\n old sofa",
        ),
    ],
)
def test_what_is_sure_is_mended_in_the_plan_and_all_else_stays(message: str, plan: str, mended: str) -> None:
    written, wanted = (read_plan(f"scene: meadow\n {lines}\n") for lines in (plan, mended))
    findings = review(message, None, to_canvas(completed(written)))
    assert findings
    assert mended_plan(written, findings) == wanted
    assert review(message, None, to_canvas(wanted)) == ()


def test_what_must_be_absent_leaves_the_plan_and_is_kept_out() -> None:
    plan = read_plan("scene: meadow\nno: people\n kettle\n sofa\n")
    mended = mended_plan(plan, review("a sofa without a kettle", None, to_canvas(plan)))
    assert mended == read_plan("scene: meadow\nno: people, kettle\n sofa\n")


def test_what_a_thing_is_not_to_have_leaves_its_words() -> None:
    plan = read_plan("scene: meadow\nsofa with a kettle; left\n")
    mended = mended_plan(plan, review("a sofa without a kettle", None, to_canvas(plan)))
    assert [entry.thing for entry in mended.entries] == ["sofa"]
    assert mended.absent == ("kettle",)


def test_what_an_edit_adds_is_mended_too_and_its_other_lines_stay() -> None:
    edits = read_edits("color 1: green\nadd: balloon; above 2\n")
    message = "add a zeppelin above the sofa and make the kettle green"
    findings = review(message, THREE, after(THREE, write_edits(edits)).canvas)
    assert write_edits(mended_edits(edits, findings, 3)) == "color 1: green\nadd: zeppelin; above 2\n"


def test_all_that_are_named_together_are_changed() -> None:
    edits = read_edits("color 4: blue\ncolor 4, 2: white\nadd: lamp\n")
    message = "the sofa should be blue and white, the pines white, and add a lamp"
    findings = review(message, PINES, after(PINES, "color 4, 2: white\nadd: lamp\n").canvas)
    assert [found.kind for found in findings] == ["some"]
    mended = write_edits(mended_edits(edits, findings, 4))
    assert mended == "color 4: blue\ncolor 4, 1, 2, 3: white\nadd: lamp\n"


def test_exactly_what_was_not_to_stay_is_removed() -> None:
    message = "only the sofa may stay"
    findings = review(message, THREE, after(THREE, "remove 1, 2, 3\n").canvas)
    assert write_edits(mended_edits(read_edits("remove 1, 2, 3\n"), findings, 3)) == "remove 1, 3\n"


MESSAGES = st.lists(
    st.sampled_from(
        [
            "a",
            "the",
            "two",
            "red",
            "kettle",
            "sofa",
            "on",
            "left",
            "of",
            "no",
            "without",
            ",",
            "...",
            "half",
            "dozen",
            "不",
            "'",
            "-",
            "ves",
            "s",
            "ly",
            "above",
            "a pair of",
            "\n",
            "é",
            "Ünder",
            "0",
            "it",
        ]
    ),
    max_size=14,
).map(" ".join) | st.text(max_size=60)


PLAN = read_plan("scene: meadow\n red kettle; left of sofa\n 2 x sofa\n balloon; between kettle and sofa\n")


@settings(deadline=None, max_examples=150)
@given(MESSAGES)
def test_every_message_can_be_compared_and_what_is_mended_is_a_plan(message: str) -> None:
    for before in (None, THREE):
        for findings in (review(message, before, Canvas("Meadow.")), review(message, before, to_canvas(PLAN))):
            try:
                mended = mended_plan(PLAN, findings)
            except ValueError:
                continue
            assert read_plan(write_plan(mended)) == mended
            assert findings or mended == PLAN


@pytest.mark.parametrize(
    ("message", "plan", "wanted"),
    [
        (
            "a lamp on the table left of the sofa",
            "scene: room\n lamp; left of sofa\n table\n sofa\n",
            ["lamp", "table", "sofa"],
        ),
        (
            "a candle on the shelf above the sink",
            "scene: room\n candle; above sink\n sink\n shelf\n",
            ["candle", "sink", "shelf"],
        ),
        ("a kettle in the dusty barn", "scene: hall\n kettle\n", ["kettle"]),
        ("a sofa, a kettle in the background", "scene: hall\n sofa\n kettle\n", ["sofa", "kettle"]),
        ("A king and a queen. He is on the right.", "scene: hall\n king; left\n queen; right\n", ["king", "queen"]),
    ],
)
def test_a_plan_is_mended_until_nothing_is_amiss(message: str, plan: str, wanted: list[str]) -> None:
    mended = read_plan(plan)
    for _ in range(3):
        mended = mended_plan(mended, review(message, None, to_canvas(completed(mended))))
    assert review(message, None, to_canvas(completed(mended))) == ()
    assert [entry.thing for entry in mended.entries] == wanted


def test_what_is_missing_gets_a_line_while_there_is_room() -> None:
    findings = review("a red kettle and two sofas", None, to_canvas(PLAN))
    added = with_missing(PLAN, findings).entries[len(PLAN.entries) :]
    assert {(entry.thing, entry.count) for entry in added} <= {("red kettle", 1), ("sofa", 2)}
    full = read_plan("scene: hall\n" + "".join(f" lamp{n}\n" for n in range(10)))
    assert with_missing(full, findings) == full
