"""The names of the methods and what each asks of a model, for settings that must not wait for torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lib_omost.auto import AUTO

SCORE, SKETCH, DECOMPOSITION = "score", "sketch", "decomposition"
LAYOUT, PLAIN = "layout", "plain"
DENSE_DIFFUSION, MULTI_DIFFUSION, MIXTURE = "densediffusion", "multidiffusion", "mixture-of-diffusers"
REGIONS_FIRST, COMPLEMENTARY, BOUNDED = "regions-first", "complementary", "bounded-attention"
BOX_DIFF, ATTEND_AND_EXCITE = "boxdiff", "attend-and-excite"
GLIGEN, INSTANCE_DIFFUSION, LAYER_DIFFUSE = "gligen", "instancediffusion", "layerdiffuse"


@dataclass(frozen=True)
class Kind:
    """What a method asks of a model.

    unet, cross, joint: whether any UNet can do it, any transformer with cross-attention, and any in which text and
    image stand in one sequence.
    published: it is from a paper of others'. guided: it needs a gradient of attention; alone: and is nothing else.
    weights: which weights of its own it needs beside a checkpoint's, and where they are.
    """

    unet: bool = True
    cross: bool = False
    joint: bool = False
    published: bool = False
    guided: bool = False
    alone: bool = False
    weights: str | None = None


_OF_ANY_CROSS = Kind(cross=True)
_OF_ANY = Kind(cross=True, joint=True)
_PUBLISHED = Kind(published=True)
_GUIDANCE = Kind(published=True, guided=True, alone=True)
KINDS: Mapping[str, Kind] = MappingProxyType(  # the first that a UNet can do is its default
    {
        SKETCH: _OF_ANY,
        SCORE: _OF_ANY_CROSS,
        DECOMPOSITION: _OF_ANY_CROSS,
        DENSE_DIFFUSION: _PUBLISHED,
        MULTI_DIFFUSION: _PUBLISHED,
        MIXTURE: _PUBLISHED,
        REGIONS_FIRST: _PUBLISHED,
        COMPLEMENTARY: _PUBLISHED,
        BOUNDED: Kind(published=True, guided=True),
        BOX_DIFF: _GUIDANCE,
        ATTEND_AND_EXCITE: _GUIDANCE,
        LAYOUT: _OF_ANY,
        PLAIN: _OF_ANY,
        GLIGEN: Kind(
            unet=False,
            published=True,
            weights="it needs GLIGEN's grounded layers, trained into an SD1.x checkpoint: by itself, give them as a "
            "file with --gligen (gligen_sd14_textbox_pruned.safetensors) or load a diffusers folder that has "
            "them (masterful/gligen-1-4-generation-text-box)",
        ),
        INSTANCE_DIFFUSION: Kind(
            unet=False,
            published=True,
            weights="it needs InstanceDiffusion's layers beside an SD1.5 checkpoint: by itself, give the folder of "
            "position_net.ckpt, fusers.ckpt and scaleu.ckpt (on the hub in logtd/instance_diffusion) with "
            "--instancediffusion",
        ),
        LAYER_DIFFUSE: Kind(
            unet=False,
            published=True,
            weights="it needs an SDXL checkpoint and two files of LayerDiffuse's, on the hub in "
            "lllyasviel/LayerDiffuse_Diffusers: by itself, give ld_diffusers_sdxl_attn.safetensors with "
            "--layer-attention and ld_diffusers_sdxl_vae_transparent_decoder.safetensors with --layer-decoder",
        ),
    }
)


def preferring(method: str, methods: tuple[str, ...]) -> tuple[str, ...]:
    """Those that a model can do, `method` first where it is one of them."""
    return (method, *(one for one in methods if one != method)) if method in methods else methods


METHOD_NAMES = tuple(KINDS)
UNET_METHODS = tuple(name for name, kind in KINDS.items() if kind.unet)
CROSS_METHODS = preferring(SCORE, tuple(name for name, kind in KINDS.items() if kind.cross))
JOINT_METHODS = preferring(LAYOUT, tuple(name for name, kind in KINDS.items() if kind.joint))
UNNAMED = ""  # what an order without a method means: score, as before there was another, or the model's own
UNCHOSEN = (AUTO, UNNAMED)


def hint_for(method: str, methods: tuple[str, ...]) -> str:
    """What to do about a method that is none of those that a model can do."""
    instead = f"choose {' or '.join(methods)}"
    weights = KINDS[method].weights if method in KINDS else None
    return f"{weights}; else {instead}" if weights else instead


def method_for(named: str, methods: tuple[str, ...]) -> str:
    """The method that a setting means for a model that can do `methods`, its own first; score where none is known."""
    if named == AUTO:
        return next(iter(methods), SCORE)
    if named == UNNAMED:
        return SCORE if SCORE in methods else next(iter(methods), SCORE)
    return named
