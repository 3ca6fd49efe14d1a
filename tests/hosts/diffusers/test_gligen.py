"""GLIGEN by itself: the latents of diffusers' own pipeline for the same boxes and phrases, and what is refused."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lib_omost.canvas import Canvas, Lora, Mask, Rect, Region
from lib_omost.errors import BadInputError, ModelError
from lib_omost.hosts.diffusers.checkpoint import SD1, Architecture, load_checkpoint, load_single_file
from lib_omost.hosts.diffusers.loras import LoraFolder
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.diffusers.steering import steer
from lib_omost.hosts.diffusers.trained.gligen import more_methods
from lib_omost.hosts.diffusers.trained.gligen_layers import add_layers_of, has_layers
from lib_omost.methods.names import UNET_METHODS
from tests.hosts.tiny_gligen import layers_in_the_original_layout, theirs, tiny_sd1

CPU = torch.device("cpu")
EXPORTER = Path(__file__).parents[3] / "tools" / "export_checkpoint.py"
RED = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")
BLUE = Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square.")
CANVAS = Canvas("A white background.", regions=(RED, BLUE))
EMPTY = Canvas("A white background.")
TOLERANCE = 1e-9  # of latents with a deviation of 15, in double precision: 2e-13 was seen
SEEN = 0.1


@pytest.fixture(scope="module")
def gated() -> Any:
    return tiny_sd1().to(torch.float64)


@pytest.fixture(scope="module")
def exporter() -> Any:
    spec = importlib.util.spec_from_file_location("export_checkpoint", EXPORTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settings(method: str = "gligen", **changes: Any) -> RenderSettings:
    return RenderSettings(**{"seed": 3, "steps": 4, "width": 64, "height": 64, "cfg": 4.0, "method": method} | changes)


def latents(pipeline: Any, canvas: Canvas = CANVAS, **changes: Any) -> torch.Tensor:
    with steer(pipeline, canvas, settings(**changes)) as inputs:
        return pipeline(**inputs, output_type="latent").images


def pictures(pipeline: Any, canvas: Canvas = CANVAS, **changes: Any) -> list[np.ndarray]:
    return [np.asarray(image, float) for image in render(pipeline, canvas, settings(**changes)).images]


def reference(pipeline: Any, **changes: Any) -> torch.Tensor:
    """Diffusers' own, with the words that the canvas gives and boxes and phrases written by hand."""
    from lib_omost.hosts.diffusers.loras import NO_LORAS
    from lib_omost.hosts.diffusers.references import NO_REFERENCES
    from lib_omost.hosts.diffusers.steering import prepare

    prepared = prepare(pipeline, CANVAS, settings(**changes), NO_LORAS, NO_REFERENCES)
    words, others = prepared.conditioned.context.embeddings, dict(prepared.conditioned.arguments)
    own = theirs(pipeline)
    found: torch.Tensor = own(
        prompt_embeds=words[None].expand(prepared.settings.batch, -1, -1),
        negative_prompt_embeds=others["negative_prompt_embeds"],
        guidance_scale=prepared.settings.cfg,
        gligen_phrases=["A blue square", "A red circle"],
        gligen_boxes=[
            [left / 90, top / 90, right / 90, bottom / 90] for top, bottom, left, right in (BLUE.rect, RED.rect)
        ],
        gligen_scheduled_sampling_beta=0.3,
        generator=prepared.generators(),
        num_inference_steps=prepared.settings.steps,
        width=64,
        height=64,
        output_type="latent",
    ).images
    own.enable_fuser(True)
    return found


@pytest.mark.parametrize(
    "changes", [{"steps": 7}, {"batch": 2}, {"cfg": 1.0}, {"steps": 3}, {"negative": "a ring"}], ids=str
)
def test_the_latents_are_those_of_diffusers_own_pipeline(gated: Any, changes: dict[str, Any]) -> None:
    ours, expected = latents(gated, **changes), reference(gated, **changes)
    assert torch.allclose(ours, expected, atol=TOLERANCE)
    plain = latents(gated, method="plain", **changes)
    if changes.get("steps") == 3:  # 0.3 of 3 steps are none
        assert torch.allclose(ours, plain, atol=TOLERANCE)
    else:
        assert (ours - plain).abs().max() > SEEN


def test_boxes_and_phrases_are_what_counts(gated: Any) -> None:
    here = latents(gated)
    moved = replace(CANVAS, regions=(replace(RED, free_rect=Rect(0, 20, 60, 90)), BLUE))
    assert (latents(gated, moved) - here).abs().max() > SEEN


def test_a_second_run_in_the_same_block_begins_anew(gated: Any) -> None:
    with steer(gated, CANVAS, settings()) as inputs:
        first, second = (
            gated(**{**inputs, "generator": torch.Generator().manual_seed(3)}, output_type="latent").images
            for _ in range(2)
        )
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    "changes",
    [{"denoise": 0.9}, {"hires": Hires(1.5, 0.5)}, {"batch": 2}, {"cfg": 1.0}],
    ids=lambda one: next(iter(one)),
)
def test_it_draws_whatever_the_picture_begins_from(gated: Any, untouched: Any, changes: dict[str, Any]) -> None:
    with untouched(gated):
        ours, again, plain = (pictures(gated, **changes, steps=6, method=one) for one in ("gligen", "gligen", "plain"))
    for one, same, other in zip(ours, again, plain, strict=True):
        assert np.array_equal(one, same)
        assert np.abs(one - other).max() > 2


def test_without_regions_the_words_alone_are_drawn(gated: Any) -> None:
    assert torch.equal(latents(gated, EMPTY), latents(gated, EMPTY, method="plain"))
    with steer(gated, EMPTY, settings()) as inputs:
        assert any("no regions to ground" in note for note in inputs.notes)


def test_what_it_has_no_place_for_is_told(gated: Any) -> None:
    region = replace(RED, negative="a ring", weight=0.5, mask=Mask(2, (1, 2)))
    with steer(gated, replace(CANVAS, regions=(region, BLUE)), settings()) as inputs:
        notes = inputs.notes
    assert "gligen knows boxes alone: their negative words were left out" in notes
    assert "gligen knows boxes alone: their weights were left out" in notes
    assert "gligen knows boxes alone: of a mask it is the box around it" in notes


def test_more_than_thirty_boxes_leave_the_smallest_out(gated: Any) -> None:
    large = [
        replace(RED, description=f"Thing {number}.", free_rect=Rect(0, 40, number, number + 40)) for number in range(30)
    ]
    small = replace(BLUE, description="A speck.", free_rect=Rect(80, 82, 80, 82))
    assert all(one.size > small.size for one in large)
    with steer(gated, replace(CANVAS, regions=(small, *large)), settings(steps=4)) as inputs:
        assert any("at most 30 boxes" in note and "A speck" in note for note in inputs.notes)
        assert gated(**inputs, output_type="latent").images.isfinite().all()


def test_a_regions_lora_still_holds_in_its_part(
    gated: Any, lora_tensors: Callable[..., dict[str, torch.Tensor]], tmp_path: Path
) -> None:
    layer = gated.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn1.to_q
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    save_file(lora_tensors({name: layer}, strength=20.0), tmp_path / "strong.safetensors")
    canvas = replace(CANVAS, regions=(replace(RED, loras=(Lora("strong", 1.0),)), BLUE))
    rendered = render(gated, canvas, settings(), loras=LoraFolder(tmp_path))
    (without,) = pictures(gated)
    assert np.abs(np.asarray(rendered.images[0], float) - without).max() > 1


def test_a_checkpoint_without_the_layers_says_where_they_are_to_be_had(mini: Any, tiny_sdxl: Any) -> None:
    for pipeline, kind in ((mini, "SD1.x"), (tiny_sdxl, "SDXL")):
        assert more_methods(pipeline) == ()
        with pytest.raises(BadInputError, match=f"the method gligen cannot steer {kind}") as refused:
            render(pipeline, CANVAS, settings())
        assert "gligen_sd14_textbox_pruned.safetensors" in refused.value.hint
        assert "choose sketch or score" in refused.value.hint


def test_a_checkpoint_with_the_layers_still_does_all_else(gated: Any) -> None:
    assert more_methods(gated) == ("gligen",)
    for method in (*UNET_METHODS, "gligen"):
        assert pictures(gated, method=method, steps=2)[0].std() > 0


def test_diffusers_pipeline_for_it_is_not_called_with_a_canvas(gated: Any) -> None:
    with pytest.raises(BadInputError, match="StableDiffusionGLIGENPipeline") as refused:
        render(theirs(gated), CANVAS, settings())
    assert "StableDiffusionPipeline" in refused.value.hint


@pytest.mark.parametrize("as_theirs", [True, False])
def test_a_folder_that_has_the_layers_draws_with_them(gated: Any, tmp_path: Path, *, as_theirs: bool) -> None:
    (theirs(gated) if as_theirs else gated).save_pretrained(tmp_path)
    loaded = load_checkpoint(tmp_path, CPU)
    assert type(loaded).__name__ == "StableDiffusionPipeline"
    assert more_methods(loaded) == ("gligen",)
    loaded.to(torch.float64).scheduler = gated.scheduler
    assert torch.allclose(latents(loaded), latents(gated), atol=TOLERANCE)


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_a_file_of_the_layers_stands_beside_a_checkpoint(
    gated: Any, exporter: Any, tmp_path: Path, suffix: str
) -> None:
    tensors, file = layers_in_the_original_layout(gated.unet, exporter), tmp_path / f"layers{suffix}"
    if suffix == ".ckpt":
        torch.save(tensors, file)
    else:
        save_file(tensors, file)
    plain = tiny_sd1(gated=False).to(torch.float64)
    assert not has_layers(plain.unet)
    add_layers_of(plain.unet, file)
    assert torch.allclose(latents(plain), latents(gated), atol=TOLERANCE)


def test_a_checkpoint_in_one_file_keeps_the_layers_that_it_has(gated: Any, exporter: Any, tmp_path: Path) -> None:
    plain = tiny_sd1(gated=False)
    layers = layers_in_the_original_layout(gated.unet, exporter)
    tensors = exporter.single_file_tensors(plain) | {
        f"model.diffusion_model.{name}": one for name, one in layers.items()
    }
    file = tmp_path / "whole.safetensors"
    save_file({name: one.contiguous() for name, one in tensors.items()}, file)
    (tmp_path / "model_index.json").write_text((SD1.config / "model_index.json").read_text())
    for part in ("unet", "vae", "scheduler"):
        getattr(plain, part).save_config(tmp_path / part)
    plain.text_encoder.config.save_pretrained(tmp_path / "text_encoder")
    like = Architecture(SD1.name, SD1.marker, tmp_path, SD1.pipeline, SD1.padding)
    loaded = load_single_file(file, torch.float32, like)
    loaded.to(torch.float64).scheduler = gated.scheduler
    assert torch.allclose(latents(loaded), latents(gated), atol=TOLERANCE)


def test_files_of_other_things_are_refused_by_name(gated: Any, mini: Any, exporter: Any, tmp_path: Path) -> None:
    layers = layers_in_the_original_layout(gated.unet, exporter)
    incomplete = {name: one for name, one in layers.items() if not name.startswith("middle_block")}
    wide = {name: torch.cat([one, one]) if one.dim() else one for name, one in layers.items()}
    plain = tiny_sd1(gated=False).to(torch.float64)
    before = set(plain.unet.state_dict())
    for name, tensors, said in (
        ("nothing", {"other": torch.zeros(1)}, "nothing.safetensors has no grounded layers"),
        ("incomplete", incomplete, "incomplete.safetensors does not fit this checkpoint"),
        ("wide", wide, "wide.safetensors does not fit this checkpoint"),
    ):
        save_file(tensors, tmp_path / f"{name}.safetensors")
        with pytest.raises(BadInputError, match=said) as refused:
            add_layers_of(plain.unet, tmp_path / f"{name}.safetensors")
        assert "gligen_sd14_textbox_pruned" in refused.value.hint
    with pytest.raises(ModelError, match="cannot read"):
        add_layers_of(plain.unet, tmp_path / "none.safetensors")
    save_file(layers, tmp_path / "layers.safetensors")
    with pytest.raises(BadInputError, match="does not fit"):
        load_checkpoint(None, CPU, tmp_path / "layers.safetensors")
    assert set(plain.unet.state_dict()) == before
