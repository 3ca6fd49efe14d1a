"""LoRA of a canvas's regions: what the host loads of each, as patches of one sampling run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib_omost.canvas import Canvas, Lora, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import PROJECTIONS, CrossAttention
from lib_omost.hosts.host import Host
from lib_omost.loras.confine import joined, refuse_layers
from lib_omost.loras.difference import Difference
from lib_omost.loras.run import Patch


def patches_of(host: Host, canvas: Canvas) -> tuple[Patch, ...]:
    """One patch for each region with LoRA, far to near; each file is loaded once.

    Raises OmostError by the LoRA's name when the host has none of that name, or one that no mask can hold in a region,
    and for a kind of model in which regions have none.
    """
    regions = [region for region in canvas.far_to_near() if any(lora.weight for lora in region.loras)]
    if not regions:
        return ()
    denoiser = host.denoiser
    if not all(isinstance(layer, CrossAttention) and layer.projections == PROJECTIONS for layer in denoiser.layers):
        raise without_loras(type(denoiser.module).__name__)
    loaded: dict[str, Mapping[str, Difference]] = {}
    for name in dict.fromkeys(lora.name for region in regions for lora in region.loras if lora.weight):
        loaded[name] = host.lora_layers(name)
        refuse_layers(name, denoiser.module, loaded[name])
    return tuple(_patch(region, loaded) for region in regions)


def without_loras(kind: str) -> OmostError:
    """The refusal of a kind of model in which regions have no LoRA."""
    return OmostError(
        f"LoRA of a region cannot be drawn with this kind of model ({kind})",
        hint="take the LoRA out of the regions, or choose a checkpoint of SD1.x or SDXL",
    )


def text_loras(regions: Sequence[Region]) -> list[tuple[Lora, ...]]:
    """Which LoRA of each region its words are encoded with."""
    return [tuple(lora for lora in region.loras if lora.text) for region in regions]


def _patch(region: Region, loaded: Mapping[str, Mapping[str, Difference]]) -> Patch:
    loras = [(lora.weight, loaded[lora.name]) for lora in region.loras if lora.weight]
    return joined(region.rect, region.edge, loras, region.cells)
