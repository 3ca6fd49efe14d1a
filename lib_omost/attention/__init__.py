"""Regional attention on tensors: where each token may be seen, the formulations, caches of keys and values.

Knows torch alone.
"""

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.formulation import Formulation
from lib_omost.attention.joint import JointRule, Order, joint_bias, joint_mask
from lib_omost.attention.layout import Layout, PlacedSpan, layer_size, place
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.masks import attention_bias, span_masks
from lib_omost.attention.places import Box
from lib_omost.attention.plain import plain_attention
from lib_omost.attention.run import RegionalRun
from lib_omost.attention.score import score_attention

__all__ = [
    "Box",
    "Formulation",
    "JointRule",
    "Layout",
    "Order",
    "PlacedSpan",
    "RegionalContext",
    "RegionalRun",
    "Span",
    "attention_bias",
    "decomposition_attention",
    "joint_bias",
    "joint_mask",
    "layer_size",
    "masked_attention",
    "place",
    "plain_attention",
    "score_attention",
    "span_masks",
]
