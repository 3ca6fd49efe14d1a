"""ControlNet of A1111 marks prompts by a token before their own, and takes it away within the UNet's forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.hosts.webui.capabilities.carriers import carriers
from lib_omost.hosts.webui.capabilities.marks import mark_before, marked_like, marked_rows, without_mark

MARK = 1024.0
REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")
CODE = write_canvas(Canvas("A white background.", regions=(REGION,)))
WITH_NEGATIVE = write_canvas(Canvas("A white background.", regions=(Region(**{**vars(REGION), "negative": "a hat"}),)))


def marked(schedules: list, sign: int) -> list:
    """As ControlNet does to every part of a prompt's conditioning."""
    return [
        type(each)(each.end_at_step, torch.cat([torch.zeros_like(each.cond)[:1] + sign * MARK, each.cond]))
        for each in schedules
    ]


def mark_prompts(job: Any) -> None:
    """What the job conditions its picture on is marked; what the host is asked for later is not."""
    own = job.setup_conds

    def setup_conds() -> None:
        own()
        for parts in job.c.batch:
            for part in parts:
                part.schedules = marked(part.schedules, 1)
        job.uc = [marked(schedules, -1) for schedules in job.uc]
        job.setup_conds = own

    job.setup_conds = setup_conds


class Hooked(nn.Module):
    """A UNet whose forward is ControlNet's: it tells rows by their marks, or takes all for conditional ones."""

    def __init__(self, unet: nn.Module) -> None:
        super().__init__()
        self.unet, self.seen = unet, []
        own = unet.forward

        def forward(x: torch.Tensor, timesteps: Any = None, context: Any = None, y: Any = None) -> torch.Tensor:
            first = context[:, 0]
            if bool(((first.abs() - MARK).abs() < 1e-3).all()):
                self.seen += [float(row) > 0 for row in first[:, 0]]
                context = context[:, 1:]
            else:
                self.seen += [None] * len(context)
            return own(x, timesteps, context, y)

        unet.forward = forward


@pytest.mark.parametrize("method", ["score", "plain"])
@pytest.mark.parametrize("code", [CODE, WITH_NEGATIVE])
def test_regions_and_marks_know_the_same_rows_and_the_picture_is_the_one_without_marks(
    job: Any, run: Callable[..., torch.Tensor], code: str, method: str
) -> None:
    plain = run(job, True, code, method)
    hooked = Hooked(job.unet)
    mark_prompts(job)
    assert torch.allclose(run(job, True, code, method), plain, atol=1e-5)
    assert sorted(hooked.seen) == [False, False, True, True]
    job.unet.__dict__.pop("forward")


def test_without_omost_the_marks_do_the_same(job: Any, run: Callable[..., torch.Tensor]) -> None:
    plain = run(job, False)
    hooked = Hooked(job.unet)
    mark_prompts(job)
    assert torch.allclose(run(job, False), plain, atol=1e-6)
    assert sorted(hooked.seen) == [False, False, True, True]
    job.unet.__dict__.pop("forward")


@given(tokens=st.integers(1, 5), channels=st.integers(2, 4), sign=st.sampled_from([1, -1]), seed=st.integers(0, 99))
def test_a_mark_is_taken_away_and_put_back_and_nothing_else_is(
    tokens: int, channels: int, sign: int, seed: int
) -> None:
    text = torch.randn(tokens, channels, generator=torch.Generator().manual_seed(seed)) * 30
    with_mark = torch.cat([torch.full((1, channels), sign * MARK), text])
    assert mark_before(text) is None
    assert torch.equal(without_mark(text), text)
    assert torch.equal(without_mark(with_mark), text)
    assert torch.equal(marked_like(text, with_mark), with_mark)
    assert torch.equal(marked_like(text, text), text)
    two, mixed = torch.stack([with_mark, with_mark]), torch.stack([with_mark, torch.cat([text[:1], text])])
    assert marked_rows(two).tolist() == [True, True]
    assert marked_rows(mixed).tolist() == [True, False]
    assert carriers(two, [text]) == [0, 0]
    assert carriers(mixed, [text + 100]) == [None, None]
    assert carriers(mixed, [mixed[0]]) == [0, None]
