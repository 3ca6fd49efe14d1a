"""`bench lora`: what two LoRA on half of the picture each add to a step of a UNet under a canvas."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.hosts.diffusers.checkpoint import CONFIGS
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import regional_attention
from lib_omost.loras.difference import Difference
from lib_omost.loras.run import Patch
from lib_omost.methods.registry import METHODS

LEFT, RIGHT, WHOLE = (0, 90, 0, 45), (0, 90, 45, 90), (0, 90, 0, 90)
ATTENTION = ("transformer_blocks", ".proj_in", ".proj_out")
CONVOLUTIONS = (*ATTENTION, "resnets", "samplers")
# A LoHa, LoKr or DoRA has no few factors, and is a whole difference like one that a file spells out.
KINDS: Mapping[str, tuple[tuple[str, ...], bool]] = MappingProxyType(
    {
        "LoRA": (ATTENTION, False),
        "LoCon": (CONVOLUTIONS, False),
        "LoHa, LoKr, DoRA, whole": (ATTENTION, True),
        "whole, convolutions too": (CONVOLUTIONS, True),
    }
)
BAG = 77


@dataclass(frozen=True)
class Cost:
    """Median seconds of a step under a canvas, without LoRA and with two, and the median ratio of each pair."""

    kind: str
    layers: int
    plain: float
    dressed: float
    ratio: float


def format_table(costs: Sequence[Cost]) -> str:
    """The costs as text for people."""
    return "\n".join(
        f"{cost.kind:<24} {cost.layers:>4} layers {cost.plain * 1e3:>9.0f} ms → {cost.dressed * 1e3:>9.0f} ms "
        f"{cost.ratio:>6.2f} ×"
        for cost in costs
    )


def random_unet(family: str, device: torch.device, dtype: torch.dtype) -> Any:
    """A UNet as large as that of `sd1` or `sdxl`, its weights as diffusers begins with them."""
    from diffusers import UNet2DConditionModel

    config = json.loads((CONFIGS / family / "unet" / "config.json").read_text(encoding="utf-8"))
    with torch.device(device):
        unet = UNet2DConditionModel.from_config(config)
    return unet.to(dtype).eval()


def measure(unet: Any, kind: str, *, height: int, width: int, rank: int, edge: float, rounds: int) -> Cost:
    """Time steps without and with LoRA in turns, a pair of pictures' rows each (with and without prompt).

    height, width: of the latent. rank: of each LoRA, at most half of a layer's own. edge: how soft, in cells. On a CPU
    it is the time of this program alone, whatever else the machine does. Raises ValueError for less than one round.
    """
    if rounds < 1:
        raise ValueError(f"a measurement needs at least one round, not {rounds}")
    like = next(unet.parameters())
    changes = [random_changes(unet, kind, rank, seed) for seed in (1, 2)]
    patches = [Patch(rect, edge, own) for rect, own in zip((LEFT, RIGHT), changes, strict=True)]
    context = RegionalContext(
        torch.randn(3 * BAG, unet.config.cross_attention_dim, dtype=like.dtype, device=like.device),
        (Span(0, BAG, WHOLE), Span(BAG, 2 * BAG, LEFT), Span(2 * BAG, 3 * BAG, RIGHT)),
    )
    step = _stepper(unet, context, inputs_of(unet, height, width, BAG), height, width)
    with torch.no_grad():
        pairs = [(step(()), step(patches)) for _ in range(rounds)]
    ratio = median(dressed / plain for plain, dressed in pairs)
    return Cost(kind, len(changes[0]), median(one for one, _ in pairs), median(one for _, one in pairs), ratio)


def random_changes(unet: Any, kind: str, rank: int, seed: int) -> dict[str, list[Difference]]:
    """What a LoRA of that kind changes, with random numbers: by the layer's name."""
    where, is_whole = KINDS[kind]
    random = torch.Generator().manual_seed(seed)
    found: dict[str, list[Difference]] = {}
    for name, module in unet.named_modules():
        weight = getattr(module, "weight", None)
        if weight is None or weight.dim() not in (2, 4) or not any(part in name for part in where):
            continue
        rows, inner = len(weight), weight[0].numel()
        narrow = min(rank, rows // 2, inner // 2)
        if is_whole:
            delta = torch.randn(weight.shape, generator=random)
            found[name] = [Difference(delta * 0.01)]
        else:
            down = torch.randn(narrow, inner, generator=random).unflatten(1, weight.shape[1:])
            found[name] = [Difference(down * 0.1, torch.randn(rows, narrow, generator=random) * 0.01)]
    return found


def _stepper(
    unet: Any, context: RegionalContext, given: dict[str, Any], height: int, width: int
) -> Callable[[Sequence[Patch]], float]:
    """Seconds of a step with these patches, the less of two; one before them pays for what is kept."""
    denoiser = denoiser_of(unet, 1)
    is_cpu = context.embeddings.device.type == "cpu"

    def seconds() -> float:
        start = time.process_time() if is_cpu else time.perf_counter()
        unet(**given)
        if not is_cpu:
            torch.cuda.synchronize()
        return (time.process_time() if is_cpu else time.perf_counter()) - start

    def step(patches: Sequence[Patch]) -> float:
        steered = regional_attention(denoiser, [context], METHODS["score"], height=height, width=width, patches=patches)
        with steered:
            seconds()
            return min(seconds() for _ in range(2))

    return step


def inputs_of(unet: Any, height: int, width: int, tokens: int) -> dict[str, Any]:
    """What a pipeline gives a UNet for one picture: an unconditional row and a conditional one, of so many tokens."""
    like = next(unet.parameters())
    random = torch.Generator().manual_seed(0)
    config = unet.config

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=random).to(like.device, like.dtype)

    given: dict[str, Any] = {
        "sample": numbers(2, config.in_channels, height, width),
        "timestep": torch.tensor(500, device=like.device),
        "encoder_hidden_states": numbers(2, tokens, config.cross_attention_dim),
    }
    if getattr(config, "addition_embed_type", None) == "text_time":
        ids = 6
        pooled = config.projection_class_embeddings_input_dim - ids * config.addition_time_embed_dim
        given["added_cond_kwargs"] = {"text_embeds": numbers(2, pooled), "time_ids": numbers(2, ids)}
    return given
