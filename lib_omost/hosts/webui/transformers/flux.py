"""Flux 1 and Chroma: two streams, then one; the text before the image, and no token has a position.

Blocks take the mask as `attn_mask`. What a host puts behind the image (pictures to refer to) has no region, but for the
regions' own at the end.
"""

from __future__ import annotations

from typing import Any

from lib_omost.attention.joint import Order
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.joint_attention import Arguments, Followed, JointAttention, depths
from lib_omost.hosts.webui.transformers.parts import is_linear, takes


def flux_layers(transformer: Any) -> tuple[JointAttention, ...]:
    """The blocks of two streams and of one; none where they are of another kind, or tokens have positions."""
    double, single = (tuple(getattr(transformer, name, ())) for name in ("double_blocks", "single_blocks"))
    if getattr(transformer, "txt_ids_dims", None):
        return ()
    if not double or not all(_is_double(block) for block in double):
        return ()
    if not all(takes(block, "x", "attn_mask") and is_linear(getattr(block, "linear1", None)) for block in single):
        return ()
    patch = transformer.patch_size
    blocks = [(f"double_blocks.{number}", block, "img") for number, block in enumerate(double)]
    blocks += [(f"single_blocks.{number}", block, "x") for number, block in enumerate(single)]
    places = zip(blocks, depths(len(blocks)), strict=True)
    return tuple(JointAttention(name, block, depth, _masked, first, patch) for (name, block, first), depth in places)


def _is_double(block: Any) -> bool:
    streams = (getattr(block, name, None) for name in ("img_attn", "txt_attn"))
    return takes(block, "img", "txt", "attn_mask") and all(is_linear(getattr(one, "qkv", None)) for one in streams)


def _masked(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    is_double = "txt" in keywords
    image = keywords["img"] if is_double else argument(arguments, keywords, 0, "x")
    total = image.shape[1] + (keywords["txt"].shape[1] if is_double else 0)
    pictures = total - followed.layout.pictured if followed.layout.pictures else None
    order = Order(total, text=0, image=followed.tokens, unseen=followed.unseen(0), pictures=pictures)
    bias = followed.bias(order, image)
    return arguments, keywords if bias is None else {**keywords, "attn_mask": bias}
