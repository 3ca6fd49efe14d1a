"""Pipelines that are told by masks which tokens can be seen: of a canvas's all can."""

from __future__ import annotations

from typing import Any

import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, joined, negative_bags
from lib_omost.hosts.host import Host


def with_full_masks(
    host: Host, canvas: Canvas, settings: Asked, *, scale: str, mask: str, dtype: torch.dtype
) -> Conditioned:
    """The canvas's tokens as the prompt's and those of the negative prompt, (batch, T, C) each, with masks (batch, T).

    scale, mask: what the pipeline calls its guidance scale and the prompt's mask.
    """
    guided = settings.cfg is not None and settings.cfg > 1
    beside = negative_bags(host, settings.negative_of(canvas)) if guided else ()
    encoded = encode_canvas(host, canvas, settings.wording, settings.words, beside=beside)
    arguments: dict[str, Any] = {scale: settings.cfg}
    texts = {"": encoded.context.embeddings} | ({"negative_": joined(encoded.beside)} if guided else {})
    for name, text in texts.items():
        rows = text.expand(settings.batch, -1, -1)
        arguments[f"{name}prompt_embeds"] = rows
        arguments[f"{name}{mask}"] = torch.ones(rows.shape[:2], dtype=dtype, device=rows.device)
    return Conditioned(encoded.context, arguments, encoded.notes)
