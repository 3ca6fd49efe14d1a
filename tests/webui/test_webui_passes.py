"""What a sampler's passes have in common, and what is said of a pass that draws no region."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.told import Told, ToldTasks
from tests.webui.test_webui_told import TASK, told  # noqa: F401 (a fixture)

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A dog.", negative="a cat")
CODE = write_canvas(Canvas("White.", regions=(REGION,)))


def test_a_sampler_that_takes_no_step_is_told_and_blames_nobody(
    job: Any,
    run: Callable,
    told: ToldTasks,  # noqa: F811
) -> None:
    job.sampler.sample = lambda _p, x, *_arguments, **_keywords: x
    run(job, {"canvas": CODE, "method": "score"})
    note = "the sampler took no step, so no region was drawn"
    assert told.of(TASK) == (Told(note),)
    assert [value for name, value in job.extra_generation_params.items() if name.startswith("Omost note")] == [note]


@pytest.mark.parametrize("method", ["score", "sketch"])
def test_a_refiner_that_exchanges_the_weights_in_place_is_refused(
    job: Any, run: Callable, modules: Any, method: str
) -> None:
    order = {"canvas": CODE, "method": method}
    modules.opts.refiner_fast_sd = True
    run(job, order)
    job.refiner_checkpoint_info = SimpleNamespace()
    with pytest.raises(OmostError, match=r"exchanges the model's weights.*state_dict"):
        run(job, order)
    run(job, {**order, "method": "plain"})
    job.enable_hr = True  # then the host itself lets the refiner be
    run(job, order)
    job.enable_hr, modules.opts.refiner_fast_sd = False, False  # it asks for the conditioning anew
    run(job, order)
