"""What must hold of regions' reference pictures in transformers that edit pictures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from lib_omost.attention.context import Span
from lib_omost.canvas import Rect, Reference, Region
from lib_omost.hosts.reference_tokens import ShownPictures
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.capabilities.reference_latents import edits_pictures, shown_latents
from tests.hosts.installed.denoisers.steering import (
    LEFT,
    SPANS,
    close,
    context_of,
    latents,
    other_text,
    pixels_of,
    sides,
    steered,
)
from tests.hosts.installed.denoisers.tiny import CHANNELS, Tiny
from tests.hosts.naive_joint import allowed_beside, naive


def pictures_of_regions_are_seen_in_them_alone(tiny: Tiny) -> None:
    """In those that edit pictures; one over everything is the host's own to the last bit."""
    if not tiny.edits:
        with _editing(tiny):
            assert not edits_pictures(tiny.engine)
        return
    assert not edits_pictures(tiny.engine)
    with _editing(tiny) as told:
        assert edits_pictures(tiny.engine)
        context, other = context_of(), other_text(7)
        pictures = [(LEFT, _latent(4, 6, 5)), (Rect(40, 90, 30, 90), _latent(2, 3, 6))]
        shown = _shown(tiny, pictures)
        spans, first, both = shown.spans, *((24, 30) if tiny.patch == 1 else (6, 8))
        assert [(span.start, span.stop) for span in spans] == [(0, first), (first, both)]
        for text, texts in ((context.embeddings, SPANS), (other, (Span(0, 7, (0, 90, 0, 90)),))):
            with tiny.seen() as calls, steered(tiny, context, pictures=shown):
                tiny.call(latents(), text[None])
            seen = allowed_beside(texts, spans, *sides(tiny))
            assert len(calls) == len(denoiser_of(tiny.engine).layers)
            for one in calls:
                close(one.out, naive(one, seen))
        whole = _latent(4, 6, 5)
        with steered(tiny, method="plain", pictures=_shown(tiny, [(Rect(0, 90, 0, 90), whole)])):
            ours = tiny.call(latents(2), torch.stack([context.embeddings, other_text()]))
        assert told["ref_latents"] == []
        told["ref_latents"] = [whole]
        assert torch.equal(tiny.call(latents(2), torch.stack([context.embeddings, other_text()])), ours)
        told["ref_latents"] = []
        plain = tiny.call(latents(2), torch.stack([context.embeddings, other_text()]))
        assert float((ours - plain).abs().max()) > 1e-3


def pictures_that_no_pixel_sees_together_have_one_number(tiny: Tiny) -> None:
    """Each stands where it would alone, but behind what a pixel sees with it."""
    made = [(LEFT, _latent(4, 6, 5)), (Rect(0, 90, 45, 90), _latent(4, 6, 6)), (Rect(0, 90, 0, 90), _latent(4, 6, 7))]
    text = other_text(7)[None]

    def keys(theirs: list[torch.Tensor], ours: list[tuple[Rect, torch.Tensor]]) -> torch.Tensor:
        with _editing(tiny) as told, steered(tiny, method="plain", pictures=_shown(tiny, ours)), tiny.seen() as calls:
            told["ref_latents"] = theirs
            tiny.call(latents(), text)
        assert "process_img" not in vars(tiny.model)
        return calls[0].key[:, :, 7 + pixels_of(tiny) :]

    (_, left), (_, right), (_, whole) = made
    alone = [keys([left], []), keys([right], []), keys([left, whole], [])[:, :, 24:]]
    close(keys([], made), torch.cat(alone, dim=2))
    close(keys([whole], made[1:2]), keys([whole, right], []))


@contextmanager
def _editing(tiny: Tiny) -> Iterator[dict[str, Any]]:
    """As with a checkpoint that edits pictures."""
    told: dict[str, Any] = sys.modules["backend.args"].dynamic_args
    before = dict(told)
    told.update({tiny.edits or "kontext": True, "ref_latents": []})
    try:
        yield told
    finally:
        told.clear()
        told.update(before)


def _latent(height: int, width: int, seed: int) -> torch.Tensor:
    return torch.randn(1, CHANNELS, height, width, generator=torch.Generator().manual_seed(seed))


def _shown(tiny: Tiny, pictures: list[tuple[Rect, torch.Tensor]]) -> ShownPictures:
    region = Region("on the left", "no offset", "a small square area", 5.0, "A red circle.")
    own = [(replace(region, free_rect=rect), Reference("a.png")) for rect, _ in pictures]
    return shown_latents(tiny.engine, own, [latent for _, latent in pictures])
