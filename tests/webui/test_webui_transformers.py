"""Transformers as Forge builds them: their blocks take no mask, and ask for attention by a name in their own file.

This file stands for that: `attention_function` is what the WebUI chose, and blocks ask for it through `attention`.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.errors import OmostError
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, timestep_of_noise
from lib_omost.hosts.webui.capabilities.masking import refuse_unmasked
from lib_omost.hosts.webui.transformers.flux import flux_layers
from lib_omost.hosts.webui.transformers.sd3 import sd3_layers
from lib_omost.methods.registry import METHODS

WIDTH, HEADS, SIDE, CELLS = 16, 2, 4, 8
SPANS = (Span(0, 5, (0, 90, 0, 90)), Span(5, 8, (0, 90, 0, 45)), Span(8, 12, (0, 90, 45, 90)))


def chosen(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, **options: Any) -> torch.Tensor:
    """Computed by hand, as a program that is not torch's; it passes over masks."""
    del heads, options
    out = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1) @ v
    return out.transpose(1, 2).flatten(2)


attention_function = chosen


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return attention_function(q, k, v, HEADS, skip_reshape=True)


def split(qkv: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return tuple(one.unflatten(-1, (HEADS, -1)).transpose(1, 2) for one in qkv.chunk(3, -1))


class Stream(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)


class Double(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.img_attn, self.txt_attn = Stream(), Stream()

    def forward(self, img: torch.Tensor, txt: torch.Tensor, vec: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        parts = zip(split(self.txt_attn.qkv(txt)), split(self.img_attn.qkv(img)), strict=True)
        out = attention(*(torch.cat(pair, dim=2) for pair in parts)) + vec
        text = txt.shape[1]
        return img + self.img_attn.proj(out[:, text:]), txt + self.txt_attn.proj(out[:, :text])


class Single(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(WIDTH, 3 * WIDTH)

    def forward(self, x: torch.Tensor, vec: torch.Tensor) -> torch.Tensor:
        return x + attention(*split(self.linear1(x))) + vec


class MaskedDouble(Double):
    def forward(self, img: Any, txt: Any, vec: Any, attn_mask: Any = None) -> Any:
        parts = zip(split(self.txt_attn.qkv(txt)), split(self.img_attn.qkv(img)), strict=True)
        query, key, value = (torch.cat(pair, dim=2) for pair in parts)
        out = scaled_dot_product_attention(query, key, value, attn_mask=attn_mask).transpose(1, 2).flatten(2) + vec
        text = txt.shape[1]
        return img + self.img_attn.proj(out[:, text:]), txt + self.txt_attn.proj(out[:, :text])


class MaskedSingle(Single):
    def forward(self, x: Any, vec: Any, attn_mask: Any = None) -> Any:
        out = scaled_dot_product_attention(*split(self.linear1(x)), attn_mask=attn_mask)
        return x + out.transpose(1, 2).flatten(2) + vec


class Flux(nn.Module):
    """(rows, WIDTH / 4, CELLS, CELLS), in patches of 2 × 2."""

    def __init__(self, double: type[nn.Module] = Double, single: type[nn.Module] = Single) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.double_blocks = nn.ModuleList([double()])
        self.single_blocks = nn.ModuleList([single()])

    def forward(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        img, vec = patched(x), timestep[:, None, None]
        img, txt = self.double_blocks[0](img=img, txt=context, vec=vec)
        out: torch.Tensor = self.single_blocks[0](torch.cat([txt, img], 1), vec)[:, txt.shape[1] :]
        return out


class CountedDouble(Double):
    given: torch.Tensor

    def forward(self, img: Any, txt: Any, vec: Any, pe: Any, attn_mask: Any = None) -> Any:
        self.given = pe
        parts = zip(split(self.txt_attn.qkv(txt)), split(self.img_attn.qkv(img)), strict=True)
        out = turned(*(torch.cat(pair, dim=2) for pair in parts), pe, attn_mask) + vec
        text = txt.shape[1]
        return img + self.img_attn.proj(out[:, text:]), txt + self.txt_attn.proj(out[:, :text])


class CountedSingle(Single):
    given: torch.Tensor

    def forward(self, x: Any, vec: Any, pe: Any, attn_mask: Any = None) -> Any:
        self.given = pe
        return x + turned(*split(self.linear1(x)), pe, attn_mask) + vec


def turned(query: Any, key: Any, value: Any, pe: torch.Tensor, mask: Any) -> torch.Tensor:
    """Under places (rows, 1, positions, 1)."""
    out = scaled_dot_product_attention(query * pe.cos(), key * pe.cos(), value, attn_mask=mask)
    return out.transpose(1, 2).flatten(2)


class Flux2(Flux):
    """Tokens of a text have positions: their numbers."""

    txt_ids_dims = (3,)

    def __init__(self) -> None:
        super().__init__(CountedDouble, CountedSingle)

    def forward(self, x: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        img, vec = patched(x), timestep[:, None, None]
        places = [torch.arange(context.shape[1]), 100 + torch.arange(img.shape[1])]
        pe = torch.cat(places).float()[None, None, :, None].expand(len(x), -1, -1, -1)
        img, txt = self.double_blocks[0](img=img, txt=context, vec=vec, pe=pe)
        out: torch.Tensor = self.single_blocks[0](torch.cat([txt, img], 1), vec, pe=pe)[:, txt.shape[1] :]
        return out


class Half(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn = Stream()


class Joint(nn.Module):
    """The last one gives no text back."""

    def __init__(self, *, last: bool) -> None:
        super().__init__()
        self.context_block, self.x_block, self.again, self.last = Half(), Half(), Stream(), last

    def forward(self, context: torch.Tensor, x: torch.Tensor, c: torch.Tensor) -> Any:
        parts = zip(split(self.context_block.attn.qkv(context)), split(self.x_block.attn.qkv(x)), strict=True)
        out = scaled_dot_product_attention(*(torch.cat(pair, dim=2) for pair in parts)).transpose(1, 2).flatten(2) + c
        text = context.shape[1]
        alone = scaled_dot_product_attention(*split(self.again.qkv(x))).transpose(1, 2).flatten(2)
        return None if self.last else context + out[:, :text], x + out[:, text:] + alone


class SD3(nn.Module):
    patch_size = 2

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.joint_blocks = nn.ModuleList([Joint(last=False), Joint(last=True)])

    def forward(self, x: torch.Tensor, t: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        out, c = patched(x), t[:, None, None]
        for block in self.joint_blocks:
            context, out = block(context, out, c=c)
        return out


def patched(x: torch.Tensor) -> torch.Tensor:
    rows, channels, height, width = x.shape
    return x.view(rows, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(rows, -1, WIDTH)


def context_of(spans: tuple[Span, ...] = SPANS) -> RegionalContext:
    return RegionalContext(torch.randn(12, WIDTH, generator=torch.Generator().manual_seed(3)), spans)


def other() -> torch.Tensor:
    return torch.randn(12, WIDTH, generator=torch.Generator().manual_seed(8))


@torch.no_grad()
def drawn(
    model: nn.Module,
    texts: torch.Tensor,
    context: RegionalContext | None = None,
    *,
    method: str = "layout",
    steps: float | None = None,
) -> torch.Tensor:
    """With timesteps from 0.1 on; `steps` is what one is where all is noise."""
    rows = len(texts)
    x = torch.randn(1, WIDTH // 4, CELLS, CELLS, generator=torch.Generator().manual_seed(1)).expand(rows, -1, -1, -1)
    timesteps = torch.linspace(0.1, 0.2, rows)
    if context is None:
        out: torch.Tensor = model(x, timesteps, context=texts)
        return out
    denoiser = WebUIDenoiser(model, flux_layers(model) or sd3_layers(model), (method,), steps)
    with regional_attention(denoiser, [context], METHODS[method], height=CELLS, width=CELLS):
        out = model(x, timesteps, context=texts)
        return out


def test_blocks_without_a_mask_draw_as_those_with_one() -> None:
    context, text = context_of(), torch.stack([context_of().embeddings, other()])
    ours = drawn(Flux(), text, context)
    expected = drawn(Flux(MaskedDouble, MaskedSingle), text, context)
    assert torch.allclose(ours, expected, atol=1e-6)
    assert torch.allclose(ours[1], drawn(Flux(), text)[1], atol=1e-6)
    assert not torch.allclose(ours[0], drawn(Flux(), text)[0], atol=1e-3)


@pytest.mark.parametrize("model", [Flux, Flux2, SD3])
def test_words_of_one_half_do_not_reach_the_other(model: type[nn.Module]) -> None:
    context = context_of()
    changed = context.embeddings.clone()
    changed[SPANS[2].start : SPANS[2].stop] += 1
    before = drawn(model(), context.embeddings[None], context)
    after = drawn(model(), changed[None], RegionalContext(changed, SPANS))
    moved = (after - before).abs().amax(-1).view(SIDE, SIDE)
    assert float(moved[:, 2:].min()) > 1e-3
    # by way of the other half's pixels, which all see each other, alone: so it is less, and nothing in the first block
    assert float(moved[:, :2].max()) < float(moved[:, 2:].min())


@pytest.mark.parametrize("model", [Flux, Flux2, SD3])
@pytest.mark.parametrize(("steps", "reaches"), [(0.1, False), (0.2, False), (0.25, True), (None, True)])
def test_in_a_sketchs_first_steps_nothing_of_one_half_reaches_the_other(
    model: type[nn.Module], steps: float | None, reaches: bool
) -> None:
    context = context_of()
    changed = context.embeddings.clone()
    changed[SPANS[2].start : SPANS[2].stop] += 1
    before = drawn(model(), context.embeddings[None], context, method="sketch", steps=steps)
    after = drawn(model(), changed[None], RegionalContext(changed, SPANS), method="sketch", steps=steps)
    moved = (after - before).abs().amax(-1).view(SIDE, SIDE)
    assert float(moved[:, 2:].min()) > 1e-3
    assert bool(moved[:, :2].any()) is reaches


@pytest.mark.parametrize(
    ("timestep", "expected"),
    [
        (lambda sigma: sigma, 1.0),
        (lambda sigma: sigma * 1000, 1000.0),
        (lambda sigma: 0.25 * sigma.log(), None),
        (lambda sigma: sigma.atan() / torch.pi * 2, None),
    ],
)
def test_how_timesteps_count_noise_is_asked_of_the_model(timestep: Any, expected: float | None) -> None:
    assert timestep_of_noise(SimpleNamespace(timestep=timestep)) == pytest.approx(expected)
    assert timestep_of_noise(None) is None


@pytest.mark.parametrize("model", [Flux, Flux2, SD3])
def test_rows_of_both_kinds_in_one_call(model: type[nn.Module]) -> None:
    context = context_of()
    both = torch.stack([other(), context.embeddings])
    ours = drawn(model(), both, context)
    plain = drawn(model(), both)
    assert torch.allclose(ours[0], plain[0], atol=1e-6)
    assert not torch.allclose(ours[1], plain[1], atol=1e-3)


@pytest.mark.parametrize("model", [Flux, Flux2, SD3])
def test_one_region_over_everything_is_the_plain_prompt(model: type[nn.Module]) -> None:
    context = context_of((Span(0, 12, (0, 90, 0, 90)),))
    assert torch.equal(drawn(model(), context.embeddings[None], context), drawn(model(), context.embeddings[None]))


@pytest.mark.parametrize("behind", [0, 12])
def test_each_text_is_counted_as_if_it_were_alone_and_the_image_stays(behind: int) -> None:
    context, model = context_of(), Flux2()
    drawn(model, torch.cat([context.embeddings, other()[:behind]])[None], context)
    own = [*range(5), *range(3), *range(4), *range(12, 12 + behind), *range(100, 100 + SIDE**2)]
    assert [block[0].given.flatten().tolist() for block in (model.double_blocks, model.single_blocks)] == [own] * 2
    drawn(model, other()[None], context)
    assert model.double_blocks[0].given.flatten().tolist() == [*range(12), *range(100, 100 + SIDE**2)]


@pytest.mark.parametrize("block", [Double, MaskedDouble])
def test_positions_that_blocks_are_not_given_are_not_known(block: type[nn.Module]) -> None:
    model = Flux2()
    assert flux_layers(model)
    model.double_blocks = nn.ModuleList([block()])
    assert not flux_layers(model)


def test_what_was_chosen_is_there_again_however_it_ends() -> None:
    context = context_of()
    drawn(Flux(), context.embeddings[None], context)
    assert sys.modules[__name__].__dict__["attention_function"] is chosen
    broken = Flux()
    broken.double_blocks[0].img_attn.proj = nn.Linear(1, 1)
    with pytest.raises(RuntimeError):
        drawn(broken, context.embeddings[None], context)
    assert sys.modules[__name__].__dict__["attention_function"] is chosen


def test_what_was_chosen_need_not_follow_masks() -> None:
    def denoiser_of(model: nn.Module) -> WebUIDenoiser:
        return WebUIDenoiser(model, flux_layers(model) or sd3_layers(model), ("layout",))

    refuse_unmasked(denoiser_of(Flux()))
    refuse_unmasked(denoiser_of(SD3()))
    with pytest.raises(OmostError, match="passes over masks"):
        refuse_unmasked(denoiser_of(Flux(MaskedDouble, MaskedSingle)))


def test_a_block_that_asks_nobody_is_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert flux_layers(Flux())
    monkeypatch.delitem(attention.__globals__, "attention_function")
    assert not flux_layers(Flux())


def test_a_block_that_does_not_ask_torch_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        Joint.forward.__globals__,
        "scaled_dot_product_attention",
        lambda q, k, v: chosen(q, k, v, HEADS).unflatten(-1, (HEADS, -1)).transpose(1, 2),
    )
    context = context_of()
    with pytest.raises(OmostError, match=r"joint_blocks\.0 called torch's attention 0 times"):
        drawn(SD3(), context.embeddings[None], context)


def test_tokens_before_the_text_are_not_known() -> None:
    model = SD3()
    assert sd3_layers(model)
    model.register_length = 4
    assert not sd3_layers(model)
