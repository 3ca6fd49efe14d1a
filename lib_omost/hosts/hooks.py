"""Regional attention in a denoiser for one sampling run, and every forward put back after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.context import RegionalContext
from lib_omost.attention.plain import plain_attention
from lib_omost.attention.run import CACHE_BYTES, RegionalRun
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.denoiser import Denoiser, Reading
from lib_omost.hosts.negatives import NEGATIVE, mark_of
from lib_omost.hosts.reference_tokens import ShownPictures
from lib_omost.hosts.references import PictureReference, following
from lib_omost.hosts.replaced import replaced
from lib_omost.hosts.self_attention import self_attention_layers
from lib_omost.loras.confine import confined
from lib_omost.loras.run import Patch
from lib_omost.methods.bootstrap import middle_of
from lib_omost.methods.method import Method

Encoded = Callable[[NDArray[np.uint8]], torch.Tensor]  # (H, W, 3) → (1, C, h, w), in the denoiser's units


@contextmanager
def regional_attention(
    denoiser: Denoiser,
    contexts: Sequence[RegionalContext],
    method: Method,
    *,
    height: int,
    width: int,
    patches: Sequence[Patch] = (),
    negatives: Sequence[RegionalContext] = (),
    references: Sequence[PictureReference] = (),
    pictures: ShownPictures | None = None,
    encoded: Encoded | None = None,
    attends: bool = True,
) -> Iterator[RegionalCall]:
    """Steer the rows of the denoiser that carry one of `contexts`; all others see what they saw anyway.

    `height` and `width` are the latent's. `patches` are the regions' LoRA, which hold in all rows alike. `negatives`
    are what unconditional rows follow, by the negative prompt that they carry. `references` are pictures that cross-
    attention follows in the regions' pixels, `pictures` those whose tokens stand behind the image in joint attention,
    in all rows alike. `encoded` is the host's VAE, for methods that need flat colours. Where
    nothing `attends` by the method, layers attend as they did, and rows follow the references alone.

    Every forward is the object it was before when the block ends, however it ends, and what was kept is let go. Inside,
    OmostError is raised when the denoiser is given another latent, or its layers other rows than it was given.
    """
    spans = () if pictures is None else pictures.spans
    contexts = [replace(one, pictures=spans) for one in contexts]
    share = CACHE_BYTES // max(1, len(contexts) + len(negatives))
    formulation = method.attention or plain_attention
    runs = [RegionalRun(one, formulation, joint=method.joint, cache_bytes=share) for one in contexts]
    runs += [RegionalRun(one, NEGATIVE, cache_bytes=share) for one in negatives]
    canvases = [one.embeddings for one in contexts] + [mark_of(one) for one in negatives]
    flat = [] if encoded is None else [middle_of(encoded(picture)) for picture in method.flat_pictures]
    colors = torch.stack(flat) if flat else None
    call = RegionalCall(height, width, tuple(runs), colors=colors, drawn=len(contexts), pictures=spans)
    follows_noise = _of_layers(method, denoiser).follows_noise

    def before(_module: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        reading = denoiser.read(arguments, keywords, canvases)
        _refuse_tiles(reading, call)
        call.begin(reading.carried, _noise(reading, follows_noise), reading.tokens)

    with ExitStack() as undo:
        for run in runs:
            undo.callback(run.clear)
        undo.callback(call.clear)
        undo.callback(denoiser.module.register_forward_pre_hook(before, with_kwargs=True).remove)
        if patches:
            attentions = {one.name for one in denoiser.layers if isinstance(one, CrossAttention)}
            undo.enter_context(confined(denoiser.module, attentions, patches, call, forward_replaced))
        for layer in denoiser.layers if attends else ():
            undo.enter_context(forward_replaced(layer.module, layer.regional(layer.module.forward, call)))
        for layer in denoiser.layers if references else ():
            assert isinstance(layer, CrossAttention)  # whoever loaded the references has seen to that
            ours = following(layer, layer.module.forward, references, call)
            undo.enter_context(forward_replaced(layer.module, ours))
        if pictures is not None:
            undo.enter_context(forward_replaced(denoiser.module, pictures.shown(denoiser.module.forward)))
        if method.pixels is not None:
            for pixels in self_attention_layers(denoiser.module, denoiser.layers, method.pixels):
                undo.enter_context(forward_replaced(pixels.module, pixels.regional(pixels.module.forward, call)))
        if method.denoiser_call is not None:
            ours = method.denoiser_call(denoiser.module.forward, call)
            undo.enter_context(forward_replaced(denoiser.module, ours))
        yield call


def forward_replaced(module: torch.nn.Module, forward: Forward) -> AbstractContextManager[None]:
    """An instance's own forward hides its class's, which a WebUI exchanges when settings change."""
    return replaced(module, "forward", forward)


def _of_layers(method: Method, denoiser: Denoiser) -> Method:
    """The method without its part for joint attention where no layer is that."""
    return replace(method, joint=None) if all(isinstance(one, CrossAttention) for one in denoiser.layers) else method


def _noise(reading: Reading, follows_noise: bool) -> float | None:
    if isinstance(reading.noise, torch.Tensor):
        return float(reading.noise) if follows_noise else None
    return reading.noise


def _refuse_tiles(reading: Reading, call: RegionalCall) -> None:
    """A region's place in a tile cannot be told."""
    if (reading.height, reading.width) != (call.height, call.width):
        raise OmostError(
            f"Omost cannot steer this picture: another extension draws it in tiles ({reading.height} × {reading.width} "
            f"of a latent of {call.height} × {call.width})",
            hint="switch off tiled diffusion, or Omost",
        )
