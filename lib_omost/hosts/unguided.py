"""Why a picture is drawn without its method's guidance; a method that is nothing else is refused then."""

from __future__ import annotations

from lib_omost.canvas import Canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.normal_tensors import can_be_differentiated
from lib_omost.methods.method import Method
from lib_omost.methods.names import KINDS

OTHER = "choose another method"


def why_unguided(denoiser: Denoiser, canvas: Canvas) -> str | None:
    """What in the model or the canvas no gradient goes through; None where there is no such thing."""
    if not can_be_differentiated(denoiser.module):
        return "the weights of the model are quantized"
    if any(lora.weight for region in canvas.regions for lora in region.loras):
        return "regions have LoRA"
    if any(region.reference is not None and region.reference.weight for region in canvas.regions):
        return "regions have reference pictures"
    return None


def told_unguided(method: Method, reason: str, hint: str = OTHER) -> str:
    """What the user is told. Raises OmostError for a method that is guidance and nothing else."""
    if KINDS[method.name].alone:
        raise OmostError(f"the method {method.name} cannot guide this picture: {reason}", hint=hint)
    return f"The picture was drawn without guidance: {reason}."
