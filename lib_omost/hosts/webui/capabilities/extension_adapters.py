"""IP-Adapters of A1111's ControlNet extension: it loads adapter and image encoder, and our own hooks do the rest.

Its own hook takes the place of cross-attention's forward in the whole UNet, where the regions stand, and blurs a mask
at its sides. So nothing of it is hung on: what its adapter makes of a picture becomes a `PictureReference` of a region.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.references import LayerPicture
from lib_omost.hosts.webui.capabilities.adapter_files import only_faces
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.capabilities.scripts_of_job import scripts_of, title_of
from lib_omost.reasons import reason

TITLE = "ControlNet"
RESOLUTION = 512  # it asks for one; the image encoder has its own
USUAL_ENCODER, LARGE_ENCODER = "ip-adapter_clip_h", "ip-adapter_clip_g"
_USUAL_WIDTH = {False: 1024, True: 1280}  # what the usual one gives of a picture as a whole, and of each patch
_OTHERS = ("is_faceid", "is_instantid", "is_pulid")
Tokens = tuple[torch.Tensor, torch.Tensor]  # what an adapter makes of a picture, and of none: (N, C) each


def extension_files() -> dict[str, Any]:
    """Its files by the names that it gives them; none where it is not installed."""
    state = _state()
    return {} if state is None else {name: file for name, file in state.cn_models.items() if file is not None}


def load_extension_adapter(p: Processing, name: str) -> Any:
    """Its adapter of that name. Raises OmostError for one that cannot be used."""
    script = next((one for one in scripts_of(p) if title_of(one) == TITLE), None)
    load = getattr(script, "load_control_model", None)
    if load is None:
        raise OmostError(
            "the ControlNet extension is not among this job's scripts, so its IP-Adapter cannot be read",
            hint="update the extension, or take the reference pictures out of the regions",
        )
    try:
        loaded = load(p, p.sd_model.model.diffusion_model, name)
    except Exception as error:  # whatever a damaged file makes it raise
        raise OmostError(
            f"the IP-Adapter {name} cannot be read: {reason(error)}", hint="the file may be damaged"
        ) from error
    adapter = getattr(loaded.model, "ipadapter", None)
    if adapter is None:
        raise OmostError(f"{name} is no IP-Adapter", hint="choose another one in Omost's settings")
    if any(getattr(adapter, kind, False) for kind in _OTHERS):
        raise only_faces(name)
    return adapter


@torch.no_grad()
def tokens_of(adapter: Any, name: str, images: Sequence[Any]) -> list[Tokens]:
    """What the adapter of that name makes of pictures (H, W, 3), in float32 on the CPU. Raises OmostError."""
    from modules import shared

    encoder = _encoder_for(adapter)
    on_cpu = bool(getattr(shared.opts, "controlnet_clip_detector_on_cpu", False))
    try:
        adapter.to("cpu", dtype=torch.float32)
        found = []
        for image in images:
            read = encoder.cached_call(image, resolution=RESOLUTION, low_vram=on_cpu, model=name).value
            made = adapter.get_image_emb(read)
            seen, unseen = (one.float().cpu().flatten(0, -2) for one in (made.cond_emb, made.uncond_emb))
            found.append((seen, unseen))
    except Exception as error:  # a download that fails, too little memory, an encoder of another kind
        raise OmostError(
            f"ControlNet's IP-Adapter could not read a region's reference picture: {reason(error)}",
            hint=f"its image encoder is {encoder.label}, which it downloads into its own folder",
        ) from error
    finally:
        encoder.unload()  # as large as a UNet, and not needed while one draws
    return found


@torch.no_grad()
def layer_pictures(adapter: Any, layers: Sequence[CrossAttention], tokens: Tokens) -> dict[str, LayerPicture]:
    """Keys and values of a picture's tokens in each layer, by name. Raises OmostError for another kind of UNet.

    An adapter counts a UNet's attentions from its way down by way of its way up to its middle, self and cross by turns.
    """
    own = adapter.ip_layers.to_kvs
    ordered = sorted(layers, key=lambda layer: layer.name.startswith("middle_block"))
    if 2 * len(ordered) != len(own):
        raise _misfit()
    found = {}
    for number, layer in enumerate(ordered):
        names = [f"{2 * number + 1}_to_{part}_ip" for part in ("k", "v")]
        width, channels = layer.module.to_q.weight.shape[0], tokens[0].shape[-1]
        if any(name not in own or tuple(own[name].weight.shape) != (width, channels) for name in names):
            raise _misfit()
        to_key, to_value = (own[name] for name in names)
        seen, unseen = ((to_key(one), to_value(one)) for one in tokens)
        found[layer.name] = LayerPicture(seen, unseen)
    return found


def _state() -> Any:
    """Its module that knows its files and its image encoders."""
    state = sys.modules.get("scripts.global_state")
    return state if hasattr(state, "cn_models") and hasattr(state, "Preprocessor") else None


def _encoder_for(adapter: Any) -> Any:
    """Its reader of pictures for an adapter, by what that takes."""
    is_fine = bool(adapter.is_plus)
    is_large = int(adapter.clip_embeddings_dim) > _USUAL_WIDTH[is_fine]
    found = _state().Preprocessor.get_preprocessor(LARGE_ENCODER if is_large else USUAL_ENCODER)
    if found is None:
        raise OmostError(
            "the ControlNet extension has no image encoder for IP-Adapters",
            hint="update it, or take the reference pictures out of the regions",
        )
    return found


def _misfit() -> OmostError:
    return OmostError("the IP-Adapter was made for another kind of checkpoint", hint="choose one for this one's family")
