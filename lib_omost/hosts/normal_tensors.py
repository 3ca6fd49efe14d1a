"""A model whose code can be differentiated for a while, whatever mode its host runs in; then it is what it was.

Some hosts load weights in torch's inference mode. Such tensors cannot be kept for a gradient, but their memory can: a
normal tensor over the same memory takes the place of each, and nothing is copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from lib_omost.attention.call import Forward

TORCHS_DECORATORS = "torch.utils._contextlib"  # where the wrapper lies that inference_mode() and no_grad() put around
OWN_RECOMPUTATION = ("checkpoint", "use_checkpoint")  # what blocks of the original layout call their own


def can_be_differentiated(module: torch.nn.Module) -> bool:
    """Whether all weights are plain tensors of floating-point numbers; quantized ones are not."""
    return all(
        type(one) in (torch.nn.Parameter, torch.Tensor) and one.is_floating_point() for one in module.parameters()
    )


@contextmanager
def differentiable(module: torch.nn.Module) -> Iterator[None]:
    """No inference mode in this block, no weight in it asks for a gradient or is an inference tensor, and no block of
    the model keeps by itself what gradients need."""
    with ExitStack() as undo:
        undo.enter_context(torch.inference_mode(mode=False))
        undo.enter_context(torch.enable_grad())
        for one in module.modules():
            undo.callback(_put_back, one, dict(one._parameters), dict(one._buffers))
            several: tuple[dict[str, Any], dict[str, Any]] = (one._parameters, one._buffers)
            for held in several:
                for name, tensor in held.items():
                    if tensor is not None and tensor.is_inference():
                        held[name] = _normal(tensor)
                    elif tensor is not None and tensor.requires_grad and tensor.is_leaf:
                        undo.callback(tensor.requires_grad_, tensor.requires_grad)
                        tensor.requires_grad_(requires_grad=False)
            for flag in OWN_RECOMPUTATION:
                if vars(one).get(flag) is True:
                    vars(one)[flag] = False
                    undo.callback(vars(one).__setitem__, flag, True)
        yield


def undecorated(forward: Forward) -> Forward:
    """What stands below `@torch.inference_mode()` or `@torch.no_grad()`, so that a gradient goes through it."""
    bound = getattr(forward, "__self__", None)
    function: Any = getattr(forward, "__func__", forward)
    while _is_torchs(function) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    plain: Forward = function if bound is None else function.__get__(bound)
    return plain


def _is_torchs(function: Any) -> bool:
    return bool(getattr(function, "__globals__", {}).get("__name__") == TORCHS_DECORATORS)


def normal(value: Any) -> Any:
    """A copy of each inference tensor in what a call is given, also in dicts, lists and tuples; all else as it is."""
    if isinstance(value, torch.Tensor):
        return value.clone() if value.is_inference() else value
    if type(value) is dict:
        return {name: normal(one) for name, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(normal, value))
    return value


def _put_back(module: torch.nn.Module, parameters: dict[str, Any], buffers: dict[str, Any]) -> None:
    for held, before in ((module._parameters, parameters), (module._buffers, buffers)):
        for name, tensor in before.items():
            if held.get(name) is not tensor:
                held[name] = tensor


def _normal(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor over the memory of an inference tensor that asks for no gradient and may be kept for one."""
    memory = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
    memory.set_(tensor.untyped_storage(), tensor.storage_offset(), tensor.size(), tensor.stride())
    return torch.nn.Parameter(memory, requires_grad=False) if isinstance(tensor, torch.nn.Parameter) else memory
