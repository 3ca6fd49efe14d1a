"""Qwen-Image: two streams, the text before the image, in latents with an axis of time.

The image's positions count from its middle and the text's from the picture's edge, so the image stays where it is; each
region's tokens are counted as if it were alone.
"""

from __future__ import annotations

from typing import Any

from lib_omost.attention.joint import Order
from lib_omost.hosts.joint_attention import Arguments, Followed, JointAttention, depths, each_alone
from lib_omost.hosts.webui.transformers.parts import is_linear, takes


def qwen_image_layers(transformer: Any) -> tuple[JointAttention, ...]:
    """The attention of every block; none where it is of another kind."""
    found = [getattr(block, "attn", None) for block in getattr(transformer, "transformer_blocks", ())]
    if not found or not all(_is_qwen(attn) for attn in found):
        return ()
    return tuple(
        JointAttention(f"transformer_blocks.{number}.attn", attn, depth, _follow, patch=transformer.patch_size)
        for number, (attn, depth) in enumerate(zip(found, depths(len(found)), strict=True))
    )


def _is_qwen(attn: Any) -> bool:
    arguments = ("hidden_states", "encoder_hidden_states", "attention_mask", "image_rotary_emb")
    return takes(attn, *arguments) and all(is_linear(getattr(attn, name, None)) for name in ("to_q", "add_q_proj"))


def _follow(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """The first of the text's positions for each text, and the mask."""
    image, rotations = keywords["hidden_states"], keywords["image_rotary_emb"]
    total = image.shape[1] + followed.tokens
    keywords["image_rotary_emb"] = each_alone(rotations, 1, followed.run.context.lengths)
    order = Order(total, text=0, image=followed.tokens, unseen=followed.unseen(0))
    bias = followed.bias(order, image)
    return arguments, keywords if bias is None else {**keywords, "attention_mask": bias}
