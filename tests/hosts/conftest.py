"""Real image models, small: the shipped mini checkpoint, and SDXL's architecture with random weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Region
from lib_omost.hosts.diffusers.checkpoint import CONFIGS, load_checkpoint
from lib_omost.mini.tokenizer import load_tokenizer

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def mini() -> Any:
    return load_checkpoint(None, CPU)


@pytest.fixture(scope="session")
def tiny_sdxl() -> Any:
    """SDXL's parts and wiring at a hundredth of the width, seeded."""
    return build_tiny_sdxl()


def build_tiny_sdxl() -> Any:
    from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    def config(part: str) -> dict[str, Any]:
        return json.loads((CONFIGS / "sdxl" / part / "config.json").read_text())

    torch.manual_seed(0)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2, "num_hidden_layers": 3}
    first = CLIPTextModel(CLIPTextConfig(**config("text_encoder") | small))
    wider = small | {"hidden_size": 48, "projection_dim": 48}  # a single file's encoders are told apart by their width
    second = CLIPTextModelWithProjection(CLIPTextConfig(**config("text_encoder_2") | wider))
    unet = UNet2DConditionModel.from_config(
        config("unet")
        | {
            "block_out_channels": [32, 64, 64],
            "attention_head_dim": [1, 2, 2],
            "cross_attention_dim": 32 + 48,
            "transformer_layers_per_block": [1, 1, 2],
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + 48,
            "sample_size": 8,
        }
    )
    vae = AutoencoderKL.from_config(config("vae") | {"block_out_channels": [32, 32, 32, 32], "layers_per_block": 1})
    second_tokenizer = load_tokenizer()
    second_tokenizer.pad_token = "!"
    pipeline = StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=first,
        text_encoder_2=second,
        tokenizer=load_tokenizer(),
        tokenizer_2=second_tokenizer,
        unet=unet,
        scheduler=DPMSolverMultistepScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", use_karras_sigmas=True
        ),
        add_watermarker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    for part in (first, second, unet, vae):
        part.eval()
    return pipeline


@pytest.fixture(scope="session")
def lora_tensors() -> Callable[..., dict[str, torch.Tensor]]:
    """What a file of kohya's holds for `layers` (name in the file → module): plain LoRA of a rank, to be seen."""

    def build(
        layers: Mapping[str, Any], rank: int = 4, strength: float = 0.5, seed: int = 7
    ) -> dict[str, torch.Tensor]:
        random = torch.Generator().manual_seed(seed)
        tensors: dict[str, torch.Tensor] = {}
        for name, module in layers.items():
            weight = module.weight
            kernel = tuple(weight.shape[2:])
            fan = weight[0].numel()
            down = torch.randn(rank, weight.shape[1], *kernel, generator=random) / fan**0.5
            up = torch.randn(len(weight), rank, *(1 for _ in kernel), generator=random)
            tensors[f"{name}.lora_down.weight"] = down
            tensors[f"{name}.lora_up.weight"] = up * float(weight.detach().std()) * strength * (fan / rank) ** 0.5
            tensors[f"{name}.alpha"] = torch.tensor(float(rank) / 2)
        return tensors

    return build


@pytest.fixture
def circle_and_square() -> Canvas:
    return Canvas(
        description="A white background.",
        color_name="white",
        regions=(
            Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", color_name="red"),
            Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square.", color_name="blue"),
        ),
    )


@pytest.fixture
def untouched() -> Any:
    """A context manager that fails when a pipeline's UNet does not hold the very objects that it held before."""
    from contextlib import contextmanager

    @contextmanager
    def check(pipeline: Any) -> Iterator[None]:
        before = hooks_of(pipeline.unet)
        try:
            yield
        finally:
            assert hooks_of(pipeline.unet) == before

    return check


def hooks_of(unet: Any) -> list[object]:
    processors = [(name, id(module.processor)) for name, module in unet.named_modules() if hasattr(module, "processor")]
    forwards = [(name, id(module.__dict__.get("forward"))) for name, module in unet.named_modules()]
    pre_hooks = [(name, tuple(module._forward_pre_hooks)) for name, module in unet.named_modules()]
    return [processors, forwards, pre_hooks]
