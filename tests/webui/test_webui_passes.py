"""What a sampler's passes have in common, and what is said of a pass that draws no region."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A dog.", negative="a cat")
CODE = write_canvas(Canvas("White.", regions=(REGION,)))


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
