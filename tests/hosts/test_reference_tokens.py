"""Reference pictures as tokens, in small transformers of the real architectures: Flux Kontext's and Flux.2 Klein's."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import Canvas, Rect, Reference, Region
from lib_omost.errors import BadInputError, OmostError
from lib_omost.hosts.diffusers.loras import NO_LORAS
from lib_omost.hosts.diffusers.references import References
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.steering import prepare
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.reference_tokens import ReferenceTokens, numbers, shown_tokens, spans_of
from lib_omost.methods.registry import METHODS
from lib_omost.pictures.references import ReferencePictures
from tests.hosts.conftest import hooks_of
from tests.hosts.naive_joint import allowed_beside, naive
from tests.hosts.test_joint_exactness import HEIGHT, SPANS, WIDTH, Attended, Spy, latents
from tests.hosts.tiny_pipelines import flux_pipeline, klein_pipeline, kontext_pipeline
from tests.hosts.tiny_transformers import TRANSFORMERS, Tiny

LEFT, RIGHT, WHOLE = (0, 90, 0, 45), (40, 90, 30, 90), (0, 90, 0, 90)
FEW = RenderSettings(width=64, height=96, steps=2, seed=5)


@pytest.fixture(params=["flux", "klein"])
def tiny(request: pytest.FixtureRequest) -> Tiny:
    return TRANSFORMERS[request.param]()


def context_of(tiny: Tiny, spans: tuple[Span, ...] = SPANS) -> RegionalContext:
    return RegionalContext(torch.randn(20, tiny.channels, generator=torch.Generator().manual_seed(3)), spans)


def picture(tiny: Tiny, rect: tuple[int, int, int, int], count: int = 6, seed: int = 7) -> ReferenceTokens:
    tokens = torch.randn(count, 16, generator=torch.Generator().manual_seed(seed))
    axes = 4 if "Flux2" in type(tiny.denoiser.module).__name__ else 3
    places = torch.zeros(count, axes, dtype=torch.long)
    places[:, 0], places[:, 2] = 10 if axes == 4 else 1, torch.arange(count)
    return ReferenceTokens(rect, 0.0, None, 1.0, tokens, places)


def steered(
    tiny: Tiny, context: RegionalContext, pictures: list[ReferenceTokens], method: str = "layout"
) -> AbstractContextManager[Any]:
    return regional_attention(
        tiny.denoiser, [context], METHODS[method], height=HEIGHT, width=WIDTH, pictures=shown_tokens(pictures)
    )


def attended(tiny: Tiny, context: RegionalContext, pictures: list[ReferenceTokens], text: Any = None) -> list[Attended]:
    with Spy() as spy, steered(tiny, context, pictures):
        tiny.call(latents(), context.embeddings[None] if text is None else text)
    return spy.seen


@pytest.mark.parametrize("rects", [(LEFT,), (LEFT, RIGHT), (WHOLE, LEFT)], ids=str)
def test_every_layers_attention_is_the_naive_one_in_float64(tiny: Tiny, rects: tuple[Any, ...]) -> None:
    pictures = [picture(tiny, rect, 6 + number, 7 + number) for number, rect in enumerate(rects)]
    context = context_of(tiny)
    other = torch.randn(1, 7, tiny.channels, generator=torch.Generator().manual_seed(8))
    for text, texts in ((context.embeddings[None], SPANS), (other, (Span(0, 7, WHOLE),))):
        calls = attended(tiny, context, pictures, text)
        assert len(calls) == len(tiny.denoiser.layers)
        seen = allowed_beside(texts, spans_of(pictures), HEIGHT // 2, WIDTH // 2)
        for one in calls:
            assert one.bias is not None
            assert one.query.shape[2] == len(seen)
            assert torch.allclose(one.out.double(), naive(one, seen), atol=1e-5)


def test_the_call_has_the_latents_shape_and_leaves_nothing(tiny: Tiny) -> None:
    context, pictures = context_of(tiny), [picture(tiny, LEFT)]
    before = tiny.call(latents(2), context.embeddings.expand(2, -1, -1))
    with steered(tiny, context, []):
        without = tiny.call(latents(2), context.embeddings.expand(2, -1, -1))
    hooks = hooks_of(tiny.denoiser.module)
    with steered(tiny, context, pictures):
        ours = tiny.call(latents(2), context.embeddings.expand(2, -1, -1))
        alone = tiny.call(latents(), context.embeddings[None])
    assert hooks_of(tiny.denoiser.module) == hooks
    assert ours.shape == latents(2).shape
    assert torch.allclose(ours[:1], alone, atol=1e-5)
    assert (ours - without).abs().max() > 1e-3
    assert torch.equal(tiny.call(latents(2), context.embeddings.expand(2, -1, -1)), before)


def test_numbers_differ_where_pictures_meet() -> None:
    rects = [(0, 90, 0, 45), (0, 90, 45, 90), (0, 45, 0, 90), (60, 90, 0, 10)]
    assert numbers([(rect, 0.0, None) for rect in rects]) == [0, 0, 1, 1]
    assert numbers([(WHOLE, 0.0, None)] * 3) == [0, 1, 2]
    assert numbers([(rects[0], 10.0, None), (rects[1], 10.0, None)]) == [0, 1]  # their soft edges meet
    assert numbers([]) == []


def canvas_with(*pictures: tuple[str, Rect]) -> Canvas:
    region = Region("on the left", "no offset", "a small square area", 5.0, "A red circle.")
    regions = [replace(region, free_rect=rect, reference=Reference(name)) for name, rect in pictures]
    return Canvas("A white background.", regions=tuple(regions))


@pytest.fixture
def kept(tmp_path: Path) -> Callable[..., tuple[References, list[str]]]:
    """So many pictures, kept."""

    def make(count: int = 1, size: tuple[int, int] = (90, 70)) -> tuple[References, list[str]]:
        pictures, names = ReferencePictures(tmp_path), []
        for seed in range(count):
            pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            names.append(pictures.keep(file.getvalue()))
        return References(pictures), names

    return make


def own_edit(pipeline: Any, canvas: Canvas, references: References, settings: RenderSettings) -> np.ndarray:
    """The pipeline's own, of the same prompt and pictures."""
    bare = replace(canvas, regions=tuple(replace(region, reference=None) for region in canvas.regions))
    prepared = prepare(pipeline, bare, settings, NO_LORAS, references)
    images = [references.pictures.image(one.reference.picture) for one in canvas.far_to_near() if one.reference]
    found = pipeline(
        **prepared.conditioned.arguments,
        image=images if len(images) > 1 else images[0],
        width=prepared.width,
        height=prepared.height,
        num_inference_steps=settings.steps,
        generator=prepared.generators(),
    )
    return np.asarray(found.images[0])


@pytest.mark.parametrize(
    ("make", "count", "cfg"), [(kontext_pipeline, 1, 1.0), (klein_pipeline, 1, 1.0), (klein_pipeline, 2, 4.0)]
)
def test_over_the_whole_picture_it_is_the_pipelines_own_edit(make: Any, count: int, cfg: float, kept: Any) -> None:
    """To the last bit, with as many pictures as the pipeline takes, under guidance too."""
    pipeline = make()
    references, names = kept(count)
    canvas = canvas_with(*((name, Rect(*WHOLE)) for name in names))
    settings = replace(FEW, method="plain", cfg=cfg)
    ours = render(pipeline, canvas, settings, references=references).images[0]
    assert ours.size == (64, 96)
    assert np.array_equal(np.asarray(ours), own_edit(pipeline, canvas, references, settings))


def test_in_one_region_each_picture_counts_and_none_stays(kept: Any) -> None:
    pipeline = klein_pipeline()
    references, (name, other) = kept(2)
    left, right = Rect(*LEFT), Rect(0, 90, 45, 90)

    def drawn(*pictures: tuple[str, Rect], **settings: Any) -> np.ndarray:
        return np.asarray(
            render(pipeline, canvas_with(*pictures), replace(FEW, **settings), references=references).images[0]
        )

    one, two = drawn((name, left), (name, right)), drawn((name, left), (other, right))
    assert not np.array_equal(one, two)
    for method in ("layout", "plain"):
        assert not np.array_equal(drawn((name, left), method=method), drawn((other, left), method=method))
    assert np.array_equal(drawn((name, left), (other, right)), two)


def test_what_cannot_be_read_is_refused(kept: Any) -> None:
    references, (name,) = kept(1, (12, 40))
    with pytest.raises(BadInputError, match="cannot read a region's reference picture: Image too small"):
        render(klein_pipeline(), canvas_with((name, Rect(*LEFT))), FEW, references=references)
    with pytest.raises(OmostError, match=r"FluxTransformer2DModel\) can have no reference picture") as refused:
        render(flux_pipeline(), canvas_with((name, Rect(*LEFT))), FEW, references=references)
    assert "Flux 1 Kontext" in str(refused.value.hint)
