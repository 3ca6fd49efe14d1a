"""Flux.2 Klein, distilled and not: what its folder says of itself, and what is told where that leaves nothing to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families.flux2_klein import DISTILLED, KleinTexts
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.prompts import Bag
from tests.hosts.tiny_pipelines import klein_pipeline

SMALL = RenderSettings(width=64, height=64, steps=2, seed=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("klein")
    klein_pipeline(distilled=True).save_pretrained(made)
    return made


def test_a_distilled_folder_is_drawn_without_guidance_and_that_is_told(folder: Path, circle_and_square: Canvas) -> None:
    pipeline = load_checkpoint(folder, torch.device("cpu"))
    assert pipeline.config.is_distilled
    one, other = (render(pipeline, circle_and_square, replace(SMALL, negative=text)) for text in ("", "blurry"))
    assert np.array_equal(np.asarray(one.images[0]), np.asarray(other.images[0]))
    assert (DISTILLED in one.notes, DISTILLED in other.notes) == (False, True)


@pytest.mark.parametrize("said", ["yes", 1, ["Evil"], None])
def test_what_a_folder_says_otherwise_than_by_yes_is_no(folder: Path, said: Any) -> None:
    file = folder / "model_index.json"
    before = file.read_text()
    file.write_text(json.dumps(json.loads(before) | {"is_distilled": said}))
    try:
        assert load_checkpoint(folder, torch.device("cpu")).config.is_distilled is False
    finally:
        file.write_text(before)


@pytest.mark.parametrize("text", ["", "a red circle", "a red circle " * 30])
def test_a_text_with_its_padding_is_what_the_pipeline_encodes(text: str) -> None:
    pipeline = klein_pipeline()
    texts = KleinTexts(pipeline)
    (found,) = texts.encode([Bag((text,) if text else (), tuple(texts.tokenize(text)))])
    theirs, _ = pipeline.encode_prompt(text)
    assert found.padding is not None
    assert torch.allclose(torch.cat([found.tokens, found.padding]), theirs[0], atol=1e-5)
    assert texts.limit + len(found.tokens) - len(texts.tokenize(text)) == 512
