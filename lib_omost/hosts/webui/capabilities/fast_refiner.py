"""Whether the host exchanges the weights of the model in mid-run without asking the job for its conditioning anew."""

from __future__ import annotations

from typing import Any

from lib_omost.errors import OmostError


def refuse_fast_refiner(p: Any) -> None:
    """Raise OmostError for Neo's fast refiner: what is kept of a canvas is made with the weights of the base model."""
    from modules import shared

    is_fast = getattr(shared.opts, "refiner_fast_sd", False)
    if is_fast and getattr(p, "refiner_checkpoint_info", None) is not None and not getattr(p, "enable_hr", False):
        raise OmostError(
            "Omost cannot steer this picture: the refiner exchanges the model's weights while it is drawn",
            hint="switch off 'Reload \"state_dict\" Only' in the WebUI's settings of the refiner, or the refiner",
        )
