"""Canvas → conditioning objects of the WebUI, made with its own text encoder; the host's own objects are left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.parts import bags_of, notes_of, parts_of, spans_of
from lib_omost.hosts.webui.host import Conditioning, Host
from lib_omost.prompts import PromptMixing, TagStyle, mix_prompt, region_paths


@dataclass(frozen=True)
class EncodedCanvas:
    """`context`: the tokens of all regions. `conditioning`: the same for the host's sampler, (T, C) or SDXL's dict."""

    context: RegionalContext
    conditioning: Conditioning
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """How a canvas is worded. `words` are the prompt box's, in the host's prompt syntax."""

    method: str = "score"
    style: TagStyle = TagStyle.PLAIN
    words: str = ""
    mixing: PromptMixing = PromptMixing.EVERY_REGION


def encode_canvas(host: Host, canvas: Canvas, wording: Wording, *, width: int, height: int) -> EncodedCanvas:
    """Encode every bag of `canvas` in one call of the host. `width` and `height` are the pass's, in pixels."""
    words = wording.words.strip()
    paths = mix_prompt(region_paths(canvas, wording.style), words, wording.mixing)
    parts = parts_of(paths, host.tokenize, method=wording.method)
    texts = [" ".join(item if item == words else literal(item) for item in bag.prompts) for bag in bags_of(parts)]
    encoded = host.encode(texts, width, height)
    rows = encoded["crossattn"] if isinstance(encoded, Mapping) else encoded  # (bags, tokens, C)
    tokens = rows.flatten(0, 1)
    conditioning: Conditioning = tokens
    if isinstance(encoded, Mapping):
        conditioning = {name: tokens if name == "crossattn" else value[0] for name, value in encoded.items()}
    return EncodedCanvas(RegionalContext(tokens, spans_of(parts, rows.shape[1])), conditioning, notes_of(parts))


def literal(text: str) -> str:
    """The text as the WebUI's prompt syntax writes it: brackets are no emphasis, BREAK is a word."""
    return re.sub(r"\bBREAK\b", "Break", re.sub(r"([()\[\]\\])", r"\\\1", text))


def with_canvas(multicond: Any, conditioning: Conditioning) -> Any:
    """The host's MulticondLearnedConditioning with the first AND part of every picture replaced by the canvas.

    A new object of the same classes: the host keeps the old one in a cache for later jobs.
    """
    batch = [[_replaced(parts[0], conditioning), *parts[1:]] for parts in multicond.batch]
    return type(multicond)(multicond.shape, batch)


def _replaced(part: Any, conditioning: Conditioning) -> Any:
    last = part.schedules[-1]  # named tuples: (end_at_step, cond)
    return type(part)([type(last)(last.end_at_step, conditioning)], part.weight)


def rows_of(context: torch.Tensor, embeddings: torch.Tensor) -> torch.Tensor:
    """(rows, ≥ T, C) and (T, C) → (rows,) bool: which rows of a UNet call carry the canvas, told by their tokens.

    Hosts order, pad, repeat and split rows in many ways; what they are conditioned on they carry along unchanged.
    """
    tokens = embeddings.shape[0]
    if context.shape[1] < tokens or context.shape[2] != embeddings.shape[1]:
        return torch.zeros(context.shape[0], dtype=torch.bool, device=context.device)
    expected = embeddings.to(context.device, context.dtype)
    return ((context[:, :tokens] - expected).abs() <= 1e-2 * expected.abs() + 1e-3).flatten(1).all(dim=1)
