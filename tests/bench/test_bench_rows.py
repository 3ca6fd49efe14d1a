"""What a row of the benches of regions can ask for, and what a bench of real things changes in the user's table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.app.commands.bench_drawing import settings_for
from lib_omost.app.commands.bench_regions import checked
from lib_omost.bench.layouts import GRAY, WRONG
from lib_omost.bench.real.adopting import Adoption, adopt, adoption
from lib_omost.bench.real.judging import Judged
from lib_omost.bench.real.layouts import real_layouts
from lib_omost.bench.real.run import Cost, RealOutcome
from lib_omost.bench.rows import Row, row_of
from lib_omost.defaults.checkpoints import defaults_of, own_file
from lib_omost.defaults.table import FamilyRow, own_rows, written
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.methods.tuning import tuned

MINE = Adoption("My-Mix_v2", "sketch")
LAYOUTS = real_layouts(4)


MOST = {"weight": 20, "noise": 10, "blocks": 1, "until": 1}


@given(
    st.sampled_from(["", GRAY, WRONG]),
    st.fixed_dictionaries({name: st.none() | st.floats(0, most) for name, most in MOST.items()}),
)
def test_a_row_says_colours_and_numbers_in_any_order(said: str, numbers: dict[str, float | None]) -> None:
    numbers = {name: None if one is None else float(f"{one:g}") for name, one in numbers.items()}
    behind = [f"{name} {one:g}" for name, one in numbers.items() if one is not None] + ([said] if said else [])
    for order in (behind, behind[::-1]):
        row = row_of(", ".join(["sketch", *order]))
        assert row == Row("sketch", said, **numbers)
        assert row_of(row.way) == Row("sketch", "", **numbers)


@pytest.mark.parametrize("row", [
    "score, pink colours", "sketch, weight", "sketch, weight -1", "sketch, noise nan", "sketch, noise 11",
    "sketch, weight 1, weight 2", "score, weight 4", f"sketch, {GRAY}, {WRONG}", "sketch, ", "sketch, mass 3",
    "layout, blocks 0.5", "sketch, until 1.1",
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
    assert settings_for("score", None, "SD1.x", settings) == RenderSettings(seed=7, method="score")
    some = settings_for("sketch, weight 4", "folder/mix.safetensors", "SD1.x", settings)
    assert (some.method, some.checkpoint, some.tuning) == ("sketch", "mix.safetensors", tuned(4.0, 0.36))
    joint = settings_for("sketch, blocks 0.67, until 0.3", None, "Flux", settings).tuning.joint
    assert (joint.blocks, joint.least_noise, joint.own_words) == ((0.0, 0.67), 0.3, tuned(4.0, 0.36).joint.own_words)


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
    told = adopt(outcome(plain=0.0, score=1.0, sketch=0.4), MINE, "fake", date(2026, 1, 2))
    assert told.startswith("score is adopted for My-Mix_v2")
    assert defaults_of("my-mix-v2.safetensors", "SDXL").method == "score"
    assert defaults_of("not-my-mix-v2.safetensors", "SDXL").method == "auto"
    assert "2026-01-02" in own_rows(own_file())[0].source
    adopt(outcome(score=0.4, sketch=0.0, sketch__4=1.0), replace(MINE, usual="score"), "fake")
    assert [(row.method, row.word_weight) for row in own_rows(own_file())] == [("sketch", 4.0)]


def test_what_a_row_of_the_users_said_else_stays() -> None:
    own = FamilyRow("mine", named=("mymixv2",), style="pony", word_weight=4.0, start_noise=0.5)
    other = FamilyRow("other", tells=("other",), method="layout")
    own_file().parent.mkdir()
    own_file().write_text(written((other, own)))
    adopt(outcome(score=0.2, sketch=0.0, sketch__3=1.0), MINE, "fake")
    new, kept = own_rows(own_file())
    assert (new.style, new.method, new.word_weight, new.start_noise) == ("pony", "sketch", 3.0, 0.5)
    assert kept == other


def test_nothing_is_adopted_within_the_error_or_by_other_extensions() -> None:
    assert adopt(outcome(score=0.5, sketch=0.5), MINE, "fake").startswith("nothing is adopted")
    both = outcome(score=0.2, sketch=0.6)
    for row in ("forge couple", "sketch, until 0.3"):
        both.judged[row] = outcome(x=1.0).judged["x"]  # type: ignore[index]
    assert adopt(both, MINE, "fake").startswith("nothing is adopted")
    assert not own_file().exists()


def test_before_anything_is_drawn_it_is_refused_what_cannot_be_adopted() -> None:
    methods, rows = ("sketch", "score"), ("score", "sketch, weight 4")
    assert adoption("x_lightning.ckpt", "SDXL", methods, rows) == Adoption("x_lightning", "score")
    with pytest.raises(BadInputError, match="sketch, which suits mix until now, is not drawn"):
        adoption("mix.ckpt", "SDXL", methods, rows)
    for name in (None, "", "folder/_-.ckpt"):
        with pytest.raises(BadInputError, match="not changed"):
            adoption(name, "SDXL", methods, rows)
    own_file().parent.mkdir()
    own_file().write_text("[")
    with pytest.raises(BadInputError, match="no JSON"):
        adoption("x_lightning.ckpt", "SDXL", methods, rows)
