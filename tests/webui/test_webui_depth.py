"""The canvas's depth map in a unit of the job's ControlNet: which unit and net, what is told, what is left of it."""

from __future__ import annotations

import base64
import copy
import io
import json
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_omost.canvas import Canvas, Region, canvas_to_line, depth_map, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.control_units import filled, units_of
from lib_omost.hosts.webui.capabilities.depth_nets import NO_UNET, text_width
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.pictures.encoded import png_in_base64
from lib_omost.ui.jobs import NO_DEPTH

NEAR = Region("on the left", "no offset", "a small square area", 2.0, "A red circle.")
FAR = Region("on the right", "no offset", "a small square area", 5.0, "A blue square.")
CANVAS = Canvas("A white background.", regions=(NEAR, FAR))
CODE = write_canvas(CANVAS)
SD15, XL, CANNY = "control_sd15_depth [1]", "big_depth [2]", "control_canny [3]"


@dataclass
class Unit:
    """ControlNet's, as the Forge family has it."""

    enabled: bool = True
    module: str = "None"
    model: str = "None"
    weight: float = 1.0
    image: Any = None
    resize_mode: str = "Crop and Resize"
    pixel_perfect: bool = False
    guidance_end: float = 1.0
    opened: Any = field(default=None, compare=False)

    @staticmethod
    def from_dict(given: dict[str, Any]) -> Unit:
        unit = Unit(**{name: value for name, value in given.items() if name in vars(Unit)})
        if isinstance(unit.image, str):
            unit.image = opened(unit.image)
        return unit


class ControlNet:
    """Its script: what it is given it tells in the infotext, one entry for each unit that is on."""

    args_from, args_to = 2, 5

    def title(self) -> str:
        return "ControlNet"

    def process(self, p: Any) -> list[Unit]:
        units = [Unit.from_dict(one) if isinstance(one, dict) else one for one in p.script_args[2:5]]
        on = [unit for unit in units if unit.enabled]
        for number, unit in enumerate(on):
            p.extra_generation_params[f"ControlNet {number}"] = f"Module: None, Model: {unit.model}, Weight: 1"
        return on


def opened(picture: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))))


def picture_in_base64() -> str:
    return png_in_base64(Image.fromarray(np.zeros((2, 2), np.uint8)))


def file_of(folder: Path, name: str, **shapes: list[int]) -> Path:
    """A safetensors file's beginning; a layer's dots are written as double underscores."""
    header = json.dumps({key.replace("__", "."): {"shape": shape} for key, shape in shapes.items()}).encode()
    file = folder / name
    file.write_bytes(struct.pack("<Q", len(header)) + header)
    return file


DIFFUSERS = {"down_blocks__0__attentions__0__transformer_blocks__0__attn2__to_k__weight": [3, 9]}


def reading(width: int, prefix: str = "") -> dict[str, list[int]]:
    return {f"{prefix}input_blocks__1__1__transformer_blocks__0__attn2__to_k__weight": [320, width]}


@pytest.fixture
def job(job: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A job of a host with nets for both widths, an SDXL checkpoint at hand and one of SD1.x chosen."""
    nets: dict[str, Any] = {
        "None": None,
        CANNY: file_of(tmp_path, "control_canny.safetensors", **reading(768)),
        XL: file_of(tmp_path, "big_depth.safetensors", **reading(2048)),
        SD15: file_of(tmp_path, "control_sd15_depth.safetensors", **reading(768, "control_model__")),
    }
    checkpoints = {
        "sd15": file_of(tmp_path, "one.safetensors", **reading(768, "model__diffusion_model__")),
        "xl": file_of(tmp_path, "other.safetensors", **reading(2048, "model__diffusion_model__")),
        "flux": file_of(tmp_path, "flux.safetensors", double_blocks__0__img_attn__qkv__weight=[9, 3]),
    }
    found = SimpleNamespace(get_closet_checkpoint_match=lambda title: SimpleNamespace(filename=str(checkpoints[title])))
    monkeypatch.setattr(sys.modules["modules"], "sd_models", found, raising=False)
    monkeypatch.setitem(sys.modules, "modules.sd_models", found)
    sys.modules["modules.shared"].opts.sd_model_checkpoint = "sd15"
    monkeypatch.setitem(sys.modules, "scripts.global_state", SimpleNamespace(cn_models=nets, Preprocessor=None))
    control = ControlNet()
    job.scripts = SimpleNamespace(alwayson_scripts=[control], selectable_scripts=[])
    job.script_args = (0, "another's", *(Unit(enabled=False) for _ in range(3)))
    job.folders = SimpleNamespace(is_batch=False)
    monkeypatch.setitem(sys.modules, "scripts.batch_hijack", SimpleNamespace(instance=job.folders))
    job.control, job.nets, job.override_settings = control, nets, {}
    return job


def begun(script: Any, job: Any, **fields: Any) -> list[Unit]:
    """The units that ControlNet draws with, up to the first pass of the sampler."""
    arguments = {"canvas": CODE, "depth": 0.7, **fields}
    script.before_process(job, arguments)
    on = job.control.process(job)
    script.process(job, arguments)
    job.setup_conds()
    script.process_before_every_sampling(job, arguments)
    return on


def test_the_first_free_unit_holds_the_map_at_the_jobs_size_and_all_is_given_back(script: Any, job: Any) -> None:
    before, kept = job.script_args, list(job.script_args)
    (unit,) = begun(script, job)
    expected = depth_map(CANVAS, job.width, job.height)
    assert np.array_equal(unit.image, np.stack([expected] * 3, -1))
    assert expected.max() == 255  # near is light
    assert (unit.model, unit.weight, unit.module, unit.resize_mode) == (SD15, 0.7, "None", "Just Resize")
    assert unit.pixel_perfect
    assert job.extra_generation_params["Omost depth"] == f"0.7 by {SD15}"
    assert "ControlNet 0" not in job.extra_generation_params  # pasted, it would be a unit without its picture
    script.postprocess(job, None)
    assert job.script_args is before
    assert list(before) == kept == [0, "another's", *[Unit(enabled=False)] * 3]
    assert not [name for name in vars(job) if name.startswith("_omost")]


def test_without_a_weight_nothing_is_touched_or_told(script: Any, job: Any) -> None:
    before = job.script_args
    assert begun(script, job, depth=0.0) == []
    assert job.script_args is before
    assert "Omost depth" not in job.extra_generation_params


def test_units_that_the_user_set_stay_and_are_told(script: Any, job: Any) -> None:
    own, last = Unit(model=CANNY, image="theirs"), Unit(model=SD15, weight=0.4)
    job.script_args = (0, "another's", own, Unit(enabled=False, guidance_end=0.5), last)
    first, ours, third = begun(script, job)
    assert first is own
    assert third is last
    assert ours.guidance_end == 0.5  # as it is set in the unit
    told = {name for name in job.extra_generation_params if "ControlNet" in name}
    assert told == {"ControlNet 0", "ControlNet 2"}


@pytest.mark.parametrize("given", [{"enabled": False, "model": XL}, {"enabled": False, "model": "big_depth"}])
def test_the_unit_of_an_api_names_the_net(script: Any, job: Any, given: dict[str, Any]) -> None:
    job.script_args = [0, "another's", given, {}, {}]
    assert begun(script, job)[0].model == XL
    assert given == {"enabled": False, "model": given["model"]}
    assert isinstance(job.script_args, list)


def test_another_kind_of_net_in_a_free_unit_is_not_taken(script: Any, job: Any) -> None:
    job.script_args = (0, "another's", *(Unit(enabled=False, model=CANNY) for _ in range(3)))
    assert begun(script, job)[0].model == SD15


def test_a_net_is_chosen_for_the_jobs_own_checkpoint(script: Any, job: Any) -> None:
    job.override_settings = {"sd_model_checkpoint": "xl"}
    assert begun(script, job)[0].model == XL


@pytest.mark.parametrize("is_api", [False, True])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda job: job.nets.pop(SD15), "needs a ControlNet for depth for SD1.x, and the WebUI has none"),
        (lambda job: job.override_settings.update(sd_model_checkpoint="flux"), "that fits this checkpoint"),
        (lambda job: job.scripts.alwayson_scripts.clear(), "needs ControlNet"),
        (lambda job: setattr(job, "script_args", (0, "another's", *[Unit()] * 3)), "all units of ControlNet"),
        (lambda job: setattr(job.script_args[2], "model", "gone_depth"), "no ControlNet gone_depth"),
        (lambda job: setattr(job.folders, "is_batch", True), "by the pictures of a folder"),
    ],
)
def test_what_lacks_refuses_the_job_with_words(
    script: Any, job: Any, change: Callable[[Any], Any], message: str, is_api: bool
) -> None:
    change(job)
    job.is_api = is_api
    before = job.script_args
    kind = pytest.importorskip("fastapi").HTTPException if is_api else OmostError
    with pytest.raises(kind) as ended:
        begun(script, job)
    assert message in (ended.value.detail if is_api else str(ended.value))
    assert job.script_args is before


@given(st.lists(st.booleans(), max_size=6), st.floats(0.01, 2.0), st.sampled_from(["", SD15, XL, CANNY]))
def test_whatever_the_units_a_filled_one_is_another_and_they_stay(
    are_on: list[bool], weight: float, model: str
) -> None:
    units = [Unit(enabled=is_on, model=model, image="theirs" if is_on else None) for is_on in are_on]
    before = copy.deepcopy(units)
    script = SimpleNamespace(title=lambda: "ControlNet", args_from=1, args_to=1 + len(units))
    p = SimpleNamespace(scripts=SimpleNamespace(alwayson_scripts=[script]), script_args=(0, *units, "behind"))
    found = units_of(p)
    assert found == dict(enumerate(units, 1))
    for unit in units:
        made = filled(unit, picture_in_base64(), model or SD15, weight)
        assert (made.enabled, made.weight, made.model) == (True, weight, model or SD15)
    assert units == before


def test_several_canvases_are_refused(script: Any, job: Any) -> None:
    script.before_process(job, {"canvas": CODE, "depth": 0.7, "variants": canvas_to_line(CANVAS)})
    with pytest.raises(OmostError, match="one depth map"):
        job.setup_conds()


def test_a_canvas_of_no_regions_has_no_map_and_that_is_noted(script: Any, job: Any) -> None:
    noted = ToldTasks()
    script.told = lambda: noted
    assert begun(script, job, canvas=write_canvas(Canvas("A fog."))) == []
    assert [one.text for one in noted.of("task(abc)")] == [NO_DEPTH]
    assert "Omost depth" not in job.extra_generation_params


def test_a_plots_cells_have_maps_of_their_own(script: Any, job: Any) -> None:
    """They are copies of a job, and share what the infotext is made of."""
    told = []
    for weight in (0.5, 0.0, 2.0):
        cell = copy.copy(job)
        cell.omost_overrides = {"depth": weight}
        on = begun(script, cell, depth=1.0)
        told.append((len(on), on[0].weight if on else None, cell.extra_generation_params.get("Omost depth")))
        script.postprocess(cell, None)
    assert told == [(1, 0.5, f"0.5 by {SD15}"), (0, None, None), (1, 2.0, f"2 by {SD15}")]


def test_a_copy_that_another_extension_makes_has_no_second_map(script: Any, job: Any) -> None:
    begun(script, job)
    inner = copy.copy(job)
    assert len(begun(script, inner)) == 1
    script.postprocess(inner, None)
    script.postprocess(job, None)
    assert not any(unit.enabled for unit in (*job.script_args[2:], *inner.script_args[2:]))


@pytest.mark.parametrize(
    ("name", "shapes", "width"),
    [
        ("a.safetensors", reading(640), 640),
        ("lora.safetensors", {"input_blocks__4__1__transformer_blocks__0__attn2__to_k__down": [256, 2048]}, 2048),
        ("diffusers.safetensors", DIFFUSERS, 9),
        ("t2i_xl_depth.safetensors", {"body__0__weight": [3, 3]}, 2048),
        ("flux_depth.safetensors", {"transformer_blocks__0__attn__to_k__weight": [3, 3]}, NO_UNET),
        ("t2iadapter_depth_sd14v1.safetensors", {"body__0__weight": [3, 3]}, 768),
        ("depth.safetensors", {"body__0__weight": [3, 3]}, None),
    ],
)
def test_the_width_that_a_net_reads(tmp_path: Path, name: str, shapes: dict[str, Any], width: int | None) -> None:
    assert text_width(file_of(tmp_path, name, **shapes)) == width
    assert text_width(tmp_path / "gone.safetensors") is None
