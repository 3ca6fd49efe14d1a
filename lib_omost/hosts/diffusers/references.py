"""IP-Adapters beside a pipeline: a region's picture → keys and values of its tokens in every cross-attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image

from lib_omost.canvas import Canvas, Reference, Region
from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.shared.family import ReadPictures
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.weights import read_tensors
from lib_omost.hosts.reference_tokens import ReferenceTokens, numbers
from lib_omost.hosts.references import LayerPicture, PictureReference
from lib_omost.pictures.adapters import READS_FACES, reads_faces
from lib_omost.pictures.references import ADAPTER_HINT, NO_ADAPTER, AdapterFiles, ReferencePictures
from lib_omost.reasons import reason

_PARTS = ("image_proj.", "ip_adapter.")


@dataclass(frozen=True)
class References:
    """Pictures that regions may name, and what reads them; the adapter that was loaded last is kept."""

    pictures: ReferencePictures
    files: AdapterFiles = field(default_factory=AdapterFiles)
    _loaded: dict[str, Any] = field(default_factory=dict, repr=False)

    def of(self, pipeline: Pipeline, denoiser: Denoiser, canvas: Canvas) -> tuple[PictureReference, ...]:
        """One for each region whose reference counts, as layers.

        Raises OmostError for what cannot be read, an adapter of another kind of model, and a kind that has none.
        """
        regions = _regions_of(canvas)
        if not regions:
            return ()
        layers = [layer for layer in denoiser.layers if isinstance(layer, CrossAttention)]
        if getattr(pipeline, "unet", None) is None or not layers:
            raise OmostError(
                f"regions of this kind of model ({type(denoiser.module).__name__}) can have no reference picture",
                hint="take it out of the region, or choose a checkpoint of SD1.x, SDXL, Flux 1 Kontext or Flux.2 Klein",
            )
        if self.files.adapter is None or self.files.encoder is None:
            raise BadInputError(NO_ADAPTER, hint=ADAPTER_HINT)
        images = [self.pictures.image(reference.picture) for _, reference in regions]
        weights, encoder = self._weights(self.files.adapter), self._encoder(self.files.encoder)
        names = [layer.name for layer in layers]
        found = []
        for (region, reference), image in zip(regions, images, strict=True):
            seen, unseen = _tokens(pipeline.unet, weights, encoder, image)
            kept = _layers(weights, layers, names, seen, unseen)
            found.append(PictureReference(region.rect, region.edge, region.cells, reference.weight, kept))
        return tuple(found)

    def tokens_of(self, pipeline: Pipeline, read: ReadPictures, canvas: Canvas) -> tuple[ReferenceTokens, ...]:
        """One for each region whose reference counts, for a family that reads pictures by itself.

        Raises OmostError for what cannot be read.
        """
        regions = _regions_of(canvas)
        images = [self.pictures.image(reference.picture) for _, reference in regions]
        places = numbers([(region.rect, region.edge, region.cells) for region, _ in regions])
        return tuple(
            ReferenceTokens(region.rect, region.edge, region.cells, reference.weight, *made)
            for (region, reference), made in zip(regions, read(pipeline, images, places), strict=True)
        )

    def _weights(self, file: Path) -> Mapping[str, torch.Tensor]:
        if "adapter" not in self._loaded:
            if file.suffix != ".safetensors" or not file.is_file():
                raise BadInputError(f"there is no IP-Adapter {file}", hint="name a .safetensors file by --ip-adapter")
            try:
                tensors = read_tensors(file)
            except Exception as error:  # whatever a damaged file makes safetensors raise
                raise ModelError(f"cannot read {file}: {reason(error)}", hint="the file may be damaged") from error
            if reads_faces((name, one.shape) for name, one in tensors.items()):
                raise BadInputError(f"{file.name} {READS_FACES}", hint="choose one without FaceID")
            if not all(any(name.startswith(part) for name in tensors) for part in _PARTS):
                raise BadInputError(f"{file.name} is no IP-Adapter", hint=ADAPTER_HINT)
            self._loaded["adapter"] = tensors
        weights: Mapping[str, torch.Tensor] = self._loaded["adapter"]
        return weights

    def _encoder(self, folder: Path) -> Any:
        if "encoder" not in self._loaded:
            from transformers import CLIPVisionModelWithProjection

            try:
                encoder = CLIPVisionModelWithProjection.from_pretrained(
                    folder, local_files_only=True, use_safetensors=True
                )
            except Exception as error:  # whatever transformers makes of a folder without one
                raise ModelError(
                    f"{folder} holds no image encoder that can be read: {reason(error)}",
                    hint="name the folder with its config.json and model.safetensors by --image-encoder",
                ) from error
            self._loaded["encoder"] = encoder.eval()
        return self._loaded["encoder"]


def _regions_of(canvas: Canvas) -> list[tuple[Region, Reference]]:
    """Those whose reference counts, as layers."""
    return [(one, one.reference) for one in canvas.far_to_near() if one.reference and one.reference.weight > 0]


NO_REFERENCES = References(ReferencePictures(Path("references")))  # nothing reads pictures


@torch.no_grad()
def _tokens(
    unet: Any, weights: Mapping[str, torch.Tensor], encoder: Any, image: Image
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the adapter makes of a picture, and of none: (N, C) each, in float32."""
    from transformers import CLIPImageProcessor

    side = encoder.config.image_size
    processor = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    pixels = processor(image, return_tensors="pt").pixel_values
    own = {
        name.removeprefix("image_proj."): one.float() for name, one in weights.items() if name.startswith("image_proj.")
    }
    try:
        project = unet._convert_ip_adapter_image_proj_to_diffusers(own, low_cpu_mem_usage=False)
        if "proj.weight" in own:
            seen = encoder(pixels).image_embeds
            unseen = torch.zeros_like(seen)
        else:  # the finer ones read the last layer but one, patch by patch
            seen, unseen = (
                encoder(each, output_hidden_states=True).hidden_states[-2]
                for each in (pixels, torch.zeros_like(pixels))
            )
        return tuple(project(each.float()).flatten(0, -2) for each in (seen, unseen))
    except (RuntimeError, ValueError, LookupError) as error:
        raise OmostError(
            f"the image encoder is not the one that the IP-Adapter was made for: {reason(error)}",
            hint="most are made for CLIP-ViT-H-14, the plain one for SDXL for CLIP-ViT-bigG",
        ) from error


def _layers(
    weights: Mapping[str, torch.Tensor],
    layers: list[CrossAttention],
    names: list[str],
    seen: torch.Tensor,
    unseen: torch.Tensor,
) -> dict[str, LayerPicture]:
    """Keys and values by layer: an adapter counts a UNet's attentions in their order, self and cross by turns."""
    found = {}
    for number, (name, layer) in enumerate(zip(names, layers, strict=True)):
        keys = [f"ip_adapter.{2 * number + 1}.to_{one}_ip.weight" for one in ("k", "v")]
        own = [weights[key].float() for key in keys if key in weights]
        width = layer.module.to_q.weight.shape[0]
        if len(own) < 2 or any(tuple(one.shape) != (width, seen.shape[-1]) for one in own):
            raise _misfit()
        found[name] = LayerPicture(
            (seen @ own[0].T, seen @ own[1].T),
            (unseen @ own[0].T, unseen @ own[1].T),
        )
    if len([key for key in weights if key.endswith(".to_k_ip.weight")]) != len(layers):
        raise _misfit()
    return found


def _misfit() -> OmostError:
    return OmostError("the IP-Adapter was made for another kind of checkpoint", hint="choose one for this one's family")
