"""What a checkpoint can show of a layout at best, whatever steers it: paint is no obedience, nor is a blurred shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lib_omost.bench.layouts import Layout
from lib_omost.bench.obedience import Obedience, obedience
from lib_omost.bench.regions import Ceiling, Renderer
from lib_omost.methods.names import SCORE
from lib_omost.mini.scenes import Image

SIGMA = 2.0  # of the noise on the asked picture


def ceilings(
    render: Renderer,
    through_vae: Callable[[Image], Image],
    from_picture: Callable[[Layout, Image], Image],
    method: str = SCORE,
) -> Mapping[str, Ceiling]:
    """The asked picture sent through the VAE; each region drawn alone; the asked picture under noise, drawn from there.

    from_picture: a layout, and a picture that sampling begins from under noise of SIGMA → the picture drawn.
    """
    return {
        "asked, through the VAE": lambda layout: obedience(through_vae(layout.picture), layout),
        "each region alone": lambda layout: alone(render, layout, method),
        f"asked, noised to σ {SIGMA:g}": lambda layout: obedience(from_picture(layout, layout.picture), layout),
    }


def alone(render: Renderer, layout: Layout, method: str = SCORE) -> Obedience:
    """Each region on a picture of its own, judged there; the background is right where it is on all of them."""
    single = [replace(layout, asked=(asked,)) for asked in layout.asked]
    judged = [obedience(render(one, method), one) for one in single]
    return Obedience(
        regions=tuple(right for one in judged for right in one.regions),
        shapes=tuple(right for one in judged for right in one.shapes),
        things=tuple(count for one in judged for count in one.things),
        inside=tuple(share for one in judged for share in one.inside),
        background=all(one.background for one in judged),
    )
