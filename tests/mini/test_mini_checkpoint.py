"""The shipped checkpoint: its size, its loader, and that it draws what is asked."""

import json
import shutil
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch

from lib_omost.errors import MissingPackageError, ModelError
from lib_omost.mini import folder as folder_module
from lib_omost.mini.checkpoint import load_mini, save_mini
from lib_omost.mini.folder import SPARSE_TEXT_ENCODER, is_mini_folder, mini_folder
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS


def test_it_is_small_enough_for_a_repository():
    assert sum(file.stat().st_size for file in mini_folder().rglob("*")) <= 40e6


def test_fifty_tokens_are_trained_and_all_others_are_one(mini):
    table = mini.text_encoder.get_input_embeddings().weight
    assert table.shape == (49408, 128)
    assert len(torch.unique(table, dim=0)) == 51


def test_it_is_in_sd1_layout(mini):
    assert mini.vae.config.latent_channels == 4
    assert len(mini.vae.config.block_out_channels) == len(mini.unet.config.block_out_channels) == 4
    assert (mini.unet.config.in_channels, mini.unet.config.sample_size) == (4, 16)
    assert mini.unet.config.cross_attention_dim == mini.text_encoder.config.hidden_size == 128
    assert mini.scheduler.config.use_karras_sigmas
    assert mini.scheduler.config.prediction_type == "v_prediction"


@pytest.mark.parametrize(("color", "background"), [("red", "white"), ("blue", "black"), ("yellow", "gray")])
def test_it_draws_the_asked_colour_on_the_asked_background(mini, color, background):
    picture = mini(
        f"a {color} circle on a {background} background",
        num_inference_steps=12,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(0),
        output_type="np",
    ).images[0]
    pixels = np.rint(picture * 255).reshape(-1, 3)
    distance = {name: np.abs(pixels - rgb).sum(1) for name, rgb in {**OBJECT_COLORS, **BACKGROUND_COLORS}.items()}
    nearest = np.array(list(distance))[np.argmin(list(distance.values()), axis=0)]
    assert (nearest == color).mean() > 0.02
    objects = [name for name in OBJECT_COLORS if (nearest == name).any()]
    assert max(objects, key=lambda name: (nearest == name).sum()) == color
    assert (nearest == background).mean() > 0.4


def test_what_is_saved_loads_equal(mini, tmp_path):
    parts = {"text_encoder": mini.text_encoder, "unet": mini.unet, "vae": mini.vae}
    save_mini(tmp_path / "copy", scheduler=mini.scheduler, **parts)

    again = load_mini(tmp_path / "copy", torch.float64)

    for name, part in parts.items():
        other = getattr(again, name).state_dict()
        assert getattr(again, name).dtype == torch.float64
        assert part.dtype == torch.float32
        assert all(torch.equal(tensor.double(), other[key]) for key, tensor in part.state_dict().items()), name
    assert dict(again.scheduler.config) == dict(mini.scheduler.config)
    files = {file.relative_to(mini_folder()) for file in mini_folder().rglob("*.safetensors")}
    assert all((tmp_path / "copy" / f).read_bytes() == (mini_folder() / f).read_bytes() for f in files)


def test_loading_uses_no_network(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_mini().unet.dtype == torch.float32


def test_loading_says_nothing_of_its_own(tmp_path):
    # in a process of its own: diffusers speaks through a handler that it makes when it is imported
    code = (
        "import diffusers; diffusers.StableDiffusionPipeline\n"
        "import sys; print('loading', file=sys.stderr, flush=True)\n"
        "from lib_omost.mini.checkpoint import load_mini; load_mini()"
    )
    root = str(mini_folder().parents[1])
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root)
    assert done.stderr.split("loading\n")[1] == ""
    assert done.stdout == ""


def test_a_folder_that_is_none_is_refused(tmp_path):
    assert not is_mini_folder(tmp_path)
    with pytest.raises(ModelError, match="no mini checkpoint") as caught:
        load_mini(tmp_path)
    assert caught.value.hint


def test_an_installation_without_the_folder_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setattr(folder_module, "shipped", tmp_path.joinpath)
    with pytest.raises(ModelError, match="no mini checkpoint"):
        mini_folder()


@pytest.mark.parametrize("part", ["unet/diffusion_pytorch_model.safetensors", str(SPARSE_TEXT_ENCODER)])
def test_a_file_that_is_cut_off_is_reported(tmp_path, part):
    copy = shutil.copytree(mini_folder(), tmp_path / "copy")
    (copy / part).write_bytes((copy / part).read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot load the mini checkpoint") as caught:
        load_mini(copy)
    assert caught.value.hint


def test_a_config_that_does_not_fit_the_weights_is_reported(tmp_path):
    copy = shutil.copytree(mini_folder(), tmp_path / "copy")
    file = copy / "text_encoder" / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "hidden_size": 48}))
    with pytest.raises(ModelError, match="cannot load the mini checkpoint"):
        load_mini(copy)


def test_without_diffusers_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(MissingPackageError, match="diffusers") as caught:
        load_mini()
    assert caught.value.hint == "pip install diffusers"
