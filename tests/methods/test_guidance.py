"""Guidance: how often and how far a latent is moved before a step."""

from __future__ import annotations

import torch

from lib_omost.methods.guidance import Guidance, Measured, Refinement
from lib_omost.methods.method import Method
from lib_omost.methods.names import ATTEND_AND_EXCITE, BOUNDED, BOX_DIFF
from lib_omost.methods.registry import METHODS
from tests.kinds import GUIDED

START = torch.full((1, 1, 2, 2), 3.0)


class Slope:
    """A loss of |x|, whose gradient is 1 / 4 a cell: how often it is asked, and where."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def __call__(self, latent: torch.Tensor) -> Measured:
        loss = float(latent.mean())
        self.asked.append(round(loss, 6))
        return Measured(loss, torch.full_like(latent, 0.25))


def guidance(**fields: object) -> Guidance:
    given = {"least_noise": 0.5, "step_size": lambda noise: 4 * noise, **fields}
    return Guidance(METHODS[BOX_DIFF].guidance.measure, **given)  # type: ignore[union-attr,arg-type]


def test_one_move_goes_down_the_gradient_as_far_as_the_step_says() -> None:
    slope = Slope()
    moved = guidance().moved(START, 0.5, None, slope)
    assert torch.allclose(moved, START - 0.5)
    assert slope.asked == [3.0]


def test_several_moves_end_where_the_loss_is_low_enough() -> None:
    slope = Slope()
    moved = guidance(moves=5, enough=1.5).moved(START, 1.0, None, slope)
    assert slope.asked == [3.0, 2.0, 1.0]  # the last one was made where the loss was below, as published
    assert torch.allclose(moved, torch.zeros(1))


def test_at_most_so_many_moves_are_made() -> None:
    slope = Slope()
    guidance(moves=2).moved(START, 1.0, None, slope)
    assert len(slope.asked) == 2


def test_refinement_moves_until_the_loss_of_the_step_is_reached_and_then_once_more() -> None:
    refinement = Refinement(((1.0, 2.5), (0.8, 0.5)), most=20)
    slope = Slope()
    moved = guidance(refinement=refinement).moved(START, 1.0, None, slope)
    assert slope.asked == [3.0, 2.0]
    assert torch.allclose(moved, START - 2)
    later = Slope()
    guidance(refinement=refinement).moved(START, 0.9, 1.0, later)
    assert later.asked == [3.0]  # no bound lies between the two steps
    crossed = Slope()
    guidance(refinement=refinement).moved(START, 0.75, 0.9, crossed)
    assert crossed.asked == [3.0, 2.25, 1.5, 0.75, 0.0]


def test_refinement_ends_after_its_most_moves() -> None:
    slope = Slope()
    guidance(refinement=Refinement(((1.0, -1e9),), most=3)).moved(START, 1.0, None, slope)
    assert len(slope.asked) == 4


def test_the_last_bound_that_is_due_counts() -> None:
    refinement = Refinement(((1.0, 0.95), (0.8, 0.5), (0.6, 0.2)))
    assert refinement.target(0.7, None) == 0.5  # img2img begins there
    assert refinement.target(0.55, 0.7) == 0.2
    assert refinement.target(0.5, 0.55) is None


def test_a_stopped_job_is_not_moved_on() -> None:
    slope, moved = Slope(), [False, True]
    latent = guidance(moves=5).moved(START, 1.0, None, slope, stopped=lambda: moved.pop(0))
    assert slope.asked == [3.0]
    assert torch.allclose(latent, START - 1)


def test_the_papers_steps() -> None:
    boxdiff, excite, bounded = (METHODS[name].guidance for name in (BOX_DIFF, ATTEND_AND_EXCITE, BOUNDED))
    assert boxdiff is not None
    assert excite is not None
    assert bounded is not None
    assert (boxdiff.step_size(1.0), boxdiff.step_size(0.0)) == (20.0, 20.0 * 0.5**0.5)
    assert excite.step_size is boxdiff.step_size
    assert (bounded.step_size(1.0), bounded.step_size(0.7)) == (8.0, 2.0)
    assert [one.least_noise for one in (boxdiff, excite, bounded)] == [0.5, 0.5, 0.7]


def test_guidance_is_told_the_noise_and_tells_regions_apart() -> None:
    for name in GUIDED:
        assert METHODS[name].follows_noise
        assert METHODS[name].is_regional
    assert Method("new", guidance=guidance()).is_regional
    assert not METHODS["score"].follows_noise
