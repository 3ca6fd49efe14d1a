"""Scripts that run a job again and again: in tiles no region has a place, and of several canvases one would be left."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.canvas import canvas_to_line
from lib_omost.errors import OmostError
from tests.webui.test_webui_redraw import CANVAS, CODE, Chosen, Inpainting, draw

TILES = ("SD upscale", "SD Upscale", "Poor man's outpainting", "Outpainting mk2")
SEVERAL = {"canvas": CODE, "variants": canvas_to_line(CANVAS)}


@pytest.fixture
def chosen(unet: Any, job: Any) -> Callable[[str], Inpainting]:
    """A job of img2img whose script has that title."""

    def of(title: str) -> Inpainting:
        p = Inpainting(unet, job.sampler)
        p.scripts = SimpleNamespace(alwayson_scripts=[], selectable_scripts=[Chosen("X/Y/Z plot"), Chosen(title)])
        p.script_args = [2]
        return p

    return of


@pytest.mark.parametrize("title", TILES)
@pytest.mark.parametrize("method", ["auto", "score"])
def test_a_script_that_draws_in_tiles_is_refused_by_its_name(
    script: Any, chosen: Callable, title: str, method: str
) -> None:
    with pytest.raises(OmostError, match=f"script {title} draws it in tiles.*choose the method plain"):
        draw(script, chosen(title), {"canvas": CODE, "method": method})


@pytest.mark.parametrize(
    ("title", "order"),
    [
        *((title, {"canvas": CODE, "method": "plain"}) for title in TILES),
        *((title, {"canvas": CODE, "enabled": False}) for title in TILES),
        ("Ultimate SD upscale", {"canvas": CODE, "method": "score"}),
        ("Loopback", {"canvas": CODE, "method": "score"}),
        ("Loopback", {**SEVERAL, "redraw": "1"}),  # a part is of the first canvas
        ("X/Y/Z plot", SEVERAL),
    ],
)
def test_what_has_no_places_or_is_drawn_whole_works(
    script: Any, chosen: Callable, title: str, order: dict[str, Any]
) -> None:
    job = chosen(title)
    job.n_iter = 1
    draw(script, job, order)
    assert ("Omost canvas" in job.extra_generation_params) is order.get("enabled", True)


@pytest.mark.parametrize("title", TILES)
@pytest.mark.parametrize("method", ["plain", "score"])
def test_no_region_is_redrawn_in_every_tile(script: Any, chosen: Callable, title: str, method: str) -> None:
    job = chosen(title)
    script.before_process(job, {"canvas": CODE, "redraw": "1", "method": method})
    assert job.image_mask is None
    with pytest.raises(OmostError, match="draws it in tiles") as refused:
        job.setup_conds()
    assert "plain" not in str(refused.value)


@pytest.mark.parametrize("title", ["Loopback", *TILES])
def test_several_canvases_of_which_one_would_be_left_are_refused(script: Any, chosen: Callable, title: str) -> None:
    job = chosen(title)
    job.n_iter = 1
    with pytest.raises(OmostError, match=f"{title} makes one picture.*Further canvases"):
        draw(script, job, {**SEVERAL, "method": "plain"})
    assert job.n_iter == 1
