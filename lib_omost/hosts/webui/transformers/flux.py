"""Flux 1, Chroma and Flux.2: two streams, then one; the text before the image.

Tokens of a text have positions in Flux.2 alone: their numbers, so each region's are counted as if it were alone.
Blocks take the mask as `attn_mask`, or take none (Forge's, where attention is asked for by a name). What a host puts
behind the image (pictures to refer to) has no region, but for the regions' own at the end.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from lib_omost.attention.joint import Order
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.joint_attention import PATCH, Arguments, Followed, JointAttention, as_given, depths, each_alone
from lib_omost.hosts.webui.transformers.fused import names_of, torch_attention
from lib_omost.hosts.webui.transformers.parts import is_linear, takes

MASK, PLACES = "attn_mask", "pe"


def flux_layers(transformer: Any) -> tuple[JointAttention, ...]:
    """The blocks of two streams and of one; none where they are of another kind."""
    double, single = (tuple(getattr(transformer, name, ())) for name in ("double_blocks", "single_blocks"))
    counted = bool(getattr(transformer, "txt_ids_dims", None))  # the axes along which tokens have positions
    if counted and not all(takes(block, PLACES, MASK) for block in (*double, *single)):
        return ()
    if not double or not all(_is_double(block) for block in double):
        return ()
    if not all(_can_mask(block, "x") and is_linear(getattr(block, "linear1", None)) for block in single):
        return ()
    blocks = [(f"double_blocks.{number}", block, "img") for number, block in enumerate(double)]
    blocks += [(f"single_blocks.{number}", block, "x") for number, block in enumerate(single)]
    places = zip(blocks, depths(len(blocks)), strict=True)
    patch = getattr(transformer, "patch_size", PATCH)
    layers = tuple(_layer(name, block, first, depth, patch) for (name, block, first), depth in places)
    return tuple(replace(layer, follow=_counted) for layer in layers) if counted else layers


def _is_double(block: Any) -> bool:
    streams = (getattr(block, name, None) for name in ("img_attn", "txt_attn"))
    return _can_mask(block, "img", "txt") and all(is_linear(getattr(one, "qkv", None)) for one in streams)


def _can_mask(block: Any, *names: str) -> bool:
    return takes(block, *names, MASK) or (takes(block, *names) and names_of(block) is not None)


def _layer(name: str, block: Any, first: str, depth: float, patch: int) -> JointAttention:
    names = names_of(block)
    if takes(block, MASK) or names is None:
        return JointAttention(name, block, depth, _masked, first, patch)
    fused = partial(torch_attention, names)
    return JointAttention(name, block, depth, as_given, first, patch, ordered=_order, fused=fused)


def _order(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    is_double = "txt" in keywords
    image = keywords["img"] if is_double else argument(arguments, keywords, 0, "x")
    total = image.shape[1] + (keywords["txt"].shape[1] if is_double else 0)
    pictures = total - followed.layout.pictured if followed.layout.pictures else None
    return Order(total, text=0, image=followed.tokens, unseen=followed.unseen(0), pictures=pictures)


def _masked(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    image = keywords["img"] if "txt" in keywords else argument(arguments, keywords, 0, "x")
    bias = followed.bias(_order(followed, arguments, keywords), image)
    return arguments, keywords if bias is None else {**keywords, MASK: bias}


def _counted(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """Each text's tokens where they would stand alone, (rows, 1, positions, …), and the mask."""
    places = each_alone(keywords[PLACES], 2, followed.run.context.lengths)
    return _masked(followed, arguments, {**keywords, PLACES: places})
