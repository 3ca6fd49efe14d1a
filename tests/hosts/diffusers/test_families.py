"""Pictures by diffusion transformers: tiny folders of random weights, read and rendered from end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.defaults.checkpoints import methods_for
from lib_omost.errors import BadInputError, ModelError
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint, memory_told
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.needs import Needs, needs_of
from lib_omost.hosts.diffusers.render import Rendered, render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from tests.hosts.tiny_pipelines import PIPELINES
from tests.kinds import FAMILY

CPU = torch.device("cpu")
FEW: dict[str, Any] = {"steps": 2, "seed": 5, "width": 64, "height": 96}


@pytest.fixture(scope="module", params=PIPELINES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of one family."""
    made = tmp_path_factory.mktemp("family") / request.param.replace(" ", "-")
    PIPELINES[request.param]().save_pretrained(made)
    return Path(made)


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Any:
    """As it is read from its folder."""
    return load_checkpoint(folder, CPU)


@pytest.fixture
def untouched(pipeline: Any) -> Iterator[None]:
    def traces() -> list[object]:
        modules = dict(pipeline.transformer.named_modules())
        return [
            (name, module.__dict__.get("forward"), tuple(module._forward_pre_hooks)) for name, module in modules.items()
        ]

    before, parts = traces(), dict(pipeline.components)
    yield
    assert traces() == before
    assert all(pipeline.components[name] is part for name, part in parts.items())


def pixels(rendered: Rendered, number: int = 0) -> np.ndarray:
    return np.asarray(rendered.images[number], dtype=np.float32)


def drawn(pipeline: Any, canvas: Canvas, **settings: Any) -> Rendered:
    return render(pipeline, canvas, RenderSettings(**FEW | settings))


@pytest.mark.usefixtures("untouched")
def test_a_canvas_becomes_a_picture_that_follows_its_regions(pipeline: Any, circle_and_square: Canvas) -> None:
    rendered = drawn(pipeline, circle_and_square)
    assert rendered.images[0].size == (64, 96)
    assert pixels(rendered).std() > 3
    assert np.array_equal(pixels(drawn(pipeline, circle_and_square)), pixels(rendered))
    plain = drawn(pipeline, circle_and_square, method="plain")
    assert not np.array_equal(pixels(plain), pixels(rendered))


def own_picture(pipeline: Any, **options: Any) -> Any:
    """What diffusers makes of "a red circle." by itself."""
    name = family_of(pipeline).name
    if name == "Anima":
        from diffusers.modular_pipelines.anima import AnimaAutoBlocks

        blocks = AnimaAutoBlocks().init_pipeline()
        blocks.update_components(**pipeline.components)
        blocks.set_progress_bar_config(disable=True)
        return blocks(prompt="a red circle.", negative_prompt="", **options, output="images")[0]
    if name == "Chroma":  # its masks are of numbers, which torch adds to the scores; meant is what may be seen
        for given, text in (("", "a red circle."), ("negative_", "")):
            embeddings, mask = pipeline._get_t5_prompt_embeds(text)
            options |= {f"{given}prompt_embeds": embeddings, f"{given}prompt_attention_mask": mask.bool()}
        return pipeline(**options).images[0]
    guidance = OWN_GUIDANCE[name]
    return pipeline(prompt="a red circle.", **options, **guidance).images[0]


@pytest.mark.usefixtures("untouched")
def test_a_canvas_without_regions_is_diffusers_own_picture(pipeline: Any) -> None:
    ours = drawn(pipeline, Canvas("a red circle"))
    generator = [torch.Generator().manual_seed(5)]
    theirs = own_picture(pipeline, width=64, height=96, num_inference_steps=2, generator=generator)
    assert np.abs(pixels(ours) - np.asarray(theirs, dtype=np.float32)).max() <= OWN_TOLERANCE.get(
        family_of(pipeline).name, 0
    )


OWN_GUIDANCE: dict[str, dict[str, Any]] = {
    "Flux 1": {"guidance_scale": 3.5},
    "Flux 1 Kontext": {"guidance_scale": 3.5, "max_area": 64 * 96},
    "Z-Image": {"guidance_scale": 0.0},
    "Qwen-Image": {"negative_prompt": ""},
    "Lumina 2": {"negative_prompt": ""},
    "SD3": {"negative_prompt": "", "guidance_scale": 4.5},
    "Flux.2 Klein": {"guidance_scale": 4.0},
}
# Levels of 255: padding left out is rounded otherwise than padding that is masked, and so is attention of our own.
OWN_TOLERANCE = {"Chroma": 1, "Anima": 1, "Lumina 2": 1}


@pytest.mark.usefixtures("untouched")
def test_each_picture_of_a_batch_is_the_one_drawn_alone(pipeline: Any, circle_and_square: Canvas) -> None:
    both = drawn(pipeline, circle_and_square, batch=2, cfg=2.0, negative="blurry")
    for number in range(2):
        alone = drawn(pipeline, circle_and_square, seed=5 + number, cfg=2.0, negative="blurry")
        assert np.abs(pixels(both, number) - pixels(alone)).max() <= 2
    assert np.abs(pixels(both) - pixels(both, 1)).mean() > 1


@pytest.mark.usefixtures("untouched")
def test_the_negative_prompt_counts_over_1_alone(pipeline: Any, circle_and_square: Canvas) -> None:
    at_1 = [pixels(drawn(pipeline, circle_and_square, cfg=1.0, negative=text)) for text in ("", "blurry people")]
    over_1 = [pixels(drawn(pipeline, circle_and_square, cfg=3.0, negative=text)) for text in ("", "blurry people")]
    assert np.array_equal(*at_1)
    assert not np.array_equal(*over_1)


@pytest.mark.usefixtures("untouched")
def test_a_start_from_the_draft_and_a_larger_pass_or_their_refusal(pipeline: Any, circle_and_square: Canvas) -> None:
    settings: dict[str, Any] = {"steps": 4, "denoise": 0.75, "hires": Hires(1.5, 0.5)}
    if family_of(pipeline).images is None:
        with pytest.raises(BadInputError, match="cannot begin from another"):
            drawn(pipeline, circle_and_square, **settings)
        return
    seen: list[tuple[str, int, int]] = []
    asked = RenderSettings(**FEW | settings)
    rendered = render(pipeline, circle_and_square, asked, lambda *step: seen.append(step))
    assert rendered.images[0].size == (96, 144)
    assert seen == [("drawing", step, 3) for step in (1, 2, 3)] + [("hires", step, 2) for step in (1, 2)]


@pytest.mark.usefixtures("untouched")
def test_a_fault_in_a_step_leaves_nothing(pipeline: Any, circle_and_square: Canvas) -> None:
    def stop(*_step: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(pipeline, circle_and_square, RenderSettings(**FEW), stop)


def test_what_a_family_cannot_do_is_refused_by_name(pipeline: Any, circle_and_square: Canvas) -> None:
    family = family_of(pipeline)
    for method in FAMILY:
        with pytest.raises(BadInputError, match=rf"{method} cannot steer {family.name}") as refused:
            drawn(pipeline, circle_and_square, method=method)
        assert refused.value.hint == f"choose {' or '.join(methods_for(family.drawn_by, '', family.name))}"
    if "score" not in family.drawn_by:
        with pytest.raises(BadInputError, match=rf"score cannot steer {family.name}"):
            drawn(pipeline, circle_and_square, method="score")
    with pytest.raises(BadInputError, match="no multiple of 16"):
        drawn(pipeline, circle_and_square, width=72)


def test_the_memory_that_a_folder_takes_is_told_beforehand(folder: Path, pipeline: Any) -> None:
    parts = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    numbers = sum(parameter.numel() for part in parts for parameter in part.parameters())
    family = family_of(pipeline)
    needs = needs_of(folder, family, CPU)
    assert abs(needs.weights / (4 * numbers) - 1) < 0.05  # buffers are saved too, and shared weights once
    told = memory_told(folder, CPU)
    assert told is not None
    assert told.startswith(f"the model's weights take {needs.weights / 1e9:.1f} GB on the CPU")
    assert "may fail" in Needs(2 * 10**9, 10**9, "the graphics card").told
    assert "may fail" not in Needs(2 * 10**9, None, "the graphics card").told


def test_a_folder_with_a_class_of_its_own_or_without_a_part_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in folder.iterdir():
        if part.name not in ("model_index.json", "transformer"):
            (copy / part.name).symlink_to(part)
    index = json.loads((folder / "model_index.json").read_text())
    (copy / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match=r"transformer/config\.json is missing"):
        load_checkpoint(copy, CPU)
    (copy / "model_index.json").write_text(json.dumps(index | {"transformer": ["evil", "Evil"]}))
    with pytest.raises(BadInputError, match="Evil as its transformer"):
        load_checkpoint(copy, CPU)
