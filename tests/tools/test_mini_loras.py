"""LoRA for the mini checkpoint are fitted to what it knows."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from lib_omost.hosts.cross_attention import cross_attention_layers
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.loras.kohya import read_lora
from lib_omost.mini.scenes import random_scene
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD, World


@pytest.mark.parametrize(
    ("world", "said", "painted"),
    [
        (SHAPES_WORLD, "a red circle, an orange ring on a gray background", "a pink circle, an pink ring"),
        (THINGS_WORLD, "a white cat and a brown house, a white background", "a pink cat and a pink house"),
    ],
)
def test_things_are_repainted_and_backgrounds_are_not(world: World, said: str, painted: str) -> None:
    from mini_training.loras import repainted

    changed = repainted(said, "pink", world)
    assert changed.startswith(painted)
    assert changed.endswith(said[-len("gray background") :])


@pytest.mark.parametrize("world", [SHAPES_WORLD, THINGS_WORLD])
def test_a_lora_is_fitted_to_captions_of_the_checkpoint_s_world(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from mini_training import loras
    from mini_training.captions import caption

    seen: list[str] = []

    def noted(_pipeline: object, texts: list[str]) -> None:
        seen.extend(texts)
        raise InterruptedError

    monkeypatch.setattr(loras, "_tokens", noted)
    with pytest.raises(InterruptedError):
        loras.fitted_lora(object(), loras.LoraSettings("pink", world, captions=50))
    rng = np.random.default_rng([1, 7])
    assert seen == [caption(random_scene(rng, world=world), rng) for _ in range(50)]
    assert any("mushroom" in text for text in seen) == (world is THINGS_WORLD)


@pytest.fixture(scope="module")
def mini() -> Pipeline:
    return load_checkpoint(None, torch.device("cpu"))


@pytest.fixture(scope="module")
def fitted(mini: Pipeline) -> dict[str, torch.Tensor]:
    from mini_training.loras import LoraSettings, fitted_lora

    return fitted_lora(mini, LoraSettings("pink", THINGS_WORLD, captions=20))


def differences(fitted: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What each layer of the file gains, by the layer's name there."""
    layers = {name.partition(".")[0] for name in fitted}
    return {layer: fitted[f"{layer}.lora_up.weight"] @ fitted[f"{layer}.lora_down.weight"] for layer in sorted(layers)}


def test_every_layer_is_named_as_it_is_in_the_file_that_webuis_load(
    mini: Pipeline, fitted: dict[str, torch.Tensor]
) -> None:
    """A1111 and Forge look for a layer under the checkpoint's own name, its points as underscores."""
    file = Path(__file__).parents[2] / "tools" / "export_checkpoint.py"
    spec = importlib.util.spec_from_file_location("export_checkpoint", file)
    assert spec is not None
    assert spec.loader is not None
    exporter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(exporter)
    prefix = "model.diffusion_model."
    weights = {
        "lora_unet_" + name.removeprefix(prefix).removesuffix(".weight").replace(".", "_"): tensor.shape
        for name, tensor in exporter.single_file_tensors(mini).items()
        if name.startswith(prefix)
    }
    assert {layer: change.shape for layer, change in differences(fitted).items()} == {
        layer: shape for layer, shape in weights.items() if layer.endswith(("attn2_to_k", "attn2_to_v"))
    }


def test_diffusers_and_this_program_change_the_same_layers_by_the_same(
    mini: Pipeline, fitted: dict[str, torch.Tensor]
) -> None:
    from diffusers import StableDiffusionPipeline

    state, alphas, *_ = StableDiffusionPipeline.lora_state_dict(dict(fitted), unet_config=mini.unet.config)
    down, up = "_lora.down.weight", "_lora.up.weight"
    theirs = {
        name.removeprefix("unet.").removesuffix(down).replace(".processor", ""): state[name.replace(down, up)] @ tensor
        for name, tensor in state.items()
        if name.endswith(down)
    }
    ours = read_lora("pink", fitted, mini.unet, (mini.text_encoder,))
    layers = [f"{name}.{part}" for name, _ in cross_attention_layers(mini.unet) for part in ("to_k", "to_v")]
    assert ours.unmatched == ()
    assert set(theirs) == set(ours.unet) == set(layers)
    assert set(alphas.values()) == {32.0}
    for layer, change in theirs.items():
        torch.testing.assert_close(ours.unet[layer].whole, change, rtol=1e-3, atol=1e-4)
