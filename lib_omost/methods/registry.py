"""The methods that there are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.joint import JointRule
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.score import score_attention
from lib_omost.errors import BadInputError
from lib_omost.methods.method import Method
from lib_omost.methods.names import DECOMPOSITION, LAYOUT, PLAIN, SCORE, SKETCH
from lib_omost.methods.tuning import MINI

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method(SKETCH, start=MINI.sketch, attention=MINI.own_words),
            Method(SCORE, attention=score_attention),
            Method(DECOMPOSITION, attention=decomposition_attention),
            Method(LAYOUT, attention=masked_attention, joint=JointRule()),
            Method(PLAIN),
        )
    }
)


def method_named(name: str) -> Method:
    """The method of METHODS with that name. Raises BadInputError when there is none."""
    if name not in METHODS:
        raise BadInputError(f"there is no method {name!r}", hint=f"choose {', '.join(METHODS)}")
    return METHODS[name]
