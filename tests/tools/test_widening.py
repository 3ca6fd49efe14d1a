"""Wide networks compute what the narrow ones do, and the files for WebUIs hold them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open

from lib_omost.hosts.diffusers.checkpoint import load_checkpoint

TOOLS = Path(__file__).parents[2] / "tools"
CONTEXT = 768  # of SD1's conditioning


@pytest.fixture(scope="module", params=["shipped", "recipe"])
def pipeline(request: pytest.FixtureRequest):
    """The checkpoint that is there, and random weights in the sizes that `train_mini.py` trains."""
    if request.param == "shipped":
        return load_checkpoint(None, torch.device("cpu")).to(torch.float32)
    from mini_training.architecture import build_text_encoder, build_unet, build_vae

    torch.manual_seed(0)
    text_encoder = build_text_encoder(49408, 49407)
    return SimpleNamespace(unet=build_unet().eval(), vae=build_vae().eval(), text_encoder=text_encoder.eval())


def error(wide: torch.Tensor, narrow: torch.Tensor) -> float:
    return float((wide - narrow).norm() / narrow.norm())


@torch.no_grad()
def test_the_unet_predicts_the_same(pipeline) -> None:
    from widening.networks import widen_unet

    torch.manual_seed(0)
    own = pipeline.unet.config.cross_attention_dim
    latent, context = torch.randn(2, 4, 16, 16), torch.randn(2, 77, own)
    wide = widen_unet(pipeline.unet, width=320, wide_heads=8, context=CONTEXT)
    for timestep in (1, 500, 999):
        narrow = pipeline.unet(latent, timestep, context).sample
        assert error(wide(latent, timestep, context.repeat_interleave(CONTEXT // own, 2)).sample, narrow) < 1e-4


@torch.no_grad()
def test_the_text_encoder_gives_the_same_embedding_with_every_channel_repeated(pipeline) -> None:
    from widening.networks import widen_text_encoder

    ids = torch.randint(0, 49405, (2, 77), generator=torch.Generator().manual_seed(1))
    wide = widen_text_encoder(pipeline.text_encoder, width=CONTEXT, wide_heads=12, layers=12)
    copies = CONTEXT // pipeline.text_encoder.config.hidden_size
    narrow = pipeline.text_encoder(ids).last_hidden_state
    assert error(wide(ids).last_hidden_state, narrow.repeat_interleave(copies, 2)) < 1e-5


@torch.no_grad()
@pytest.mark.parametrize(("width", "resnets"), [(64, 1), (128, 2)])
def test_the_vae_encodes_and_decodes_the_same_at_the_hosts_scale(pipeline, width: int, resnets: int) -> None:
    from widening.networks import SD1_LATENT_SCALE, widen_vae

    torch.manual_seed(2)
    pictures = torch.rand(1, 3, 128, 128) * 2 - 1
    wide = widen_vae(pipeline.vae, width=width, resnets=resnets)
    narrow_latent = pipeline.vae.encode(pictures).latent_dist.mean * pipeline.vae.config.scaling_factor
    wide_latent = wide.encode(pictures).latent_dist.mean * SD1_LATENT_SCALE
    assert error(wide_latent, narrow_latent) < 1e-3
    narrow = pipeline.vae.decode(narrow_latent / pipeline.vae.config.scaling_factor).sample
    assert error(wide.decode(narrow_latent / SD1_LATENT_SCALE).sample, narrow) < 1e-3


@pytest.mark.parametrize("width", [100, 32])
def test_a_width_that_is_no_multiple_is_refused(pipeline, width: int) -> None:
    from widening.networks import widen_unet

    with pytest.raises(ValueError, match="no multiple"):
        widen_unet(pipeline.unet, width=width, wide_heads=8, context=768)


@pytest.mark.parametrize("odd", [(3, 4, 32), (8, 3, 32)])
def test_groups_that_cannot_be_kept_are_refused(odd: tuple[int, int, int]) -> None:
    from widening.channels import copies

    times, groups, wide_groups = odd
    with pytest.raises(ValueError, match="cannot make"):
        copies(times, groups=groups, wide_groups=wide_groups)


def export(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / "export_checkpoint.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_for_a1111_the_file_comes_with_its_sizes_and_its_text_encoder(tmp_path: Path) -> None:
    file = tmp_path / "mini.safetensors"
    done = export(file, "--for", "a1111")
    assert done.returncode == 0, done.stderr
    parts = json.loads(file.with_suffix(".yaml").read_text())["model"]["params"]
    unet = parts["unet_config"]["params"]
    assert (unet["model_channels"], unet["channel_mult"], unet["context_dim"]) == (64, [1, 2, 3, 3], 128)
    assert unet["attention_resolutions"] == [1, 2, 4]
    predicted = load_checkpoint(None, torch.device("cpu")).scheduler.config.prediction_type
    assert parts["parameterization"] == {"epsilon": "eps", "v_prediction": "v"}[predicted]
    assert parts["cond_stage_config"]["params"]["version"] == "models/Stable-diffusion/mini-text-encoder"
    assert str(tmp_path) not in file.with_suffix(".yaml").read_text()
    folder = tmp_path / "mini-text-encoder"
    assert len(json.loads((folder / "vocab.json").read_text())) == 49408
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 128
    with safe_open(file, "pt") as tensors:
        assert tensors.get_slice("first_stage_model.encoder.conv_in.weight").get_shape() == [64, 3, 3, 3]
        assert tensors.get_slice("model.diffusion_model.input_blocks.0.0.weight").get_shape() == [64, 4, 3, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_the_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    file = tmp_path / "mini.safetensors"
    done = export(file)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode == (tmp_path / "any").stat().st_mode
    assert {each.name for each in tmp_path.iterdir()} == {"any", "mini.safetensors"}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("webui/models/Stable-diffusion/a.safetensors", "models/Stable-diffusion/a-text-encoder"),
        ("models/Stable-diffusion/my/b.safetensors", "models/Stable-diffusion/my/b-text-encoder"),
        ("models/c.safetensors", "models/Stable-diffusion/c-text-encoder"),
    ],
)
def test_the_text_encoder_is_named_as_a_webui_finds_it(tmp_path: Path, output: str, found: str) -> None:
    from widening.hosts import found_from_a_webui

    assert found_from_a_webui(tmp_path / output) == found


@pytest.mark.parametrize(("predicted", "said"), [("epsilon", "eps"), ("v_prediction", "v")])
def test_for_forge_the_file_comes_with_what_the_unet_predicts(predicted: str, said: str, tmp_path: Path) -> None:
    from widening.hosts import for_forge

    pipeline = load_checkpoint(None, torch.device("cpu"))
    pipeline.scheduler.register_to_config(prediction_type=predicted)
    for_forge(pipeline, tmp_path / "mini.safetensors")
    parts = json.loads((tmp_path / "mini.yaml").read_text())["model"]["params"]
    assert parts["parameterization"] == said
    assert parts["unet_config"]["params"]["model_channels"] == 320
    assert parts["cond_stage_config"] == {"target": "ldm.modules.encoders.modules.FrozenCLIPEmbedder"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no/such/folder/out.safetensors"], "no folder"),
        (["out.st", "--for", "forge", "--checkpoint", "x"], "--for"),
        (["out.st", "--for", "forge", "--text-encoder", "x"], "--text-encoder"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: list[str], told: str) -> None:
    done = export(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
