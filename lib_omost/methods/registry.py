"""The methods that there are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lib_omost.attention.bounded import bounded_pixels
from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.joint import JointRule
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.modulation import Modulation
from lib_omost.attention.plain import weighted_attention
from lib_omost.attention.score import score_attention
from lib_omost.errors import BadInputError
from lib_omost.methods.attend_and_excite import LeastAttended
from lib_omost.methods.attention_maps import sizes_of_steps
from lib_omost.methods.bootstrap import Bootstrap
from lib_omost.methods.bounded_guidance import WithinBounds, bounded_sizes
from lib_omost.methods.boxdiff import BoxConstraints
from lib_omost.methods.fused import Fused, complementary_weights, gaussian_weights, mean_weights
from lib_omost.methods.grounding import Grounding
from lib_omost.methods.guidance import Guidance, Refinement
from lib_omost.methods.layers import Layers
from lib_omost.methods.method import Method, PixelRule
from lib_omost.methods.names import (
    ATTEND_AND_EXCITE,
    BOUNDED,
    BOX_DIFF,
    COMPLEMENTARY,
    DECOMPOSITION,
    DENSE_DIFFUSION,
    GLIGEN,
    INSTANCE_DIFFUSION,
    LAYER_DIFFUSE,
    LAYOUT,
    MIXTURE,
    MULTI_DIFFUSION,
    PLAIN,
    REGIONS_FIRST,
    SCORE,
    SKETCH,
)
from lib_omost.methods.tuning import MINI, Tuning


def _sketch(tuning: Tuning) -> Method:
    return Method(SKETCH, start=tuning.sketch, attention=tuning.own_words, joint=tuning.joint)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            _sketch(MINI),
            Method(SCORE, attention=score_attention),
            Method(DECOMPOSITION, attention=decomposition_attention),
            Method(
                DENSE_DIFFUSION,
                attention=Modulation(weight=1.0),
                pixels=PixelRule(Modulation(weight=0.3, pixels=True)),
            ),
            Method(MULTI_DIFFUSION, denoiser_call=Fused(mean_weights, bootstrap=Bootstrap())),
            Method(MIXTURE, denoiser_call=Fused(gaussian_weights, crops=True)),
            Method(
                REGIONS_FIRST,
                attention=masked_attention,
                denoiser_call=Fused(mean_weights, least_noise=0.6, bootstrap=Bootstrap()),
            ),
            Method(COMPLEMENTARY, denoiser_call=Fused(complementary_weights)),
            Method(
                BOUNDED,
                attention=masked_attention,
                pixels=PixelRule(bounded_pixels, everywhere=True),
                guidance=Guidance(WithinBounds(), least_noise=0.7, step_size=bounded_sizes, moves=5, enough=0.2),
            ),
            Method(
                BOX_DIFF,
                attention=weighted_attention,
                guidance=Guidance(BoxConstraints(), least_noise=0.5, step_size=sizes_of_steps),
            ),
            Method(
                ATTEND_AND_EXCITE,
                attention=weighted_attention,
                guidance=Guidance(
                    LeastAttended(),
                    least_noise=0.5,
                    step_size=sizes_of_steps,
                    refinement=Refinement(((1.0, 0.95), (0.8, 0.5), (0.6, 0.2))),
                ),
            ),
            Method(LAYOUT, attention=masked_attention, joint=JointRule()),
            Method(PLAIN),
            Method(GLIGEN, grounding=Grounding()),
            Method(INSTANCE_DIFFUSION, grounding=Grounding(share=0.75, apart=0.36)),
            Method(LAYER_DIFFUSE, layers=Layers()),
        )
    }
)


def method_named(name: str, tuning: Tuning = MINI) -> Method:
    """The method of METHODS with that name, with the numbers of a family. Raises BadInputError when there is none."""
    if name not in METHODS:
        raise BadInputError(f"there is no method {name!r}", hint=f"choose {', '.join(METHODS)}")
    return _sketch(tuning) if name == SKETCH else METHODS[name]
