"""Bags through the pipelines' own text encoders."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.host import host_of
from lib_omost.hosts.diffusers.shared import encode
from lib_omost.hosts.diffusers.shared.conditioning import Conditioning, conditioning_of
from lib_omost.hosts.diffusers.shared.encode import encode_bags, tokenize_with
from lib_omost.hosts.wording import Wording


def conditioning(pipeline: Any, canvas: Canvas, negative: str = "", method: str = "score") -> Conditioning:
    return conditioning_of(host_of(pipeline, 1), pipeline, canvas, Wording(method), negative=negative)


TEXTS = ["A red circle.", "", "A blue square. Three green rings on a gray background.", "ring " * 75]


@pytest.mark.parametrize("model", ["mini", "tiny_sdxl"])
def test_bags_together_are_the_bags_one_by_one(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    pipeline = request.getfixturevalue(model)
    bags = [tokenize_with(pipeline.tokenizer)(text) for text in TEXTS]
    together = encode_bags(pipeline, bags)
    monkeypatch.setattr(encode, "ROWS_A_CALL", 3)
    in_two_calls = encode_bags(pipeline, bags)
    for number, bag in enumerate(bags):
        alone = encode_bags(pipeline, [bag])
        for several in (together, in_two_calls):
            assert torch.allclose(several.embeddings[number], alone.embeddings[0], atol=1e-5)
            if alone.pooled is not None:
                assert torch.allclose(several.pooled[number], alone.pooled[0], atol=1e-5)
    assert together.embeddings.shape[:2] == (len(bags), 77)


def test_one_call_of_the_encoder_serves_an_ordinary_canvas(mini: Any, circle_and_square: Canvas) -> None:
    calls = []
    handle = mini.text_encoder.register_forward_hook(lambda *_: calls.append(1))
    try:
        conditioning(mini, circle_and_square, "blurry")
    finally:
        handle.remove()
    assert calls == [1]


@pytest.mark.parametrize("model", ["mini", "tiny_sdxl"])
@pytest.mark.parametrize("text", TEXTS[:3])
def test_a_bag_is_encoded_as_the_pipeline_encodes_a_prompt(
    request: pytest.FixtureRequest, model: str, text: str
) -> None:
    pipeline = request.getfixturevalue(model)
    theirs = pipeline.encode_prompt(
        prompt=text, device=torch.device("cpu"), num_images_per_prompt=1, do_classifier_free_guidance=False
    )
    ours = encode_bags(pipeline, [tokenize_with(pipeline.tokenizer)(text)])
    assert torch.allclose(ours.embeddings, theirs[0], atol=1e-5)
    if model == "tiny_sdxl":
        assert torch.allclose(ours.pooled, theirs[2], atol=1e-5)


def test_over_75_tokens_are_refused(mini: Any) -> None:
    with pytest.raises(ValueError, match="76 tokens"):
        encode_bags(mini, [list(range(76))])


def test_the_pooled_vector_is_that_of_the_global_regions_first_bag(tiny_sdxl: Any, circle_and_square: Canvas) -> None:
    pooled = conditioning(tiny_sdxl, circle_and_square).pooled
    ids = tokenize_with(tiny_sdxl.tokenizer)("A white background.")
    assert torch.allclose(pooled, encode_bags(tiny_sdxl, [ids]).pooled[0], atol=1e-5)


def test_an_empty_negative_prompt_is_zero_where_the_checkpoint_says_so(
    tiny_sdxl: Any, mini: Any, circle_and_square: Canvas
) -> None:
    zeroed = conditioning(tiny_sdxl, circle_and_square, " ")
    assert not zeroed.negative.any()
    assert not zeroed.negative_pooled.any()
    encoded = conditioning(mini, circle_and_square)
    assert torch.allclose(encoded.negative, encode_bags(mini, [[]]).embeddings[0], atol=1e-5)


def test_a_long_negative_prompt_is_kept_whole_and_the_user_told(mini: Any, circle_and_square: Canvas) -> None:
    negative = ", ".join(["blurry", "ugly", "noise"] * 40)
    encoded = conditioning(mini, circle_and_square, negative)
    assert encoded.negative.shape[0] % 77 == 0
    assert encoded.negative.shape[0] > 77 * 2
    assert any("split" in note for note in encoded.notes)


def test_plain_joins_every_sub_prompt_once_for_the_whole_picture(mini: Any, circle_and_square: Canvas) -> None:
    context = conditioning(mini, circle_and_square, method="plain").context
    ids = tokenize_with(mini.tokenizer)("A white background. A blue square. A red circle.")
    assert [span.rect for span in context.spans] == [(0, 90, 0, 90)]
    assert torch.allclose(context.embeddings, encode_bags(mini, [ids]).embeddings[0], atol=1e-5)
