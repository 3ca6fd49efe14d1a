"""Ending a job with a reason. The hosts log what a script raises and go on; what a job's own method raises ends it."""

from __future__ import annotations

from typing import Any, NoReturn

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.processing import Processing

UNPROCESSABLE = 422


def refuse(p: Processing, error: OmostError) -> None:
    """End the job `p` at its next step: the page shows the error, the API answers 422 with it."""

    def setup_conds() -> NoReturn:
        raise reason_for(p, error)

    vars(p)["setup_conds"] = setup_conds


def refuse_sampling(p: Processing, error: OmostError) -> None:
    """End the job `p` at its sampler's next call, where a hook before it finds the reason too late for `refuse`."""

    def sample(*_arguments: Any, **_keywords: Any) -> NoReturn:
        raise reason_for(p, error)

    for name in ("sample", "sample_img2img"):
        setattr(p.sampler, name, sample)  # the sampler is the job's own and ends with it


def reason_for(p: Processing, error: OmostError) -> Exception:
    """The exception that the host shows, with what to do: an HTTPException for the API, an OmostError for the page."""
    if not getattr(p, "is_api", False):
        return OmostError(error.told)
    from fastapi import HTTPException

    return HTTPException(status_code=UNPROCESSABLE, detail=error.told)
