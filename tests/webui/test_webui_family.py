"""Methods of others' papers in a WebUI: they draw a job, leave nothing behind, and are refused where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.self_attention import self_attention_layers
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.capabilities.patches import refuse_replacements
from lib_omost.methods.registry import METHODS
from tests.kinds import FAMILY
from tests.webui.conftest import CHANNELS, CrossAttention

CODE = write_canvas(
    Canvas(
        "A white background.",
        regions=(
            Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle."),
            Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square."),
        ),
    )
)
CALLED = [name for name in FAMILY if METHODS[name].denoiser_call is not None]
OF_PIXELS = [name for name in FAMILY if METHODS[name].pixels is not None]


@pytest.fixture
def with_pixels(job: Any, unet: Any) -> Any:
    """The job's UNet has self-attention beside its cross-attention."""
    for block in unet.blocks:
        block.attn1 = CrossAttention()
        block.attn1.to_k = block.attn1.to_v = torch.nn.Linear(CHANNELS, CHANNELS, bias=False)
    return job


def own_forwards(unet: Any) -> list[str]:
    return [name for name, module in unet.named_modules() if "forward" in vars(module)]


@pytest.mark.parametrize("method", FAMILY)
def test_it_draws_another_picture_and_leaves_nothing(with_pixels: Any, unet: Any, run: Callable, method: str) -> None:
    plain, score = (run(with_pixels, {"canvas": CODE, "method": name}) for name in ("plain", "score"))
    ours = run(with_pixels, {"canvas": CODE, "method": method})
    assert torch.isfinite(ours).all()
    assert not torch.allclose(ours, score, atol=1e-4)
    assert not torch.allclose(ours, plain, atol=1e-4)
    assert own_forwards(unet) == []
    assert torch.equal(run(with_pixels, {"canvas": CODE, "method": "score"}), score)
    assert with_pixels.extra_generation_params["Omost method"] == "score"


@pytest.mark.parametrize("method", OF_PIXELS)
def test_hypernetworks_reach_pixels_too(with_pixels: Any, unet: Any, modules: Any, method: str) -> None:
    modules.hypernetworks.append((lambda tokens: tokens + 1, lambda tokens: tokens + 2))
    rule = METHODS[method].pixels
    assert rule is not None
    found = self_attention_layers(unet, denoiser_of(with_pixels.sd_model).layers, rule)
    assert len(found) == 2
    for layer in found:
        keys, values = layer.contexts(torch.zeros(1, 3, CHANNELS))
        assert (float(keys.mean()), float(values.mean())) == (1, 2)


class Whole:
    """As A1111's ControlNet: the model's forward is its own, which adds what it made for the whole latent."""

    def __init__(self, unet: Any) -> None:
        self.sizes: list[tuple[int, ...]] = []
        own = unet.forward

        def forward(x: torch.Tensor, *arguments: Any, **keywords: Any) -> torch.Tensor:
            self.sizes.append(tuple(x.shape[-2:]))
            return own(x, *arguments, **keywords) * 1.5

        unet.forward = forward


@pytest.mark.parametrize("method", CALLED)
def test_beside_an_extension_that_calls_the_model_methods_of_crops_alone_are_refused(
    job: Any, unet: Any, run: Callable, method: str
) -> None:
    own, whole = run(job, {"canvas": CODE, "method": method}), Whole(unet)
    if getattr(METHODS[method].denoiser_call, "crops", False):
        with pytest.raises(
            OmostError, match=rf"{method} draws parts of the picture, and another extension \(.*\) gives"
        ):
            run(job, {"canvas": CODE, "method": method})
        assert whole.sizes == []
    else:
        assert not torch.allclose(run(job, {"canvas": CODE, "method": method}), own, atol=1e-4)
        assert set(whole.sizes) == {(11, 8)}
    del unet.forward
    assert torch.equal(run(job, {"canvas": CODE, "method": method}), own)


@pytest.mark.parametrize("method", OF_PIXELS)
def test_token_merging_is_refused_by_the_methods_name(with_pixels: Any, run: Callable, method: str) -> None:
    with_pixels.get_token_merging_ratio = lambda for_hr: 0.5
    run(with_pixels, {"canvas": CODE, "method": "score"})
    with pytest.raises(OmostError, match=f"{method} cannot draw with token merging"):
        run(with_pixels, {"canvas": CODE, "method": method})


@pytest.mark.parametrize("method", OF_PIXELS)
def test_a_model_without_such_layers_is_refused(job: Any, unet: Any, run: Callable, method: str) -> None:
    with pytest.raises(OmostError, match="needs self-attention beside cross-attention"):
        run(job, {"canvas": CODE, "method": method})
    assert own_forwards(unet) == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["attn1", "attn2"])
def test_patches_that_compute_attention_are_refused_where_they_would_go_astray(kind: str, method: str) -> None:
    patched = {"patches_replace": {kind: {("input", 1): lambda *_: None}}}
    model = SimpleNamespace(
        forge_objects=SimpleNamespace(unet=SimpleNamespace(model_options={"transformer_options": patched}))
    )
    parts = METHODS[method]
    if parts.denoiser_call is not None or (parts.pixels is not None and kind == "attn1"):
        with pytest.raises(OmostError, match=f"the method {method} cannot stand beside") as refused:
            refuse_replacements(model, parts)
        assert refused.value.hint
    else:
        refuse_replacements(model, parts)
    refuse_replacements(SimpleNamespace(), parts)
