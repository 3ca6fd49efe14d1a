"""Checkpoints from disk: what loads, what is refused and how."""

from __future__ import annotations

import copy
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError, ModelError
from lib_omost.hosts.diffusers.checkpoint import SD1, SDXL, Architecture, load_checkpoint, load_single_file
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.mini.folder import mini_folder

CPU = torch.device("cpu")
EXPORTER = Path(__file__).parents[3] / "tools" / "export_checkpoint.py"


@pytest.fixture(scope="module")
def exporter() -> Any:
    spec = importlib.util.spec_from_file_location("export_checkpoint", EXPORTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def configs_of(pipeline: Any, like: Architecture, folder: Path) -> Architecture:
    """The architecture of a small pipeline: the family's own, with the pipeline's widths."""
    (folder / "model_index.json").write_text((like.config / "model_index.json").read_text())
    for part in ("unet", "vae", "scheduler"):
        getattr(pipeline, part).save_config(folder / part)
    for part in ("text_encoder", "text_encoder_2"):
        if getattr(pipeline, part, None) is not None:
            getattr(pipeline, part).config.save_pretrained(folder / part)
    return Architecture(like.name, like.marker, folder, like.pipeline, like.padding)


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    """Of 255; not always 0: tensors that lie otherwise in memory are summed in another order."""
    return int(np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int)).max())


@pytest.mark.parametrize(("model", "like"), [("mini", SD1), ("tiny_sdxl", SDXL)])
@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_a_single_file_draws_what_the_folder_draws(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    exporter: Any,
    circle_and_square: Canvas,
    model: str,
    like: Any,
    suffix: str,
) -> None:
    pipeline = request.getfixturevalue(model)
    file = tmp_path / f"model{suffix}"
    tensors = exporter.single_file_tensors(pipeline)
    assert like.marker in tensors
    if suffix == ".ckpt":
        torch.save({"state_dict": tensors}, file)
    else:
        save_file(tensors, file)
    loaded = load_single_file(file, torch.float32, configs_of(pipeline, like, tmp_path))
    loaded.scheduler = pipeline.scheduler
    settings = RenderSettings(steps=2, width=64, height=64)
    theirs, ours = (render(each, circle_and_square, settings).images[0] for each in (loaded, pipeline))
    assert largest_difference(theirs, ours) <= 2
    assert np.asarray(ours).std() > 10


@pytest.mark.parametrize("architecture", [SD1, SDXL])
def test_the_shipped_configs_describe_the_published_models(architecture: Architecture) -> None:
    """Parameter counts of the public checkpoints: UNet 859.5 M and 2,567.5 M, VAE 83.7 M, CLIP-L 123.1 M."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    def config(part: str) -> dict[str, Any]:
        return json.loads((architecture.config / part / "config.json").read_text())

    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(config("unet"))
        vae = AutoencoderKL.from_config(config("vae"))
        text = CLIPTextModel(CLIPTextConfig(**config("text_encoder")))
    millions = [round(sum(weight.numel() for weight in part.parameters()) / 1e6, 1) for part in (unet, vae, text)]
    assert millions == [859.5 if architecture is SD1 else 2567.5, 83.7, 123.1]


def test_a_file_that_says_it_predicts_v_is_sampled_so(tmp_path: Path, exporter: Any, tiny_sdxl: Any) -> None:
    tensors = exporter.single_file_tensors(tiny_sdxl) | {"v_pred": torch.tensor([]), "ztsnr": torch.tensor([])}
    save_file(tensors, tmp_path / "model.safetensors")
    architecture = configs_of(tiny_sdxl, SDXL, tmp_path)
    loaded = load_single_file(tmp_path / "model.safetensors", torch.float32, architecture)
    assert loaded.scheduler.config.prediction_type == "v_prediction"
    assert loaded.scheduler.config.rescale_betas_zero_snr


@pytest.mark.parametrize("model", ["mini", "tiny_sdxl"])
@pytest.mark.parametrize("ends_in_noise", [False, True])
def test_what_predicts_v_does_so_again_from_its_own_file(
    tmp_path: Path, request: pytest.FixtureRequest, exporter: Any, model: str, ends_in_noise: bool
) -> None:
    pipeline = copy.copy(request.getfixturevalue(model))
    known = configs_of(pipeline, SDXL if model == "tiny_sdxl" else SD1, tmp_path)
    noise = {"prediction_type": "epsilon", "rescale_betas_zero_snr": False}  # as the families' own configs say
    type(pipeline.scheduler).from_config(pipeline.scheduler.config, **noise).save_config(tmp_path / "scheduler")
    asked = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": ends_in_noise}
    pipeline.scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config, **asked)
    save_file(exporter.single_file_tensors(pipeline), tmp_path / "model.safetensors")
    loaded = load_single_file(tmp_path / "model.safetensors", torch.float32, known)
    assert {name: loaded.scheduler.config[name] for name in asked} == asked


def test_a_diffusers_folder_loads(tmp_path: Path, mini: Any, tiny_sdxl: Any, circle_and_square: Canvas) -> None:
    for name, pipeline in (("sd1", mini), ("sdxl", tiny_sdxl)):
        pipeline.save_pretrained(tmp_path / name)
        loaded = load_checkpoint(tmp_path / name, CPU)
        loaded.scheduler = pipeline.scheduler
        settings = RenderSettings(steps=2, width=64, height=64)
        ours, theirs = (render(each, circle_and_square, settings).images[0] for each in (pipeline, loaded))
        assert largest_difference(theirs, ours) <= 2


def test_the_mini_checkpoint_may_be_named_by_its_folder(mini: Any) -> None:
    loaded = load_checkpoint(mini_folder(), CPU)
    assert torch.equal(loaded.unet.conv_in.weight, mini.unet.conv_in.weight)


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("missing.safetensors", None, BadInputError, "no checkpoint at"),
        ("picture.png", b"x", BadInputError, "is no checkpoint"),
        ("cut.safetensors", b"\x40\x00\x00\x00\x00\x00\x00\x00{", ModelError, "cannot read"),
        ("cut.ckpt", b"PK\x03\x04", ModelError, "cannot read"),
        ("empty.safetensors", b"", ModelError, "cannot read"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception], message: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(error, match=message) as refused:
        load_checkpoint(file, CPU)
    assert refused.value.hint


def test_a_checkpoint_of_another_family_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lora.safetensors"
    save_file({"lora_unet_down.alpha": torch.zeros(1)}, file)
    with pytest.raises(BadInputError, match=r"neither an SD1\.x nor an SDXL"):
        load_checkpoint(file, CPU)


def test_a_checkpoint_that_lacks_parts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "half.safetensors"
    save_file({SD1.marker: torch.zeros(77, 768)}, file)
    with pytest.raises(ModelError, match=r"half\.safetensors as SD1\.x"):
        load_checkpoint(file, CPU)


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no model_index\.json"):
        load_checkpoint(tmp_path, CPU)
    (tmp_path / "model_index.json").write_text('{"_class_name": "KolorsPipeline"}')
    with pytest.raises(BadInputError, match="KolorsPipeline") as refused:
        load_checkpoint(tmp_path, CPU)
    assert "Flux 1" in refused.value.hint
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "X"]}')
    with pytest.raises(ModelError, match="cannot load"):
        load_checkpoint(tmp_path, CPU)
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(ModelError, match="cannot read"):
        load_checkpoint(tmp_path, CPU)
