"""Whether the host's attention, which can be one of several programs, does what a mask says."""

from __future__ import annotations

import sys
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.joint_attention import JointAttention

HEAD = 64  # channels that every one of them takes


def refuse_unmasked(denoiser: Denoiser) -> None:
    """Raise OmostError where a layer of joint attention would lose its mask: some attention passes over it in silence.

    Asked of the function itself that the layer's code calls, on the device and in the dtype that the host computes in.
    Layers that torch's attention is put into need none.
    """
    asked = (layer for layer in denoiser.layers if isinstance(layer, JointAttention) and layer.ordered is None)
    joint = next(asked, None)
    if joint is None:
        return
    attend = getattr(sys.modules.get(type(joint.module).__module__), "attention_function", None)
    if attend is None:
        return
    device = getattr(denoiser.module, "load_device", torch.device("cpu"))
    dtype = getattr(denoiser.module, "computation_dtype", torch.float32)
    if not _masks(attend, device, dtype):
        raise OmostError(
            f"Omost cannot steer this picture: the attention that the WebUI was started with "
            f"({getattr(attend, '__name__', 'unknown')}) passes over masks",
            hint="start the WebUI without it, with PyTorch's own attention, or choose the method plain",
        )


def _masks(attend: Any, device: torch.device, dtype: torch.dtype) -> bool:
    """Two positions of which each sees itself alone: what comes out is what was given."""
    query = torch.zeros(1, 1, 2, HEAD, device=device, dtype=dtype)
    value = torch.stack([torch.zeros(HEAD), torch.ones(HEAD)]).to(query)[None, None]
    mask = torch.tensor([[0.0, float("-inf")], [float("-inf"), 0.0]], device=device, dtype=dtype)[None, None]
    out = attend(query, query, value, 1, mask=mask, skip_reshape=True)
    return bool(torch.allclose(out.reshape(2, HEAD).float(), value[0, 0].float(), atol=0.1))
