"""Pictures drawn from another one under noise of a given σ, also where noise and picture are mixed by shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.pictures import begins_from_pictures, from_picture, through_vae
from lib_omost.hosts.diffusers.settings import RenderSettings
from tests.hosts.tiny_parts import flow_scheduler
from tests.hosts.tiny_pipelines import PIPELINES


@pytest.fixture(scope="module")
def pipeline() -> Any:
    made = PIPELINES["Chroma"]()
    made.set_progress_bar_config(disable=True)
    return made


@pytest.mark.parametrize(("sigma", "shift"), [(2.0, 1.0), (0.5, 1.0), (2.0, 3.0), (0.06, 1.0), (100.0, 1.0)])
def test_sampling_begins_with_the_first_noise_that_is_at_most_as_strong(
    pipeline: Any, sigma: float, shift: float
) -> None:
    pipeline.scheduler = flow_scheduler(use_dynamic_shifting=False, shift=shift)
    shares: list[float] = []

    def note(_module: Any, _arguments: Any, keywords: dict[str, Any]) -> None:
        shares.append(float(keywords["timestep"][0]))

    handle = pipeline.transformer.register_forward_pre_hook(note, with_kwargs=True)
    settings = RenderSettings(width=64, height=64, steps=20, cfg=1.0)
    picture = np.full((64, 64, 3), 128, np.uint8)
    assert from_picture(pipeline, Canvas("a red circle"), settings, picture, sigma).shape == (64, 64, 3)
    handle.remove()

    own = flow_scheduler(use_dynamic_shifting=False, shift=shift)
    own.set_timesteps(sigmas=np.linspace(1, 1 / 20, 20))
    strengths = [share / (1 - share) if share < 1 else np.inf for share in own.sigmas[:-1].double().tolist()]
    assert len(shares) == sum(strength <= sigma for strength in strengths)
    assert shares[0] / (1 - shares[0]) <= sigma * (1 + 1e-4)


def test_where_the_schedule_goes_by_the_size_or_nothing_begins_from_pictures_it_cannot_be(pipeline: Any) -> None:
    pipeline.scheduler = flow_scheduler(use_dynamic_shifting=True)
    assert not begins_from_pictures(pipeline)
    pipeline.scheduler = flow_scheduler(use_dynamic_shifting=False)
    assert begins_from_pictures(pipeline)
    assert not begins_from_pictures(PIPELINES["Lumina 2"]())
    assert through_vae(pipeline, np.full((64, 64, 3), 128, np.uint8)).shape == (64, 64, 3)


def test_a_picture_goes_through_a_videos_autoencoder_as_the_pipeline_sends_it() -> None:
    pipeline = PIPELINES["Anima"]()
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        (theirs,) = pipeline._decoded(pipeline._encoded(pixels, 96, 64))
    assert np.abs(through_vae(pipeline, picture).astype(int) - np.asarray(theirs)).max() <= 1
