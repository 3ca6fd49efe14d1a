"""What a row of the benches of regions can ask for, and what a bench of real things changes in the user's table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.app.commands.bench_drawing import settings_for
from lib_omost.app.commands.bench_regions import checked
from lib_omost.bench.layouts import GRAY, WRONG
from lib_omost.bench.real.adopting import adopt, refuse_unnamed
from lib_omost.bench.real.figures import Setup
from lib_omost.bench.real.judging import Judged
from lib_omost.bench.real.layouts import real_layouts
from lib_omost.bench.real.run import Cost, RealOutcome
from lib_omost.bench.rows import Row, row_of
from lib_omost.errors import BadInputError
from lib_omost.families.named import defaults_of, own_file
from lib_omost.families.table import own_rows
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.methods.tuning import tuned

SETUP = Setup("1.0", "My-Mix_v2.safetensors", "by itself", "cpu", "fake (fake)", {"steps": 20})
LAYOUTS = real_layouts(4)


@given(st.sampled_from(["", GRAY, WRONG]), st.none() | st.floats(0, 20), st.none() | st.floats(0, 10))
def test_a_row_says_colours_and_numbers_in_any_order(said: str, weight: float | None, noise: float | None) -> None:
    weight, noise = (None if one is None else float(f"{one:g}") for one in (weight, noise))
    numbers = [f"{name} {one:g}" for name, one in (("weight", weight), ("noise", noise)) if one is not None]
    behind = [*numbers, *([said] if said else [])]
    for order in (behind, behind[::-1]):
        row = row_of(", ".join(["sketch", *order]))
        assert row == Row("sketch", said, weight, noise)
        assert row_of(row.way) == Row("sketch", "", weight, noise)


@pytest.mark.parametrize("row", [
    "score, pink colours", "sketch, weight", "sketch, weight -1", "sketch, noise nan", "sketch, noise 11",
    "sketch, weight 1, weight 2", "score, weight 4", f"sketch, {GRAY}, {WRONG}", "sketch, ", "sketch, mass 3",
])  # fmt: skip
def test_what_no_row_can_say_is_refused(row: str) -> None:
    with pytest.raises(BadInputError):
        checked([row])


def test_a_webui_is_given_no_numbers() -> None:
    assert checked(["sketch, gray colours", "score"], by_host=True) == ("sketch, gray colours", "score")
    with pytest.raises(BadInputError, match="takes no numbers"):
        checked(["sketch, weight 4"], by_host=True)


def test_a_rows_numbers_stand_in_for_the_familys() -> None:
    settings = RenderSettings(seed=7)
    assert settings_for("score", None, settings) == RenderSettings(seed=7, method="score")
    some = settings_for("sketch, weight 4", "folder/mix.safetensors", settings)
    assert (some.method, some.checkpoint, some.tuning) == ("sketch", "mix.safetensors", tuned(4.0, 0.36))


def outcome(**right: float) -> RealOutcome:
    """Rows whose pictures have that share of their regions right, the last picture one fewer."""

    def judged(share: float) -> tuple[Judged, ...]:
        found = []
        for number, layout in enumerate(LAYOUTS):
            count = len(layout.asked)
            good = min(count, max(0, round(share * count) - (number == len(LAYOUTS) - 1)))
            flags = tuple(place < good for place in range(count))
            found.append(Judged(there=flags, colored=flags, iou=(0.9,) * count))
        return tuple(found)

    rows = {name.replace("__", ", weight "): judged(share) for name, share in right.items()}
    picture = np.zeros((8, 8, 3), np.uint8)
    costs = {row: Cost((1.0,), None) for row in rows}
    return RealOutcome(LAYOUTS, {row: (picture,) * len(LAYOUTS) for row in rows}, rows, costs)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path / "data"))


def test_the_row_that_is_ahead_becomes_what_suits_and_the_last_one_counts() -> None:
    told = adopt(outcome(plain=0.0, score=1.0, sketch=0.4), SETUP, date(2026, 1, 2))
    assert told.startswith("score is adopted for My-Mix_v2")
    assert defaults_of("my-mix-v2.safetensors", "SDXL").method == "score"
    assert defaults_of("another.safetensors", "SDXL").method == "auto"
    assert "2026-01-02" in own_rows(own_file())[0].source
    adopt(outcome(score=0.4, sketch=0.0, sketch__4=1.0), SETUP)
    assert [(row.method, row.word_weight) for row in own_rows(own_file())] == [("sketch", 4.0)]


def test_nothing_is_adopted_within_the_error_or_by_other_extensions() -> None:
    assert adopt(outcome(score=0.5, sketch=0.5), SETUP).startswith("nothing is adopted")
    both = outcome(score=0.2, sketch=0.6)
    both.judged["forge couple"] = outcome(x=1.0).judged["x"]  # type: ignore[index]
    assert adopt(both, SETUP).startswith("nothing is adopted")
    assert not own_file().exists()


def test_without_the_row_of_what_suits_or_a_name_it_is_refused() -> None:
    with pytest.raises(BadInputError, match="was not drawn"):
        adopt(outcome(plain=0.2), Setup("1", "x_lightning.safetensors", "", "", "", {}))
    for name in (None, "", "v1.safetensors", "folder/_-.ckpt"):
        with pytest.raises(BadInputError, match="no family can be told"):
            refuse_unnamed(name)
    refuse_unnamed("models/My-Mix_v2.safetensors")
