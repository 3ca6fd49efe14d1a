"""What must hold of regions in transformers with cross-attention."""

from __future__ import annotations

import torch

from lib_omost.attention.layout import place
from lib_omost.attention.masks import span_masks
from tests.hosts.installed.denoisers.steering import (
    HEIGHT,
    SPANS,
    WHOLE,
    WIDTH,
    close,
    context_of,
    latents,
    steered,
)
from tests.hosts.installed.denoisers.tiny import TEXT, Tiny


def cross_attention_of_a_mask_alone_is_the_naive_one_in_float64(tiny: Tiny) -> None:
    """Every pixel over the tokens of its regions, from the module's own projections and norms."""
    context = context_of()
    masks = span_masks(place(context, HEIGHT // 2, WIDTH // 2)).flatten(1)
    seen = torch.cat(
        [masks[number][:, None].expand(-1, span.stop - span.start) for number, span in enumerate(SPANS)], 1
    )
    seen = seen.bool()
    layer = tiny.model.blocks[0].cross_attn
    given: list[torch.Tensor] = []
    made: list[torch.Tensor] = []
    hooks = [
        layer.q_proj.register_forward_pre_hook(lambda _module, inputs: given.append(inputs[0].clone())),
        layer.output_proj.register_forward_pre_hook(lambda _module, inputs: made.append(inputs[0].clone())),
    ]
    with steered(tiny, context, method="layout"):
        tiny.call(latents(), torch.cat([context.embeddings, torch.zeros(12, TEXT)])[None])
    for hook in hooks:
        hook.remove()

    def heads(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.unflatten(-1, (layer.n_heads, -1)).transpose(-3, -2)

    query = layer.q_norm(heads(layer.q_proj(given[0]))).double()
    key = layer.k_norm(heads(layer.k_proj(context.embeddings))).double()
    value = heads(layer.v_proj(context.embeddings)).double()
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    expected = scores.masked_fill(~seen, float("-inf")).softmax(-1) @ value
    close(made[0], expected.transpose(-3, -2).flatten(-2))


def cross_attention_of_one_region_is_the_plain_prompt(tiny: Tiny) -> None:
    context = context_of(WHOLE)
    texts = context.embeddings.expand(2, -1, -1)
    plain = tiny.call(latents(2), texts)
    for method in ("score", "layout", "sketch"):
        with steered(tiny, context, method=method):
            close(tiny.call(latents(2), texts), plain)


def zeros_behind_the_canvas_are_not_attended_to(tiny: Tiny) -> None:
    context = context_of()
    with steered(tiny, context, method="score"):
        expected = tiny.call(latents(), context.embeddings[None])
        close(tiny.call(latents(), torch.cat([context.embeddings, torch.zeros(12, TEXT)])[None]), expected)
