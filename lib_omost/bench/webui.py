"""The layouts drawn by a WebUI over its API, with this extension or with another regional one."""

from __future__ import annotations

import base64
import colorsys
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from lib_omost.bench.regions import MEASURED_METHODS
from lib_omost.canvas import GRID, Canvas, write_canvas
from lib_omost.errors import BadInputError, ModelError
from lib_omost.mini.scenes import SIZE, Image

SECONDS = 600  # for one picture
BASE_SHARE = 0.3  # of the background's prompt in sd-forge-couple
_MASK = 512  # pixels along a side: it scales them to its own sizes
_HUES = (0, 1 / 2, 1 / 4, 3 / 4, 1 / 8)  # of Regional Prompter's masks, the background's first

Job = dict[str, Any]
Describe = Callable[[Canvas], Job]  # a canvas → the part of the host's request that asks for it


class Layout(Protocol):
    """A picture to ask for."""

    @property
    def seed(self) -> int:
        """The sampler's."""
        ...

    @property
    def canvas(self) -> Canvas:
        """As a language model would say it."""
        ...


@dataclass(frozen=True)
class WebUI:
    """A WebUI that runs at `url`. `checkpoint`: the one to draw with; None takes what is loaded. Sizes in pixels."""

    url: str
    checkpoint: str | None = None
    steps: int = 20
    cfg: float = 5.0
    width: int = SIZE
    height: int = SIZE

    def methods(self) -> tuple[str, ...]:
        """Ours, and the other regional extensions that are installed there, ours last.

        Raises ModelError when the WebUI does not answer, BadInputError when it has no Omost.
        """
        installed = set(self._call("scripts")["txt2img"])
        if "omost" not in installed:
            raise BadInputError(f"the WebUI at {self.url} has no Omost", hint="install this extension there first")
        plain, *regional = MEASURED_METHODS
        return (plain, *(name for name in PEERS if name in installed), *regional)

    def draw(self, layout: Layout, method: str) -> Image:
        """One picture, (H, W, 3). Raises ModelError when the WebUI fails."""
        describe = PEERS.get(method)
        asked = describe(layout.canvas) if describe is not None else _ours(layout.canvas, method)
        job: Job = {
            "prompt": "",
            "seed": layout.seed,
            "steps": self.steps,
            "cfg_scale": self.cfg,
            "width": self.width,
            "height": self.height,
            "sampler_name": "DPM++ 2M",
            "scheduler": "Karras",
            **asked,
        }
        return _pixels(self.txt2img(job)["images"][0])

    def device(self) -> str:
        """The graphics card that it draws on, as it says, or "" where it says nothing."""
        try:
            cuda = self._call("memory")["cuda"]
            return f"CUDA, {cuda['system']['total'] / 2**30:.0f} GiB" if "system" in cuda else "CPU"
        except (ModelError, KeyError, TypeError):
            return ""

    def txt2img(self, job: Job) -> Any:
        """The answer to one request, drawn with the checkpoint. Raises ModelError when the WebUI fails."""
        if self.checkpoint is not None:
            job = {**job, "override_settings": {"sd_model_checkpoint": self.checkpoint}}
        return self._call("txt2img", job)

    def _call(self, path: str, body: Job | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/sdapi/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")[:500]
            raise ModelError(f"the WebUI answered {error.code}: {told}") from error
        except (OSError, ValueError) as error:
            raise ModelError(
                f"the WebUI at {self.url} does not answer: {error}", hint="start it with --api, and give its address"
            ) from error


def _ours(canvas: Canvas, method: str) -> Job:
    return {"alwayson_scripts": {"Omost": {"args": [{"canvas": write_canvas(canvas), "method": method}]}}}


def _lines(canvas: Canvas) -> list[str]:
    """A prompt for the whole picture and one a region."""
    return [canvas.description, *(region.description for region in canvas.regions)]


def _forge_couple(canvas: Canvas) -> Job:
    """sd-forge-couple, advanced mode: a line and a box [x0, x1, y0, y1, weight] a region, the background first."""
    boxes = [region.rect for region in canvas.regions]
    mapping = [[0.0, 1.0, 0.0, 1.0, BASE_SHARE]]
    mapping += [[b.left / GRID, b.right / GRID, b.top / GRID, b.bottom / GRID, 1.0] for b in boxes]
    arguments = [True, False, "Advanced", "", "Horizontal", "None", BASE_SHARE, mapping, "off", False]
    return {"prompt": "\n".join(_lines(canvas)), "alwayson_scripts": {"forge couple": {"args": arguments}}}


def _regional_prompter(canvas: Canvas) -> Job:
    """Regional Prompter in its mask mode, which has free boxes: one colour a prompt, the background's first."""
    off = [False, False, False, "Attention", [], "0", "0", "0", _mask(canvas), "0", "0", False]
    arguments = [True, False, "Mask", "Rows", "Mask", "Prompt", "1,1", "0.2", *off]
    return {"prompt": " BREAK ".join(_lines(canvas)), "alwayson_scripts": {"Regional Prompter": {"args": arguments}}}


def _mask(canvas: Canvas) -> str:
    """Which prompt is where, by hue at half saturation and value: the order of its own colours."""
    from PIL import Image as Pictures

    colors = [[int(256 * part) for part in colorsys.hsv_to_rgb(hue, 0.5, 0.5)] for hue in _HUES]
    picture = np.full((_MASK, _MASK, 3), colors[0], np.uint8)
    for region, color in zip(canvas.regions, colors[1:], strict=False):
        top, bottom, left, right = (cell * _MASK // GRID for cell in region.rect)
        picture[top:bottom, left:right] = color
    file = io.BytesIO()
    Pictures.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


PEERS: Mapping[str, Describe] = MappingProxyType(
    {"forge couple": _forge_couple, "regional prompter": _regional_prompter}
)


def _pixels(image: str) -> Image:
    from PIL import Image as Pictures

    return np.asarray(Pictures.open(io.BytesIO(base64.b64decode(image.rpartition(",")[2]))).convert("RGB"))
