"""A denoiser's arguments and what it returns, row by row: chosen rows in, predictions out, whatever the host's form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.errors import OmostError

LATENTS = ("sample", "x")  # what hosts call a denoiser's first argument
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def with_rows(arguments: Sequence[Any], keywords: Mapping[str, Any], rows: torch.Tensor, of: int) -> Arguments:
    """The arguments with these rows (n,) int64 of all `of`, in every tensor that has one row a picture.

    They are also looked for in dicts, lists and tuples, such as a ControlNet's residuals.
    """

    def chosen(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value[rows.to(value.device)] if value.dim() and len(value) == of else value
        if type(value) is dict:
            return {name: chosen(one) for name, one in value.items()}
        if type(value) in (list, tuple):
            return type(value)(map(chosen, value))
        return value

    return tuple(map(chosen, arguments)), {name: chosen(value) for name, value in keywords.items()}


def latent_of(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> torch.Tensor:
    """The latent (rows, C, H, W): the first argument, by place or by name."""
    found: torch.Tensor = arguments[0] if arguments else keywords[_named(keywords)]
    return found


def with_latent(arguments: Sequence[Any], keywords: Mapping[str, Any], latent: torch.Tensor) -> Arguments:
    """The arguments with another latent."""
    if arguments:
        return (latent, *arguments[1:]), dict(keywords)
    return (), {**keywords, _named(keywords): latent}


def with_crops(
    arguments: Sequence[Any], keywords: Mapping[str, Any], boxes: Sequence[tuple[slice, slice]]
) -> Arguments:
    """The arguments with the latent cut to one box a row.

    Raises OmostError where something else is as large as the latent, such as a ControlNet's residuals.
    """
    latent = latent_of(arguments, keywords)
    rest = [one for one in (*arguments, *keywords.values()) if one is not latent]
    if any(one.dim() > 3 for value in rest for one in _tensors(value)):
        raise OmostError(
            "this method draws parts of the picture, and another extension gives the image model what is for the whole",
            hint="switch off ControlNet and the like, or choose another method",
        )
    cut = [one[:, down, across] for one, (down, across) in zip(latent, boxes, strict=True)]
    return with_latent(arguments, keywords, torch.stack(cut))


def _named(keywords: Mapping[str, Any]) -> str:
    return next(name for name in LATENTS if name in keywords)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tensors(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _tensors(one)


@dataclass(frozen=True)
class Returned:
    """What a denoiser returned: its prediction (rows, C, H, W), and how another one is put in its place."""

    prediction: torch.Tensor
    again: Callable[[torch.Tensor], Any]


def read(returned: Any) -> Returned:
    """A tensor, a tuple that begins with one, or one of diffusers' outputs, whose `sample` it is."""
    if isinstance(returned, torch.Tensor):
        return Returned(returned, lambda new: new)
    if isinstance(returned, tuple):
        return Returned(returned[0], lambda new: (new, *returned[1:]))
    return Returned(returned.sample, lambda new: type(returned)(sample=new))
