"""Other extensions, how each is switched on over the API, and what is expected of it beside a canvas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

WORKS = "both show in the picture"
REFUSED = "the job ends with a reason that names it"
SILENT = "it has no part in the sampler: the picture is the one without it"
NOTHING: Mapping[str, Any] = MappingProxyType({})
LORA = "LORA"  # in a prompt: the LoRA that the host's owner named for the tests
UNIT = "UNIT"  # an argument: a unit of ControlNet with the net that the host's owner named as …_WIDE_CONTROLNET


@dataclass(frozen=True)
class Beside:
    """One extension in one way of use.

    folder: as its repository calls it. script: the title that the API knows; "" for one without a script. on: what its
    arguments are where they are not the defaults, by place. expected: beside a canvas. named: what its refusal says.
    not_in: the hosts that it does not work in without a canvas either, and why. prompt: in the prompt box, with it and
    without. changes: to the job, with it and without. bare_prompt: the prompt without it, where what switches it on
    stands in the prompt. is_wide: it knows SD1.x's own widths alone, and is tried with …_WIDE_CHECKPOINT.
    """

    name: str
    folder: str
    script: str
    on: Mapping[int, Any]
    expected: str
    named: str = ""
    not_in: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    prompt: str = ""
    bare_prompt: str | None = None
    changes: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    is_wide: bool = False


REGIONS = {0: True, 6: "1,1"}  # of Regional Prompter: on, two columns
COUPLE = {0: True, 2: "Basic"}
TILES = {0: True, 6: 16, 7: 16, 8: 8}  # of Tiled Diffusion, in cells of the latent
LARGE: Mapping[str, Any] = {"width": 256, "height": 256, "steps": 4}
FAMILY = ("Forge", "reForge", "Classic", "Neo")


def _in(hosts: tuple[str, ...], reason: str) -> Mapping[str, str]:
    return MappingProxyType(dict.fromkeys(hosts, reason))


IMPORTS_A1111S = _in(("Forge", "Classic", "Neo"), "it imports modules that A1111 and reForge alone have")
HAS_ITS_OWN = _in(FAMILY, "the WebUI has one of its own, which `test_beside_forges_own` tries")
KEPT_OUT = _in(FAMILY, "the WebUI keeps the extension out by its folder's name, for one of its own")
NO_HOOKS = _in(FAMILY, "it wants A1111's modules and layers: without a canvas, too, it does not load or does nothing")
LBW_FAILS = MappingProxyType(
    {
        "Classic": "what it does to a LoRA stays for later jobs without it, without a canvas too",
        "Neo": "it does not know Neo, and leaves the LoRA as it is",
    }
)
PATCHES_FORGES = _in(("A1111",), "it patches the model as the Forge family does")

EXTENSIONS = (
    Beside("NegPiP", "sd-webui-negpip", "NegPiP", {0: True}, REFUSED, "sd-webui-negpip", prompt="(red:-1.2)"),
    Beside("NegPiP without negative weights", "sd-webui-negpip", "NegPiP", {0: True}, SILENT),
    Beside(
        "Cutoff",
        "sd-webui-cutoff",
        "Cutoff",
        {0: True, 1: "purple, blue, green", 2: 1.5},
        WORKS,
        not_in=IMPORTS_A1111S,
        prompt="a blue circle, a green square",
    ),
    Beside("CD tuner", "sd-webui-cd-tuner", "CD Tuner", {0: True, 1: 5.0, 5: 5.0, 18: ""}, WORKS),
    Beside("CD tuner's colour map", "sd-webui-cd-tuner", "CD Tuner", {0: True, 18: "1,0,0;0,0,1", 19: 6}, WORKS),
    Beside(
        "LoRA block weight",
        "sd-webui-lora-block-weight",
        "LoRA Block Weight",
        {},
        WORKS,
        not_in=LBW_FAILS,
        prompt=f"<lora:{LORA}:1:lbw=OUTALL>",
        bare_prompt=f"<lora:{LORA}:1>",
    ),
    Beside(
        "Regional Prompter, Latent",
        "sd-webui-regional-prompter",
        "Regional Prompter",
        REGIONS | {11: "Latent"},
        REFUSED,
        "Regional Prompter",
        prompt="a red circle BREAK a blue square",
    ),
    Beside(
        "Regional Prompter, Attention",
        "sd-webui-regional-prompter",
        "Regional Prompter",
        REGIONS,
        REFUSED,
        "Regional Prompter",
        prompt="a red circle BREAK a blue square",
    ),
    Beside(
        "forge-couple",
        "sd-forge-couple",
        "Forge Couple",
        COUPLE,
        REFUSED,
        "Forge Couple",
        not_in=PATCHES_FORGES,
        prompt="a red circle\na blue square",
    ),
    Beside(
        "forge-couple, one line",
        "sd-forge-couple",
        "Forge Couple",
        COUPLE,
        REFUSED,
        "Forge Couple",
        not_in=PATCHES_FORGES,
        prompt="a red circle",
    ),
    Beside(
        "Tiled Diffusion",
        "multidiffusion-upscaler-for-automatic1111",
        "Tiled Diffusion",
        TILES,
        REFUSED,
        "tiles",
        not_in=KEPT_OUT,
        changes=LARGE,
    ),
    Beside(
        "Mixture of Diffusers",
        "multidiffusion-upscaler-for-automatic1111",
        "Tiled Diffusion",
        TILES | {1: "Mixture of Diffusers"},
        REFUSED,
        "tiles",
        not_in=KEPT_OUT,
        changes=LARGE,
    ),
    Beside(
        "perturbed attention",
        "sd-webui-incantations",
        "Incantations",
        {12: True, 13: 3.0},
        WORKS,
        not_in=NO_HOOKS,
        prompt="a blue circle, a green square",
    ),
    Beside("FreeU", "sd-webui-freeu", "FreeU", {0: True}, WORKS, not_in=HAS_ITS_OWN, is_wide=True),
    Beside(
        "self-attention guidance",
        "sd_webui_SAG",
        "Self Attention Guidance",
        {0: True},
        WORKS,
        not_in=HAS_ITS_OWN,
        is_wide=True,
    ),
    Beside(
        "ControlNet, a net", "sd-webui-controlnet", "ControlNet", {0: UNIT}, WORKS, not_in=HAS_ITS_OWN, is_wide=True
    ),
)

PAGE_ONLY = (
    "a1111-sd-webui-tagcomplete",
    "Stable-Diffusion-Webui-Civitai-Helper",
    "sd-webui-infinite-image-browsing",
)
IDLE: Mapping[str, tuple[str, ...]] = MappingProxyType(  # by host: installed, and switched on by no row
    {
        "A1111": (
            *PAGE_ONLY,
            "sd-webui-animatediff",
            "ultimate-upscale-for-automatic1111",
        ),
        "Forge": PAGE_ONLY,
    }
)
