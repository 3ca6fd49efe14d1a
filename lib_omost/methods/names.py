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
UNET_METHODS = (  # any UNet can do these, the first by default
    SKETCH,
    SCORE,
    DECOMPOSITION,
    *FAMILY,
    *BY_GRADIENT,
    LAYOUT,
    PLAIN,
)
GLIGEN, INSTANCE_DIFFUSION, LAYER_DIFFUSE = "gligen", "instancediffusion", "layerdiffuse"
TRAINED = (GLIGEN, INSTANCE_DIFFUSION, LAYER_DIFFUSE)  # these need weights of their own
METHOD_NAMES = (*UNET_METHODS, *TRAINED)
CROSS_METHODS = (SCORE, DECOMPOSITION, LAYOUT, PLAIN)  # of transformers with cross-attention, whose schedule is another
JOINT_METHODS = (LAYOUT, PLAIN)  # of models in which text and image stand in one sequence
AUTO = "auto"  # a setting's word for the first that the model can do
UNNAMED = ""  # what an order without a method means: score, as before there was another, or the model's own
UNCHOSEN = (AUTO, UNNAMED)
_WANTING = {
    GLIGEN: "it needs GLIGEN's grounded layers, trained into an SD1.x checkpoint: by itself, give them as a file with "
    "--gligen (gligen_sd14_textbox_pruned.safetensors) or load a diffusers folder that has them "
    "(masterful/gligen-1-4-generation-text-box)",
    INSTANCE_DIFFUSION: "it needs InstanceDiffusion's layers beside an SD1.5 checkpoint: by itself, give the folder of "
    "position_net.ckpt, fusers.ckpt and scaleu.ckpt (on the hub in logtd/instance_diffusion) with --instancediffusion",
    LAYER_DIFFUSE: "it needs an SDXL checkpoint and two files of LayerDiffuse's, on the hub in "
    "lllyasviel/LayerDiffuse_Diffusers: by itself, give ld_diffusers_sdxl_attn.safetensors with --layer-attention and "
    "ld_diffusers_sdxl_vae_transparent_decoder.safetensors with --layer-decoder",
}


def hint_for(method: str, methods: tuple[str, ...]) -> str:
    """What to do about a method that is none of those that a model can do."""
    instead = f"choose {' or '.join(methods)}"
    return f"{_WANTING[method]}; else {instead}" if method in _WANTING else instead


def preferring(method: str, methods: tuple[str, ...]) -> tuple[str, ...]:
    """Those that a model can do, `method` first where it is one of them."""
    return (method, *(one for one in methods if one != method)) if method in methods else methods


def method_for(named: str, methods: tuple[str, ...]) -> str:
    """The method that a setting means for a model that can do `methods`, its own first; score where none is known."""
    if named == AUTO:
        return next(iter(methods), SCORE)
    if named == UNNAMED:
        return SCORE if SCORE in methods else next(iter(methods), SCORE)
    return named
