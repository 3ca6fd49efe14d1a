"""The mini checkpoint as a diffusers pipeline: reading its folder and writing one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from lib_omost.errors import MissingPackageError, ModelError
from lib_omost.mini.folder import SPARSE_TEXT_ENCODER, check_mini_folder, mini_folder
from lib_omost.mini.token_table import pack_table, table_from, without_table
from lib_omost.mini.tokenizer import load_tokenizer
from lib_omost.mini.worlds import SHAPES_WORLD, World, write_world
from lib_omost.quiet import quiet_bitsandbytes
from lib_omost.reasons import reason

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, SchedulerMixin, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel

_TABLE = "embeddings.token_embedding.weight"
_PREFIX = "text_model."  # part of the names in SD1 files and in some releases of transformers, not in others


def load_mini(folder: Path | None = None, dtype: torch.dtype = torch.float32) -> StableDiffusionPipeline:
    """The pipeline of the mini checkpoint in `folder` (the shipped one by default), on the CPU.

    Raises MissingPackageError without diffusers, transformers or open_clip_torch; ModelError when the folder is not a
    mini checkpoint or a part of it cannot be read.
    """
    try:
        with quiet_bitsandbytes():
            from diffusers import (
                AutoencoderKL,
                DPMSolverMultistepScheduler,
                StableDiffusionPipeline,
                UNet2DConditionModel,
            )
    except ImportError as error:
        raise MissingPackageError("diffusers", "the mini checkpoint") from error
    folder = folder or mini_folder()
    check_mini_folder(folder)
    tokenizer = load_tokenizer()
    try:
        text_encoder = load_text_encoder(folder, dtype)
        unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype, local_files_only=True)
        vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=dtype, local_files_only=True)
        scheduler = DPMSolverMultistepScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
    except Exception as error:  # whatever a damaged file makes diffusers, transformers or safetensors raise
        raise ModelError(
            f"cannot load the mini checkpoint in {folder}: {reason(error)}", hint="restore the folder and try again"
        ) from error
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def load_text_encoder(folder: Path, dtype: torch.dtype) -> CLIPTextModel:
    """The text encoder of a mini checkpoint, its token table expanded."""
    from safetensors.torch import load_file
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig.from_json_file(folder / "text_encoder" / "config.json")
    tensors = load_file(folder / SPARSE_TEXT_ENCODER)
    weights = {**without_table(tensors), _PREFIX + _TABLE: table_from(tensors).expand(config.vocab_size)}
    encoder = CLIPTextModel(config)
    prefix = _PREFIX if _PREFIX + _TABLE in encoder.state_dict() else ""
    encoder.load_state_dict({prefix + name.removeprefix(_PREFIX): tensor for name, tensor in weights.items()})
    return encoder.to(dtype).eval()


def save_mini(
    folder: Path,
    *,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    vae: AutoencoderKL,
    scheduler: SchedulerMixin,
    world: World = SHAPES_WORLD,
) -> None:
    """Write a mini checkpoint in fp16 that `load_mini` reads. The parts stay as they are; old files are replaced.

    world: what it was trained on, as `world_of(folder)` will say.
    """
    from safetensors.torch import save_file

    weights = {
        _PREFIX + name.removeprefix(_PREFIX): tensor.half().contiguous()
        for name, tensor in text_encoder.state_dict().items()
    }
    table = pack_table(weights.pop(_PREFIX + _TABLE))
    (folder / SPARSE_TEXT_ENCODER).parent.mkdir(parents=True, exist_ok=True)
    save_file({**weights, **table.tensors()}, folder / SPARSE_TEXT_ENCODER, {"format": "pt"})
    _write_json(folder / "text_encoder" / "config.json", text_encoder.config.to_diff_dict())
    copy.deepcopy(unet).half().save_pretrained(folder / "unet")
    copy.deepcopy(vae).half().save_pretrained(folder / "vae")
    scheduler.save_pretrained(folder / "scheduler")
    write_world(world, folder)
    _write_json(folder / "model_index.json", _INDEX)


_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def _write_json(file: Path, data: dict[str, Any]) -> None:
    file.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
