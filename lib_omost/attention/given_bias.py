"""A bias for layers whose forward takes no mask: it goes to the call of torch's fused attention that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from lib_omost.errors import OmostError


@contextmanager
def given_bias(bias: torch.Tensor, name: str, alone: torch.Tensor | None = None) -> Iterator[None]:
    """Within the block, in this thread alone, fused attention of N positions adds `bias` (1, 1, N, N) to its scores and
    its own mask. Of the image alone, of n positions, it adds `alone` (1, 1, n, n). Other calls are left as they are.

    Raises OmostError, by the layer's `name`, when the block did not call it exactly once: another way of computing
    attention was chosen, and regions would be lost without a word.
    """
    mode = _Given(bias, alone)
    with mode:
        yield
    if mode.calls != 1:
        raise OmostError(
            f"Omost cannot steer this picture: {name} called torch's attention {mode.calls} times, not once",
            hint="choose the attention of PyTorch (scaled dot product), or the method plain",
        )


class _Given(TorchFunctionMode):
    def __init__(self, bias: torch.Tensor, alone: torch.Tensor | None) -> None:
        super().__init__()
        self.bias, self.alone = bias, alone
        self.calls = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        bias = self._of(*args[:2], **kwargs) if func is scaled_dot_product_attention else None
        if bias is None:
            return func(*args, **kwargs)
        self.calls += bias is self.bias
        own = args[3] if len(args) > 3 else kwargs.pop("attn_mask", None)
        return func(*args[:3], attn_mask=_with(bias, own), **kwargs)  # args[4:] are dropout and causality: unused

    def _of(self, query: torch.Tensor, key: torch.Tensor, **_: Any) -> torch.Tensor | None:
        sizes = (query.shape[-2], key.shape[-2])
        return next((one for one in (self.bias, self.alone) if one is not None and one.shape[-2:] == sizes), None)


def _with(bias: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """The bias where a layer's own mask, of booleans or added, lets through."""
    if mask is None:
        return bias
    return bias.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else bias + mask
