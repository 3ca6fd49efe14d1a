"""Stable Diffusion 3 and 3.5: two streams, the text before the image, and no token has a position.

Blocks take no mask and ask torch's attention themselves; some let the image attend to itself once more, alone.
"""

from __future__ import annotations

from typing import Any

from lib_omost.attention.joint import Order
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.joint_attention import Followed, JointAttention, as_given, depths
from lib_omost.hosts.webui.transformers.parts import is_linear

STREAMS = ("context_block", "x_block")


def sd3_layers(transformer: Any) -> tuple[JointAttention, ...]:
    """The blocks; none where they are of another kind, or further tokens stand before the text."""
    blocks = tuple(getattr(transformer, "joint_blocks", ()))
    if not blocks or not all(_is_joint(block) for block in blocks):
        return ()
    if getattr(transformer, "register_length", None):
        return ()
    patch = transformer.patch_size
    return tuple(
        JointAttention(f"joint_blocks.{number}", block, depth, as_given, "context", patch, ordered=_order)
        for number, (block, depth) in enumerate(zip(blocks, depths(len(blocks)), strict=True))
    )


def _is_joint(block: Any) -> bool:
    attentions = (getattr(getattr(block, name, None), "attn", None) for name in STREAMS)
    return all(is_linear(getattr(attn, "qkv", None)) for attn in attentions)


def _order(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    text, image = (argument(arguments, keywords, place, name) for place, name in enumerate(("context", "x")))
    return Order(text.shape[1] + image.shape[1], text=0, image=followed.tokens, unseen=followed.unseen(0))
