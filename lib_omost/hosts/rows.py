"""The rows of a layer's call: those that follow a canvas are computed apart from all others, and put back in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall, Rows
from lib_omost.attention.run import RegionalRun
from lib_omost.errors import OmostError

Steer = Callable[[RegionalRun, tuple[Any, ...], dict[str, Any]], Any]


def by_rows(
    call: RegionalCall,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    *,
    given: int,
    original: Forward,
    steer: Steer,
) -> Any:
    """What a layer with so many rows `given` returns: `steer` of each canvas's, `original` of those without one.

    Arguments that are tensors with one row a picture are cut; what comes back is a tensor or several, of as many rows,
    or None in the place of one.
    Raises OmostError for other rows than the call's.
    """
    refuse_other_rows(call, given)
    if len(call.groups) == 1 and call.others is None:
        return steer(call.groups[0][0], tuple(arguments), dict(keywords))
    parts = [(rows, steer(run, *cut_to(rows, arguments, keywords, given))) for run, rows in call.groups]
    if call.others is not None:
        cut, named = cut_to(call.others, arguments, keywords, given)
        parts.append((call.others, original(*cut, **named)))
    if isinstance(parts[0][1], torch.Tensor):
        return joined(parts)
    several = range(len(parts[0][1]))
    each_of = ([(rows, part[number]) for rows, part in parts] for number in several)
    return tuple(None if each[0][1] is None else joined(each) for each in each_of)


def refuse_other_rows(call: RegionalCall, given: int) -> None:
    """Raise OmostError where a layer was given another number of rows than the denoiser."""
    if given != call.rows:
        raise OmostError(
            f"Omost cannot steer this picture: attention was called for {given} rows and the denoiser for "
            f"{call.rows}, so another extension changes how many there are",
            hint="switch off other extensions that work on regions or attention, one by one",
        )


def cut_to(
    rows: Rows, arguments: Sequence[Any], keywords: Mapping[str, Any], of: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Tensors with one row a picture, such as the tokens or Forge's `value`, cut down to `rows`.

    So are those in dataclasses, such as the shifts and scales of a transformer's block, in tuples and lists too.
    """

    def cut(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return taken(value, rows) if value.dim() and len(value) == of else value
        if value is None:
            return None
        if type(value) in (tuple, list) and not any(isinstance(each, torch.Tensor) for each in value):
            return type(value)(map(cut, value))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{one.name: cut(getattr(value, one.name)) for one in fields(value)})
        return value

    return tuple(map(cut, arguments)), {name: cut(value) for name, value in keywords.items()}


def joined(parts: Sequence[tuple[Rows, torch.Tensor]]) -> torch.Tensor:
    """The parts side by side in the order of their rows, in one operator.

    In the dtype of the last part: that of rows without a canvas, where there are such.
    """
    dtype = parts[-1][1].dtype
    pieces: dict[int, torch.Tensor] = {}
    for rows, part in parts:
        if isinstance(rows, slice):
            pieces[rows.start] = part
        else:
            pieces.update(zip(rows.tolist(), part.split(1), strict=True))
    return torch.cat([pieces[row].to(dtype) for row in sorted(pieces)])


def taken(value: torch.Tensor, rows: Rows) -> torch.Tensor:
    """These rows; one by one where they do not lie side by side: a graphics card is waited for to be given an index."""
    return value[rows] if isinstance(rows, slice) else torch.stack([value[row] for row in rows.tolist()])
