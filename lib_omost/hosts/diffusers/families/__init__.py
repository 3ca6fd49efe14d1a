"""The families that there are, and which one a pipeline is of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.families.anima import ANIMA
from lib_omost.hosts.diffusers.families.chroma import CHROMA
from lib_omost.hosts.diffusers.families.cosmos2 import COSMOS2
from lib_omost.hosts.diffusers.families.flux import FLUX
from lib_omost.hosts.diffusers.families.flux2_klein import FLUX2_KLEIN
from lib_omost.hosts.diffusers.families.flux_kontext import FLUX_KONTEXT
from lib_omost.hosts.diffusers.families.lumina2 import LUMINA2
from lib_omost.hosts.diffusers.families.qwen_image import QWEN_IMAGE
from lib_omost.hosts.diffusers.families.sd3 import SD3
from lib_omost.hosts.diffusers.families.stable_diffusion import SD1, SDXL
from lib_omost.hosts.diffusers.families.z_image import Z_IMAGE
from lib_omost.hosts.diffusers.shared.family import Family
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline

_ALL = (SD1, SDXL, SD3, FLUX, FLUX_KONTEXT, FLUX2_KLEIN, ANIMA, COSMOS2, CHROMA, Z_IMAGE, LUMINA2, QWEN_IMAGE)
FAMILIES: Mapping[str, Family] = MappingProxyType({family.pipeline: family for family in _ALL})
READ_AS = MappingProxyType({"StableDiffusionGLIGENPipeline": SD1.pipeline})  # folders whose parts are a family's own


def family_named(pipeline: object) -> Family:
    """The family of a pipeline's class, as a folder names it. Raises BadInputError for one that is not known."""
    name = READ_AS.get(pipeline, pipeline) if isinstance(pipeline, str) else ""
    if name not in FAMILIES:
        names = ", ".join(family.name for family in FAMILIES.values())
        raise BadInputError(f"Omost does not know a {str(pipeline)[:80]}", hint=f"it draws with checkpoints of {names}")
    return FAMILIES[name]


def family_of(pipeline: Pipeline) -> Family:
    """The family of a pipeline that is loaded. Raises BadInputError for one that is not known."""
    name = type(pipeline).__name__
    if name in READ_AS:  # it wants boxes and phrases of its caller, which come from the canvas here
        raise BadInputError(
            f"a {name} is not called with a canvas", hint=f"make a {READ_AS[name]} of its parts, or load its folder"
        )
    return family_named(name)
