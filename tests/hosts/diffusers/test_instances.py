"""InstanceDiffusion by itself: a prediction against plain functions of the published tensors, its sampler, faults."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from lib_omost.canvas import Canvas, Rect, Reference, Region
from lib_omost.errors import BadInputError, ModelError
from lib_omost.hosts.diffusers import render as render_module
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.steering import steer
from lib_omost.hosts.diffusers.trained.gligen import Grounded, grounding_run, more_methods
from lib_omost.hosts.diffusers.trained.instance_layers import add_instances_of
from lib_omost.methods.registry import METHODS
from tests.hosts.tiny_gligen import TEXT, tiny_sd1
from tests.hosts.tiny_instances import instance_tensors, three_files

CPU = torch.device("cpu")
EXPORTER = Path(__file__).parents[3] / "tools" / "export_checkpoint.py"
RED = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", free_rect=Rect(0, 45, 0, 60))
BLUE = Region(
    "on the right", "no offset", "a small vertical area", 3.0, "A blue square.", free_rect=Rect(30, 90, 40, 90)
)
CANVAS = Canvas("A white background.", regions=(RED, BLUE))
METHOD = "instancediffusion"
GROUNDING = METHODS[METHOD].grounding
TOLERANCE = 1e-6  # of a prediction with a deviation of 1, in double precision; FFT is single
Tensors = Mapping[str, torch.Tensor]


@pytest.fixture(scope="module")
def exporter() -> Any:
    spec = importlib.util.spec_from_file_location("export_checkpoint", EXPORTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tensors(exporter: Any) -> dict[str, torch.Tensor]:
    return instance_tensors(exporter)


@pytest.fixture(scope="module")
def instances(tensors: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Any:
    pipeline = tiny_sd1(gated=False).to(torch.float64)
    add_instances_of(pipeline.unet, three_files(tensors, tmp_path_factory.mktemp("three")))
    return pipeline


def naive_tokens(own: Tensors, boxes: torch.Tensor, phrases: torch.Tensor, there: list[bool]) -> torch.Tensor:
    """(4·N + 64, C): one thing after the other, one kind of place after the other."""

    def mlp(number: int, x: torch.Tensor) -> torch.Tensor:
        for place in (0, 2, 4):
            name = f"position_net.linears_list.{number}.{place}"
            x = own[f"{name}.weight"] @ x + own[f"{name}.bias"]
            x = x if place == 4 else x * torch.sigmoid(x)
        return x

    def fourier(values: list[float]) -> torch.Tensor:
        waves = []
        for number in range(16):
            speed = 100 ** (number / 16)
            waves += [math.sin(speed * one) for one in values] + [math.cos(speed * one) for one in values]
        return torch.tensor(waves, dtype=torch.float64)

    out = []
    for number, kind in enumerate(("position", "point", "scribble", "polygon")):
        for box, phrase, is_there in zip(boxes.tolist(), phrases, there, strict=True):
            where = own[f"position_net.null_{kind}_feature"]
            if is_there and kind == "position":
                where = fourier(box)
            if is_there and kind == "point":
                where = fourier([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
            words = phrase if is_there else own["position_net.null_positive_feature"]
            out.append(mlp(number, torch.cat([words, where])))
    for one in own["position_net.pos_embedding"][0]:
        out.append(mlp(4, own["position_net.null_seg_feature"] + one))
    return torch.stack(out)


def naive_fuser(own: Tensors, x: torch.Tensor, tokens: torch.Tensor, heads: int, sees: torch.Tensor) -> torch.Tensor:
    """(P, C) of one row. sees: (P + T, P + T)."""

    def norm(name: str, y: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(y, y.shape[-1:], own[f"{name}.weight"], own[f"{name}.bias"])

    both = norm("norm1", torch.cat([x, tokens @ own["linear.weight"].T + own["linear.bias"]]))
    query, key, value = (
        (both @ own[f"attn.to_{one}.weight"].T).unflatten(-1, (heads, -1)).transpose(0, 1) for one in "qkv"
    )
    scores = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).masked_fill(~sees, -math.inf)
    seen = (scores.softmax(-1) @ value).transpose(0, 1).flatten(1)
    seen = seen @ own["attn.to_out.0.weight"].T + own["attn.to_out.0.bias"]
    x = x + own["alpha_attn"].tanh() * seen[: len(x)]
    grown, gate = (norm("norm2", x) @ own["ff.net.0.proj.weight"].T + own["ff.net.0.proj.bias"]).chunk(2, -1)
    grown = grown * functional.gelu(gate) @ own["ff.net.2.weight"].T + own["ff.net.2.bias"]
    return x + own["alpha_dense"].tanh() * grown


def naive_sight(boxes: torch.Tensor, pixels: int, tokens: int) -> torch.Tensor:
    """Who sees whom in the layers of the latent's size, pair by pair."""
    side = 8
    if pixels != side * side or not len(boxes):
        return torch.ones(pixels + tokens, pixels + tokens, dtype=torch.bool)
    owners = [
        {
            number
            for number, (left, top, right, bottom) in enumerate(boxes.tolist())
            if left <= (x + 0.5) / side < right and top <= (y + 0.5) / side < bottom
        }
        for y in range(side)
        for x in range(side)
    ]
    sees = torch.ones(pixels + tokens, pixels + tokens, dtype=torch.bool)
    for one in range(pixels):
        for other in range(pixels):
            sees[one, other] = bool(owners[one] & owners[other]) or (not owners[one] and not owners[other])
        for kind in (0, 3):
            for number in range(30):
                token = pixels + 30 * kind + number
                sees[one, token] = sees[token, one] = number in owners[one]
    return sees


def naive_scale(own: Tensors, number: int, both: torch.Tensor) -> torch.Tensor:
    b, s = own[f"scaleu_b_{number}"].tanh() + 1, own[f"scaleu_s_{number}"].tanh() + 1
    features, handed = both[:, : len(b)] * b[:, None, None], both[:, len(b) :]
    height, width = handed.shape[-2:]
    y, x = torch.arange(height)[:, None] / height, torch.arange(width)[None] / width
    slow = torch.zeros_like(handed)
    for v in {0, 0 if height == 1 else -1}:
        for u in {0, 0 if width == 1 else -1}:
            wave = torch.exp(-2j * math.pi * (v * y + u * x)).to(torch.complex128)
            part = (handed * wave).sum((-2, -1), keepdim=True) / (height * width)
            slow += (part * wave.conj()).real
    return torch.cat([features, handed + (s - 1) * slow], 1)


def naive_prediction(
    own: Tensors, call: Callable[[Any], torch.Tensor], grounded: Grounded, place: Callable[[str], str]
) -> torch.Tensor:
    """A plain UNet of the same weights, with the published layers written around its own."""
    unet = tiny_sd1(gated=False).to(torch.float64).unet
    count = len(grounded.boxes)
    boxes, phrases = torch.zeros(30, 4), torch.zeros(30, TEXT, dtype=torch.float64)
    boxes[:count], phrases[:count] = grounded.boxes, grounded.phrases
    rows = [naive_tokens(own, boxes, phrases, [number < n for number in range(30)]) for n in (0, count)]
    for name, block in list(unet.named_modules()):
        if not name.endswith("transformer_blocks.0"):
            continue
        prefix = place(f"{name}.fuser.")
        layer = {key.removeprefix(prefix): one for key, one in own.items() if key.startswith(prefix)}

        def forward(
            *arguments: Any, attn: Any = block.attn1, norm: Any = block.norm1, layer: Tensors = layer, **keywords: Any
        ) -> torch.Tensor:
            x = norm.given + type(attn).forward(attn, *arguments, **keywords)
            out = []
            for one, tokens, own_boxes in zip(x, rows, (torch.zeros(0, 4), grounded.boxes), strict=True):
                sees = naive_sight(own_boxes, len(one), len(tokens))
                out.append(naive_fuser(layer, one, tokens, attn.heads, sees))
            return torch.stack(out) - norm.given

        def remember(module: Any, given: tuple[torch.Tensor, ...]) -> None:
            module.given = given[0]

        block.norm1.register_forward_pre_hook(remember)
        block.attn1.forward = forward
    number = 0
    for block in unet.up_blocks:
        for resnet in block.resnets:
            resnet.register_forward_pre_hook(
                lambda _module, given, number=number: (naive_scale(own, number, given[0]), *given[1:])
            )
            number += 1
    return call(unet)


@pytest.fixture(scope="module")
def call() -> Callable[[Any], torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    sample = torch.randn(1, 4, 8, 8, generator=random, dtype=torch.float64).expand(2, -1, -1, -1)
    words = torch.randn(2, 77, TEXT, generator=random, dtype=torch.float64)

    @torch.no_grad()
    def predicted(unet: Any) -> torch.Tensor:
        return unet(sample, torch.tensor(900), encoder_hidden_states=words).sample

    return predicted


def test_a_prediction_is_that_of_the_papers_parts_written_plainly(
    instances: Any, tensors: dict[str, torch.Tensor], call: Callable[[Any], torch.Tensor], exporter: Any
) -> None:
    random = torch.Generator().manual_seed(6)
    boxes = torch.tensor([[0.0, 0.0, 0.6, 0.5], [0.4, 0.3, 1.0, 1.0]])
    grounded = Grounded(GROUNDING, boxes, torch.randn(2, TEXT, generator=random, dtype=torch.float64))
    instances.scheduler.set_timesteps(10)
    plain = call(instances.unet)
    with grounding_run(instances, grounded, pictures=1):
        ours = call(instances.unet)
    own = {name: one.double() for name, one in tensors.items()}
    attends = ["attentions" in dir(block) for block in instances.unet.up_blocks]
    expected = naive_prediction(own, call, grounded, lambda name: exporter.unet_name(name, 1, attends))
    assert torch.allclose(ours, expected, atol=TOLERANCE)
    assert (ours - plain).abs().max() > 0.01
    assert torch.allclose(call(instances.unet), plain, atol=1e-12)  # nothing of it is left behind
    assert torch.allclose(plain, call(tiny_sd1(gated=False).to(torch.float64).unet), atol=1e-12)


def settings(**changes: Any) -> RenderSettings:
    return RenderSettings(**{"seed": 3, "steps": 6, "width": 64, "height": 64, "cfg": 4.0, "method": METHOD} | changes)


def after(pipeline: Any, canvas: Canvas, steps: int, start: torch.Tensor | None = None, at: int = 0) -> torch.Tensor:
    """The latents after so many steps of a run; behind step `at` they are exchanged for `start`."""
    found = {}

    def keep(_running: Any, step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        if start is not None and step == at:
            values["latents"] = start
        found[step] = values["latents"].clone()
        return values

    with steer(pipeline, canvas, settings()) as inputs:
        pipeline(**inputs, output_type="latent", callback_on_step_end=keep)
    return found[steps - 1]


def test_each_instance_is_drawn_by_itself_first_and_all_go_on_from_the_mean(instances: Any) -> None:
    """0.36 of 6 steps are 2."""
    begun = [after(instances, canvas, 2) for canvas in (CANVAS, *(Canvas("", regions=(one,)) for one in (BLUE, RED)))]
    end = after(instances, CANVAS, 6, start=torch.stack(begun).mean(0), at=1)
    with torch.no_grad():
        pixels = instances.vae.decode(end / instances.vae.config.scaling_factor).sample
    expected = ((pixels / 2 + 0.5).clamp(0, 1) * 255)[0].permute(1, 2, 0).numpy()
    ours = np.asarray(render(instances, CANVAS, settings()).images[0], float)
    assert np.abs(ours - expected).max() <= 1
    alone = np.asarray(render(instances, CANVAS, settings(method="plain")).images[0], float)
    assert np.abs(ours - alone).max() > 5


def test_each_instance_alone_has_its_reference_picture_and_what_is_absent(
    instances: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Canvas, object]] = []
    original = render_module.prepare

    def noted(pipeline: Any, canvas: Canvas, settings: RenderSettings, loras: Any, references: Any) -> Any:
        asked.append((canvas, references))
        return original(pipeline, canvas, settings, loras, references)

    monkeypatch.setattr(render_module, "prepare", noted)
    render(instances, replace(CANVAS, absent=("people",)), settings())
    assert [one.absent for one, _ in asked] == [("people",)] * 3
    assert len({id(references) for _, references in asked}) == 1
    bound = replace(CANVAS, regions=(replace(RED, reference=Reference("a.png")), BLUE))
    with pytest.raises(BadInputError, match="needs an IP-Adapter"):
        render(instances, bound, settings())


@pytest.mark.parametrize("changes", [{"batch": 2}, {"cfg": 1.0}, {"denoise": 0.9}, {"steps": 2}], ids=str)
def test_it_draws_and_leaves_nothing_behind(instances: Any, untouched: Any, changes: dict[str, Any]) -> None:
    stages: list[str] = []
    with untouched(instances):
        first, again = (
            render(instances, CANVAS, settings(**changes), lambda *one: stages.append(one[0])).images for _ in range(2)
        )
    assert all(np.array_equal(np.asarray(one), np.asarray(other)) for one, other in zip(first, again, strict=True))


def test_a_checkpoint_with_these_layers_offers_their_method_alone(instances: Any, mini: Any) -> None:
    assert more_methods(instances) == (METHOD,)
    with pytest.raises(BadInputError, match="the method gligen cannot steer"):
        render(instances, CANVAS, settings(method="gligen"))
    with pytest.raises(BadInputError, match="the method instancediffusion cannot steer SD1") as refused:
        render(mini, CANVAS, settings())
    for said in ("position_net.ckpt", "logtd/instance_diffusion", "--instancediffusion", "choose sketch"):
        assert said in refused.value.hint


def test_without_regions_the_words_alone_are_drawn(instances: Any) -> None:
    empty = replace(CANVAS, regions=())
    ours, plain = (np.asarray(render(instances, empty, settings(method=one)).images[0]) for one in (METHOD, "plain"))
    assert np.array_equal(ours, plain)


@pytest.mark.parametrize("form", ["flat.safetensors", "flat.ckpt", "model.ckpt"])
def test_a_flat_file_holds_the_same(
    instances: Any, tensors: dict[str, torch.Tensor], call: Callable[[Any], torch.Tensor], tmp_path: Path, form: str
) -> None:
    file = tmp_path / form
    if form.endswith("safetensors"):
        save_file({f"model.diffusion_model.{name}": one.contiguous() for name, one in tensors.items()}, file)
    else:
        torch.save({"model": tensors} if form.startswith("model") else tensors, file)
    pipeline = tiny_sd1(gated=False).to(torch.float64)
    add_instances_of(pipeline.unet, file)
    ours, theirs = (each.unet.state_dict() for each in (pipeline, instances))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(one, theirs[name]) for name, one in ours.items())


def test_files_of_other_things_are_refused_by_name(tensors: dict[str, torch.Tensor], tmp_path: Path) -> None:
    plain = tiny_sd1(gated=False)
    before = set(plain.unet.state_dict())
    lacking = {name: one for name, one in tensors.items() if name != "scaleu_s_3"}
    wide = {name: torch.cat([one, one]) if "fuser.linear" in name else one for name, one in tensors.items()}
    for name, own in (("nothing", {"other": torch.zeros(1)}), ("lacking", lacking), ("wide", wide)):
        torch.save(own, tmp_path / f"{name}.ckpt")
        with pytest.raises(BadInputError, match=f"{name}.ckpt does not fit this checkpoint") as refused:
            add_instances_of(plain.unet, tmp_path / f"{name}.ckpt")
        assert "scaleu.ckpt" in refused.value.hint
    for missing in (tmp_path / "none.ckpt", tmp_path):
        with pytest.raises(ModelError, match="cannot read"):
            add_instances_of(plain.unet, missing)
    with pytest.raises(BadInputError, match="does not fit"):
        load_checkpoint(None, CPU, instances=three_files(tensors, tmp_path))
    assert set(plain.unet.state_dict()) == before
