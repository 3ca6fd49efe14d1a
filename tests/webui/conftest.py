"""A WebUI small enough to read: the modules that scripts import, a UNet in the original layout, a sampler, a job."""

from __future__ import annotations

import sys
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, scaled_dot_product_attention

CHANNELS, WIDTH, HEADS = 16, 12, 2

ScheduledPromptConditioning = namedtuple("ScheduledPromptConditioning", ["end_at_step", "cond"])


class ComposableScheduledPromptConditioning:
    def __init__(self, schedules: list, weight: float = 1.0) -> None:
        self.schedules, self.weight = schedules, weight


class MulticondLearnedConditioning:
    def __init__(self, shape: tuple, batch: list) -> None:
        self.shape, self.batch = shape, batch


class SdConditioning(list):
    def __init__(self, texts: list[str], width: int, height: int) -> None:
        super().__init__(texts)
        self.width, self.height = width, height


class CrossAttention(nn.Module):
    """As `ldm.modules.attention.CrossAttention` has it."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = HEADS
        self.to_q = nn.Linear(CHANNELS, CHANNELS, bias=False)
        self.to_k = nn.Linear(WIDTH, CHANNELS, bias=False)
        self.to_v = nn.Linear(WIDTH, CHANNELS, bias=False)
        self.to_out = nn.Sequential(nn.Linear(CHANNELS, CHANNELS), nn.Dropout(0.0))

    def forward(self, x: torch.Tensor, context: torch.Tensor | None = None, mask: Any = None) -> torch.Tensor:
        query, key, value = (
            tensor.unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for tensor in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        return self.to_out(scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn2 = CrossAttention()


class UNet(nn.Module):
    """Cross-attention at two resolutions; halving rounds up, as in the original."""

    def __init__(self) -> None:
        super().__init__()
        self.lift = nn.Conv2d(4, CHANNELS, 1)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.lower = nn.Conv2d(CHANNELS, 4, 1)

    def forward(self, x: torch.Tensor, timesteps: Any = None, context: Any = None, y: Any = None) -> torch.Tensor:
        hidden = self.lift(x)
        for number, block in enumerate(self.blocks):
            if number:
                hidden = avg_pool2d(hidden, 2, ceil_mode=True)
            tokens = hidden.flatten(2).transpose(1, 2)
            hidden = hidden + block.attn2(tokens, context=context).transpose(1, 2).unflatten(2, hidden.shape[2:])
        return self.lower(nn.functional.interpolate(hidden, size=x.shape[2:]))


def encode(texts: list[str]) -> torch.Tensor:
    """(n, 77, WIDTH), a function of the texts alone."""
    rows = []
    for text in texts:
        seed = sum(ord(char) * (place + 1) for place, char in enumerate(text))
        rows.append(torch.randn(77, WIDTH, generator=torch.Generator().manual_seed(seed)))
    return torch.stack(rows)


def images_tensor_to_samples(image: torch.Tensor, approximation: Any = None, model: Any = None) -> torch.Tensor:
    """(B, 3, H, W) in 0…1 → (B, 4, H/8, W/8)."""
    return avg_pool2d(image * 2 - 1, 8)[:, [0, 1, 2, 0]]


@dataclass
class Sampler:
    """Two steps that call the UNet as A1111 does: cond and uncond apart when their lengths differ, else in one call."""

    unet: UNet
    order: tuple[str, ...] = ("cond", "uncond")
    fail: BaseException | None = None
    conditionings: list = field(default_factory=list)
    starts: list = field(default_factory=list)

    def sample(self, p: Any, x: torch.Tensor, conditioning: Any, unconditional: Any, **_: Any) -> torch.Tensor:
        self.conditionings.append(conditioning)
        cond = torch.stack([part.schedules[-1].cond for parts in conditioning.batch for part in parts])
        uncond = torch.stack([schedules[-1].cond for schedules in unconditional])
        for _step in range(2):
            with torch.no_grad():
                if cond.shape[1] == uncond.shape[1]:
                    rows = {"cond": cond, "uncond": uncond}
                    context = torch.cat([rows[name] for name in self.order])
                    out = self.unet(torch.cat([x] * (len(context) // len(x))), 1, context=context)
                    x = x + 0.1 * out[: len(x)]
                else:
                    repeated = torch.cat([x] * (len(cond) // len(x)))
                    x = x + 0.1 * self.unet(repeated, 1, context=cond)[: len(x)] - 0.1 * self.unet(x, 1, context=uncond)
            if self.fail is not None:
                raise self.fail
        return x

    def sample_img2img(self, p: Any, x: torch.Tensor, noise: Any, conditioning: Any, unconditional: Any, **_: Any):
        self.starts.append((p.denoising_strength, x))
        return self.sample(p, x + noise, conditioning, unconditional)


@dataclass
class Job:
    """`p` of A1111, with what the extension uses of it."""

    unet: UNet
    sampler: Any
    is_api: bool = False
    prompts: tuple = ("",)
    denoising_strength: float | None = None
    width: int = 64
    height: int = 88
    batch: int = 1
    extra_generation_params: dict = field(default_factory=dict)
    encoded: list = field(default_factory=list)

    @property
    def sd_model(self) -> Any:
        def get_learned_conditioning(texts: list[str]) -> torch.Tensor:
            self.encoded.append(list(texts))
            return encode(texts)

        tokenize = lambda texts: [[ord(char) for char in text[:40]] for text in texts]  # noqa: E731
        return SimpleNamespace(
            cond_stage_model=SimpleNamespace(tokenize=tokenize),
            model=SimpleNamespace(diffusion_model=self.unet),
            get_learned_conditioning=get_learned_conditioning,
        )

    def setup_conds(self) -> None:
        self.c = MulticondLearnedConditioning(
            (self.batch,),
            [[ComposableScheduledPromptConditioning([ScheduledPromptConditioning(20, encode(["a prompt"])[0])])]]
            * self.batch,
        )
        self.uc = [[ScheduledPromptConditioning(20, encode([""])[0])]] * self.batch


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """`modules.*` and gradio, as far as the extension imports them."""
    state = SimpleNamespace(interrupted=False, skipped=False)
    fakes = {
        "modules": ModuleType("modules"),
        "modules.shared": SimpleNamespace(state=state),
        "modules.sd_samplers_common": SimpleNamespace(images_tensor_to_samples=images_tensor_to_samples),
        "modules.prompt_parser": SimpleNamespace(SdConditioning=SdConditioning),
        "modules.scripts": SimpleNamespace(Script=object, AlwaysVisible="always"),
        "gradio": SimpleNamespace(),
    }
    for name, fake in fakes.items():
        monkeypatch.setitem(sys.modules, name, fake)
        if "." in name:
            setattr(fakes["modules"], name.split(".")[1], fake)
    monkeypatch.delitem(sys.modules, "lib_omost.ui.script", raising=False)
    yield SimpleNamespace(state=state)
    sys.modules.pop("lib_omost.ui.script", None)


@pytest.fixture
def unet() -> UNet:
    torch.manual_seed(0)
    return UNet().eval()


@pytest.fixture
def job(unet: UNet) -> Job:
    return Job(unet, Sampler(unet))
