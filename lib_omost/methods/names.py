"""The names of the methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, SKETCH, DECOMPOSITION = "score", "sketch", "decomposition"
LAYOUT, PLAIN = "layout", "plain"
DENSE_DIFFUSION, MULTI_DIFFUSION, MIXTURE = "densediffusion", "multidiffusion", "mixture-of-diffusers"
REGIONS_FIRST, COMPLEMENTARY, BOUNDED = "regions-first", "complementary", "bounded-attention"
BOX_DIFF, ATTEND_AND_EXCITE = "boxdiff", "attend-and-excite"
FAMILY = (
    DENSE_DIFFUSION,
    MULTI_DIFFUSION,
    MIXTURE,
    REGIONS_FIRST,
    COMPLEMENTARY,
    BOUNDED,
)  # others' methods, which need a UNet
BY_GRADIENT = (BOX_DIFF, ATTEND_AND_EXCITE)  # those that are guidance by a gradient of attention and nothing else
GUIDED = (BOUNDED, *BY_GRADIENT)  # all that need such a gradient
METHOD_NAMES = (
    SKETCH,
    SCORE,
    DECOMPOSITION,
    *FAMILY,
    *BY_GRADIENT,
    LAYOUT,
    PLAIN,
)  # a UNet can do all, the first by default
CROSS_METHODS = (SCORE, DECOMPOSITION, LAYOUT, PLAIN)  # of transformers with cross-attention, whose schedule is another
JOINT_METHODS = (LAYOUT, PLAIN)  # of models in which text and image stand in one sequence
AUTO = "auto"  # a setting's word for the first that the model can do
UNNAMED = ""  # what an order without a method means: score, as before there was another, or the model's own
UNCHOSEN = (AUTO, UNNAMED)


def method_for(named: str, methods: tuple[str, ...]) -> str:
    """The method that a setting means for a model that can do `methods`, its own first; score where none is known."""
    if named == AUTO:
        return next(iter(methods), SCORE)
    if named == UNNAMED:
        return SCORE if SCORE in methods else next(iter(methods), SCORE)
    return named
