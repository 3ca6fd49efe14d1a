"""SD1.x's architecture at a hundredth of the width, with GLIGEN's layers or without, seeded; no gate is closed."""

from __future__ import annotations

import json
import math
from typing import Any

import torch

from lib_omost.hosts.diffusers.checkpoint import CONFIGS
from lib_omost.mini.tokenizer import load_tokenizer

TEXT = 32


def tiny_parts(*, gated: bool = True) -> dict[str, Any]:
    """What a pipeline is made of."""
    from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    def config(part: str) -> dict[str, Any]:
        return json.loads((CONFIGS / "sd1" / part / "config.json").read_text())

    torch.manual_seed(0)
    small = {"hidden_size": TEXT, "intermediate_size": 64, "num_attention_heads": 2, "num_hidden_layers": 2}
    encoder = CLIPTextModel(CLIPTextConfig(**config("text_encoder") | small))
    narrow = {
        "block_out_channels": [32, 32, 64, 64],
        "layers_per_block": 1,
        "attention_head_dim": 2,
        "cross_attention_dim": TEXT,
        "sample_size": 8,
    }
    unet = UNet2DConditionModel.from_config(config("unet") | narrow)
    if gated:
        plain = unet.state_dict()
        unet = UNet2DConditionModel.from_config(config("unet") | narrow | {"attention_type": "gated"})
        unet.load_state_dict(plain, strict=False)
        _open(unet)
    vae = AutoencoderKL.from_config(config("vae") | {"block_out_channels": [32, 32, 32, 32], "layers_per_block": 1})
    for part in (encoder, unet, vae):
        part.eval()
    scheduler = DPMSolverMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", use_karras_sigmas=True, steps_offset=1
    )
    return {
        "vae": vae,
        "text_encoder": encoder,
        "tokenizer": load_tokenizer(),
        "unet": unet,
        "scheduler": scheduler,
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }


def tiny_sd1(*, gated: bool = True) -> Any:
    """The pipeline that draws by words."""
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline(**tiny_parts(gated=gated))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def theirs(pipeline: Any) -> Any:
    """Diffusers' own pipeline for GLIGEN, of the same parts."""
    from diffusers import StableDiffusionGLIGENPipeline

    parts = {name: part for name, part in pipeline.components.items() if name != "image_encoder"}
    made = StableDiffusionGLIGENPipeline(**parts, requires_safety_checker=False)
    made.set_progress_bar_config(disable=True)
    return made


def layers_in_the_original_layout(unet: Any, exporter: Any) -> dict[str, torch.Tensor]:
    """As a file of these layers alone holds them."""
    attends = ["attentions" in dir(block) for block in unet.up_blocks]
    return {
        name
        if name.startswith("position_net.")
        else exporter.unet_name(name, unet.config.layers_per_block, attends): one
        for name, one in unet.state_dict().items()
        if name.startswith("position_net.") or ".fuser." in name
    }


def _open(unet: Any) -> None:
    """A new layer's gates are closed and its null features 0: with those nothing would be seen."""
    random = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, one in unet.named_parameters():
            if name.endswith(("alpha_attn", "alpha_dense")):
                one.fill_(math.atanh(0.6))
            elif "null_" in name:
                one.copy_(torch.randn(one.shape, generator=random))
