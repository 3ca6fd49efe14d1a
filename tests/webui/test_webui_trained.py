"""Methods that need weights of their own, in a WebUI: not offered, and refused by name, before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import HTTPException

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import BadInputError, OmostError
from lib_omost.hosts.webui.capabilities.denoiser import methods_of, refuse_trained
from lib_omost.settings.fields import FIELDS
from lib_omost.settings.model import Settings
from tests.kinds import TRAINED

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")
CODE = write_canvas(Canvas("A white background.", regions=(REGION,)))
METHOD = next(field for field in FIELDS if field.name == "method")


def test_they_are_not_offered_but_are_known_by_name() -> None:
    assert set(METHOD.choices) - set(METHOD.offered) == set(TRAINED)
    assert all(Settings(method=name).method == name for name in TRAINED)


@pytest.mark.parametrize("method", TRAINED)
def test_a_job_is_refused_before_anything_is_drawn(job: Any, run: Callable, method: str) -> None:
    with pytest.raises(OmostError, match=f"the method {method} cannot be drawn in this WebUI") as ended:
        run(job, {"canvas": CODE, "method": method})
    assert "by itself" in str(ended.value)
    assert job.encoded == []


@pytest.mark.parametrize("method", TRAINED)
def test_over_the_api_it_is_422_with_what_it_needs(job: Any, run: Callable, method: str) -> None:
    job.is_api = True
    with pytest.raises(HTTPException) as ended:
        run(job, {"canvas": CODE, "method": method})
    assert ended.value.status_code == 422
    assert method in ended.value.detail
    assert "by itself" in ended.value.detail


@pytest.mark.parametrize("method", TRAINED)
def test_a_model_that_has_no_regions_at_all_is_refused_alike(method: str) -> None:
    nothing = SimpleNamespace()
    assert methods_of(nothing) == ()
    with pytest.raises(BadInputError, match=method) as refused:
        refuse_trained(method, nothing)
    assert refused.value.hint.endswith("else choose plain")
    refuse_trained("score", nothing)
