"""A WebUI small enough to read: the modules that scripts import, a UNet in the original layout, a sampler, a job."""

from __future__ import annotations

import contextlib
import re
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, scaled_dot_product_attention

CHANNELS, WIDTH, HEADS = 16, 12, 2
CALLBACKS = ("on_before_ui", "on_app_started", "on_script_unloaded")

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

    def forward(
        self, x: torch.Tensor, context: Any = None, mask: Any = None, value: Any = None, transformer_options: Any = None
    ) -> torch.Tensor:
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


def encode(texts: list[str], chunks: int = 1) -> torch.Tensor:
    """(n, 77 · chunks, WIDTH), a function of the texts alone."""
    rows = []
    for text in texts:
        seed = sum(ord(char) * (place + 1) for place, char in enumerate(text))
        rows.append(torch.randn(77 * chunks, WIDTH, generator=torch.Generator().manual_seed(seed)))
    return torch.stack(rows)


def images_tensor_to_samples(image: torch.Tensor, approximation: Any = None, model: Any = None) -> torch.Tensor:
    """(B, 3, H, W) in 0…1 → (B, 4, H/8, W/8)."""
    return avg_pool2d(image * 2 - 1, 8)[:, [0, 1, 2, 0]]


def get_multicond_prompt_list(prompts: list[str]) -> tuple:
    texts = [text.strip() for prompt in prompts for text in prompt.split(" AND ")]
    return [], texts, {}


def get_learned_conditioning_prompt_schedules(
    prompts: list[str], base_steps: int, hires_steps: int | None = None, use_old_scheduling: bool = False
) -> list:
    """[from:to:step] and [one|other], as the host reads them."""
    steps = hires_steps or base_steps
    edit = re.compile(r"(?<!\\)\[([^:|\]]*):([^:|\]]*):(\d+)\]")
    turns = re.compile(r"(?<!\\)\[([^\]:]*\|[^\]:]*)\]")

    def at(step: int, prompt: str) -> str:
        prompt = edit.sub(lambda m: m[1] if step <= int(m[3]) else m[2], prompt)
        return turns.sub(lambda m: (options := m[1].split("|"))[(step - 1) % len(options)], prompt)

    schedules = []
    for prompt in prompts:
        ends = {int(when) for _, _, when in edit.findall(prompt)} | {steps}
        if turns.search(prompt):
            ends |= set(range(1, steps + 1))
        schedules.append([[end, at(end, prompt)] for end in sorted(ends)])
    return schedules


def apply_hypernetworks(hypernetworks: list, context: torch.Tensor, layer: Any = None) -> tuple:
    for to_keys, to_values in hypernetworks:
        return to_keys(context), to_values(context)
    return context, context


@dataclass
class Sampler:
    """Two steps that call the UNet as A1111 does: cond and uncond apart when their lengths differ, else in one call."""

    unet: UNet
    order: tuple[str, ...] = ("cond", "uncond")
    fail: BaseException | None = None
    after_step: Callable | None = None
    conditionings: list = field(default_factory=list)
    starts: list = field(default_factory=list)

    def sample(self, p: Any, x: torch.Tensor, conditioning: Any, unconditional: Any, **_: Any) -> torch.Tensor:
        self.conditionings.append(conditioning)
        for step in (10, 20):
            cond = _stacked([_at(step, part.schedules) for parts in conditioning.batch for part in parts])
            uncond = _stacked([_at(step, schedules) for schedules in unconditional])
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
            if self.after_step is not None:
                conditioning = self.after_step(p) or conditioning
        return x

    def sample_img2img(self, p: Any, x: torch.Tensor, noise: Any, conditioning: Any, unconditional: Any, **_: Any):
        self.starts.append((p.denoising_strength, x))
        return self.sample(p, x + noise, conditioning, unconditional)


CHUNK, COMMA_REACH = 75, 20
BOS, EOS = 1, 2


class Embedder(nn.Module):
    """The host's text encoder: a word or a comma is a token; `embeddings` are textual inversions, name → vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings: dict[str, int] = {}

    def forward(self, texts: list[str]) -> torch.Tensor:
        return encode(texts, max(len(self.tokenize_line(text)[0]) for text in texts))

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        return [[self._id(word) for word in _words(text)] for text in texts]

    def tokenize_line(self, line: str) -> tuple[list, int]:
        """The chunks and the count of a prompt, as A1111, Forge and those that came of them make them.

        BREAK ends a chunk, a textual inversion is never cut, and what stands behind a comma among a chunk's last
        tokens goes to the next one as a whole. All chunks but the last count as full, with their padding.
        """
        text = re.sub(r"(?<!\\)[()]|:[\d.]+(?=\))|\\", "", line)
        chunks: list[list[str]] = [[]]  # a word as often as it has tokens
        for word in _words(text):
            last, size = chunks[-1], self.embeddings.get(word, 1)
            if word == "BREAK":
                chunks.append([])
                continue
            if word != "," and len(last) == CHUNK and "," in last[-COMMA_REACH:]:
                end = CHUNK - last[::-1].index(",")
                chunks[-1:] = [last[:end], last[end:]]
            if len(chunks[-1]) + size > CHUNK:
                chunks.append([])
            chunks[-1] += [word] * size
        if len(chunks) > 1 and not chunks[-1]:
            chunks[-1:] = []
            count = CHUNK * len(chunks)
        else:
            count = CHUNK * (len(chunks) - 1) + len(chunks[-1])
        ids = [[self._id(word) for word in chunk] for chunk in chunks]
        return [SimpleNamespace(tokens=[BOS, *one, *[EOS] * (CHUNK - len(one)), EOS]) for one in ids], count

    def _id(self, word: str) -> int:
        return 0 if word in self.embeddings else sum(map(ord, word))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s,]+|,", text)


def _at(step: int, schedules: list) -> torch.Tensor:
    return next(schedule.cond for schedule in schedules if schedule.end_at_step >= step)


def _stacked(conds: list[torch.Tensor]) -> torch.Tensor:
    """Shorter ones are padded by their last token, as A1111 does."""
    most = max(map(len, conds))
    return torch.stack([torch.cat([cond, *[cond[-1:]] * (most - len(cond))]) for cond in conds])


@dataclass
class Job:
    """`p` of A1111, with what the extension uses of it."""

    unet: UNet
    sampler: Any
    is_api: bool = False
    prompts: tuple = ("",)
    hr_prompts: tuple = ()
    is_hr_pass: bool = False
    firstpass_steps: int = 20
    extra_network_data: dict = field(default_factory=dict)
    hr_extra_network_data: dict = field(default_factory=dict)
    clip_skip: int = 1
    embedder: Embedder = field(default_factory=Embedder)
    denoising_strength: float | None = None
    width: int = 64
    height: int = 88
    batch: int = 1
    extra_generation_params: dict = field(default_factory=dict)
    encoded: list = field(default_factory=list)
    conditioned: list = field(default_factory=list)

    @property
    def sd_model(self) -> Any:
        def get_learned_conditioning(texts: list[str]) -> torch.Tensor:
            self.encoded.append(list(texts))
            return self.embedder(texts)

        return SimpleNamespace(
            cond_stage_model=self.embedder,
            model=SimpleNamespace(diffusion_model=self.unet),
            get_learned_conditioning=get_learned_conditioning,
        )

    def cached_params(
        self, texts: Any, steps: int, networks: dict, hires_steps: int | None = None, use_old_scheduling: bool = False
    ) -> tuple:
        return (texts, steps, networks, self.clip_skip, self.width, self.height)

    def get_conds(self) -> tuple:
        return (self.hr_c if self.is_hr_pass else self.c), self.uc

    def setup_conds(self) -> None:
        """As the hosts do, which join nothing: in a second pass it is that one's that is made."""
        prompts = list(self.hr_prompts if self.is_hr_pass else self.prompts) * self.batch
        self.conditioned.append(prompts[: self.batch])
        conds = [encode([prompt or "a prompt"])[0] for prompt in prompts[: self.batch]]
        made = MulticondLearnedConditioning(
            (self.batch,),
            [[ComposableScheduledPromptConditioning([ScheduledPromptConditioning(20, cond)])] for cond in conds],
        )
        if self.is_hr_pass:
            self.hr_c = made
        self.c = made
        self.uc = [[ScheduledPromptConditioning(20, encode([""])[0])]] * self.batch


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """`modules.*` and gradio, as far as the extension imports them."""
    state, progress = SimpleNamespace(interrupted=False, skipped=False), SimpleNamespace(current_task="task(abc)")
    opts = SimpleNamespace(upcast_attn=False, use_old_scheduling=False)
    hypernetworks: list = []
    callbacks: dict[str, list] = {name: [] for name in CALLBACKS}
    fakes = {
        "modules": ModuleType("modules"),
        "modules.shared": SimpleNamespace(state=state, opts=opts, loaded_hypernetworks=hypernetworks),
        "modules.devices": SimpleNamespace(autocast=contextlib.nullcontext),
        "modules.progress": progress,
        "modules.hypernetworks": ModuleType("modules.hypernetworks"),
        "modules.hypernetworks.hypernetwork": SimpleNamespace(apply_hypernetworks=apply_hypernetworks),
        "modules.script_callbacks": SimpleNamespace(**{name: callbacks[name].append for name in CALLBACKS}),
        "modules.sd_samplers_common": SimpleNamespace(images_tensor_to_samples=images_tensor_to_samples),
        "modules.prompt_parser": SimpleNamespace(
            SdConditioning=SdConditioning,
            get_multicond_prompt_list=get_multicond_prompt_list,
            get_learned_conditioning_prompt_schedules=get_learned_conditioning_prompt_schedules,
        ),
        "modules.scripts": SimpleNamespace(Script=object, AlwaysVisible="always", scripts_data=[]),
        "gradio": SimpleNamespace(),
    }
    for name, fake in fakes.items():
        monkeypatch.setitem(sys.modules, name, fake)
        if "." in name:
            setattr(fakes["modules"], name.split(".")[1], fake)
    monkeypatch.delitem(sys.modules, "lib_omost.ui.script", raising=False)
    yield SimpleNamespace(state=state, progress=progress, opts=opts, hypernetworks=hypernetworks, callbacks=callbacks)
    sys.modules.pop("lib_omost.ui.script", None)


@pytest.fixture
def unet() -> UNet:
    torch.manual_seed(0)
    return UNet().eval()


@pytest.fixture
def job(unet: UNet) -> Job:
    return Job(unet, Sampler(unet))


@pytest.fixture
def script() -> Any:
    from lib_omost.ui.script import OmostScript

    return OmostScript()


@pytest.fixture
def run(script: Any) -> Callable[..., torch.Tensor]:
    """One txt2img job through every hook, in the host's order; scripts' exceptions are swallowed as hosts do."""

    def txt2img(p: Any, *arguments: Any, passes: int = 1) -> torch.Tensor:
        def hook(name: str, **tensors: Any) -> None:
            try:
                getattr(script, name)(p, *arguments, **tensors)
            except Exception as error:  # noqa: BLE001
                p.swallowed = error

        hook("process")
        p.setup_conds()
        latents = torch.randn(p.batch, 4, 11, 8, generator=torch.Generator().manual_seed(1))
        began_in_second = p.is_hr_pass
        for number in range(passes):
            p.is_hr_pass = began_in_second or number > 0
            hook("process_before_every_sampling", x=latents, noise=latents, c=p.c, uc=p.uc)
            if number:
                latents = p.sampler.sample_img2img(p, latents, latents * 0.1, p.c, p.uc)
            else:
                latents = p.sampler.sample(p, latents, p.c, p.uc)
        p.is_hr_pass = began_in_second
        hook("postprocess_batch", images=latents)
        script.postprocess(p, None, *arguments)
        return latents

    return txt2img
