"""Whether the host merges tokens of pixels, so that a layer no longer tells where each of them lies."""

from __future__ import annotations

from typing import Any

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.processing import is_hires
from lib_omost.methods.method import Method


def refuse_merged_tokens(p: Any, method: Method) -> None:
    """Raise OmostError when token merging is on in the job's present pass: what follows pixels would go astray."""
    ask = getattr(p, "get_token_merging_ratio", None)
    if ask is not None and ask(for_hr=is_hires(p)) > 0:
        if method.pixels is not None or method.guidance is not None:
            raise OmostError(
                f"the method {method.name} cannot draw with token merging, which mixes pixels",
                hint="set the token merging ratio to 0, or choose another method",
            )
        raise OmostError(
            "LoRA of a region cannot be drawn with token merging, which mixes pixels",
            hint="set the token merging ratio to 0, or take the LoRA out of the regions",
        )
