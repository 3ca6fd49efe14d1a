"""Reference pictures of regions in A1111: what its ControlNet extension reads, added by our own hooks."""

from __future__ import annotations

import io
import json
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.canvas import Canvas, Rect, Reference, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.references import adapter_names, why_not
from lib_omost.pictures.references import ReferencePictures
from tests.webui.conftest import CHANNELS, CrossAttention

TOKENS, WIDTH = 3, 6
NAME = "my-ip-adapter [abc]"
LEFT, WHOLE = Rect(0, 90, 0, 45), Rect(0, 90, 0, 90)


class Adapter(nn.Module):
    """The extension's: it makes tokens of what its image encoder read, and keys and values of these for each layer."""

    def __init__(self, layers: int = 2) -> None:
        super().__init__()
        torch.manual_seed(8)
        names = [f"{2 * number + 1}_to_{part}_ip" for number in range(layers) for part in ("k", "v")]
        self.ip_layers = SimpleNamespace(
            to_kvs=nn.ModuleDict({name: nn.Linear(WIDTH, CHANNELS, bias=False) for name in names})
        )
        self.project = nn.Linear(3, TOKENS * WIDTH)
        self.is_plus = self.is_faceid = self.is_instantid = self.is_pulid = False
        self.clip_embeddings_dim = 1024

    def get_image_emb(self, read: torch.Tensor) -> Any:
        seen, unseen = (self.project(one).reshape(1, TOKENS, WIDTH) for one in (read, torch.zeros_like(read)))
        return SimpleNamespace(cond_emb=seen, uncond_emb=unseen)


class Encoder:
    """Its reader of pictures: their mean colour."""

    label = "ip-adapter_clip_h"

    def __init__(self) -> None:
        self.calls: list[tuple[Any, str]] = []
        self.loaded = False
        self.fails: Exception | None = None

    def cached_call(self, image: Any, *, resolution: int, low_vram: bool, model: str) -> Any:
        self.loaded = True
        self.calls.append((image.shape, model))
        if self.fails is not None:
            raise self.fails
        return SimpleNamespace(value=torch.from_numpy(image.copy()).float().flatten(0, 1).mean(0)[None] / 255)

    def unload(self) -> bool:
        self.loaded = False
        return True


class ControlNet:
    """Its script, which loads what it has."""

    def __init__(self, adapter: Any) -> None:
        self.adapter = adapter

    def title(self) -> str:
        return "ControlNet"

    def load_control_model(self, p: Any, unet: Any, model: str) -> Any:
        if model != NAME:
            raise ValueError("cannot be loaded")
        return SimpleNamespace(model=SimpleNamespace(ipadapter=self.adapter))


@pytest.fixture
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def a1111(job: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoder: Encoder) -> Any:
    """A job of A1111 with the extension, which has one adapter for SD1.x and one for SDXL."""
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    files: dict[str, Any] = {"None": None, "control [1]": tmp_path / "control.safetensors"}
    for name, width in (("ip-adapter_xl [2]", 2048), (NAME, 768)):
        files[name] = tmp_path / f"{width}.safetensors"
        header = json.dumps({"ip_adapter.1.to_k_ip.weight": {"shape": [320, width]}}).encode()
        files[name].write_bytes(struct.pack("<Q", len(header)) + header)
    found = {"ip-adapter_clip_h": encoder}
    state = SimpleNamespace(cn_models=files, Preprocessor=SimpleNamespace(get_preprocessor=found.get))
    monkeypatch.setitem(sys.modules, "scripts.global_state", state)
    job.scripts = SimpleNamespace(alwayson_scripts=[ControlNet(Adapter())])
    model = job.sd_model
    model.is_sd1, model.is_sd2, model.is_sdxl = True, False, False
    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: model))
    return job


@pytest.fixture
def name(tmp_path: Path) -> str:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), (200, 30, 60)).save(file, "PNG")
    return ReferencePictures(tmp_path / "references").keep(file.getvalue())


def code_with(reference: Reference | None = None, rect: Rect = LEFT) -> str:
    circle = Region("on the left", "no offset", "a small square area", 2.0, "A red circle.", free_rect=rect)
    square = Region("on the right", "no offset", "a small square area", 2.0, "A blue square.")
    return write_canvas(Canvas("A white background.", regions=(replace(circle, reference=reference), square)))


def adapter_of(job: Any) -> Adapter:
    return job.scripts.alwayson_scripts[0].adapter


def naive(layer: CrossAttention, adapter: Adapter, number: int, weight: float, drawn: list[bool]) -> Any:
    """The layer's own forward, and what the whole picture of a row sees of the reference or of none."""
    keys, values = (adapter.ip_layers.to_kvs[f"{2 * number + 1}_to_{part}_ip"] for part in ("k", "v"))
    made = adapter.get_image_emb(torch.tensor([[200.0, 30.0, 60.0]]) / 255)

    def forward(x: torch.Tensor, context: Any = None, **keywords: Any) -> torch.Tensor:
        out = CrossAttention.forward(layer, x, context, **keywords)
        query = layer.to_q(x).unflatten(-1, (layer.heads, -1)).transpose(1, 2)
        for row, is_drawn in enumerate(drawn):
            tokens = made.cond_emb if is_drawn else made.uncond_emb
            key, value = (of(tokens).unflatten(-1, (layer.heads, -1)).transpose(1, 2) for of in (keys, values))
            seen = scaled_dot_product_attention(query[row : row + 1], key, value).transpose(1, 2).flatten(2)
            out[row] += weight * (seen @ layer.to_out[0].weight.T)[0]
        return out

    return forward


def test_over_the_whole_picture_it_is_the_adapters_plain_sum(a1111: Any, run: Callable, name: str) -> None:
    canvas = code_with(Reference(name, 0.7), WHOLE)
    without = run(a1111, True, code_with(), "plain")
    ours = run(a1111, True, canvas, "plain")
    assert a1111.extra_generation_params["Omost IP-Adapter"] == NAME
    assert not torch.allclose(ours, without, atol=1e-3)
    layers = [module for module in a1111.unet.modules() if isinstance(module, CrossAttention)]
    assert all("forward" not in vars(layer) for layer in layers)
    for number, layer in enumerate(layers):
        layer.__dict__["forward"] = naive(layer, adapter_of(a1111), number, 0.7, [True, False])
    expected = run(a1111, True, code_with(), "plain")
    assert torch.allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize("method", ["score", "layout", "decomposition", "plain"])
def test_outside_of_the_region_not_a_bit_changes(a1111: Any, run: Callable, name: str, method: str) -> None:
    """In a UNet whose pixels see only their neighbours of two by two."""
    without = run(a1111, True, code_with(), method)
    ours = run(a1111, True, code_with(Reference(name)), method)
    assert torch.equal(ours[..., 4:], without[..., 4:])
    assert (ours[..., :4] - without[..., :4]).abs().amin() > 0
    assert torch.equal(run(a1111, True, code_with(), method), without)
    assert "Omost IP-Adapter" not in a1111.extra_generation_params


def test_a_picture_is_read_once_and_its_encoder_let_go(a1111: Any, run: Callable, name: str, encoder: Encoder) -> None:
    for weight in (1.0, 0.5):
        run(a1111, True, code_with(Reference(name, weight)), passes=2)
    assert encoder.calls == [((10, 20, 3), NAME)]
    assert not encoder.loaded


def test_what_cannot_be_drawn_ends_the_job_with_words(a1111: Any, run: Callable, name: str, encoder: Encoder) -> None:
    code = code_with(Reference(name))
    with pytest.raises(OmostError, match="multidiffusion can draw no reference pictures"):
        run(a1111, True, code, "multidiffusion")
    with pytest.raises(OmostError, match=r"no reference picture 'gone\.png'"):
        run(a1111, True, code_with(Reference("gone.png")))
    encoder.fails = ValueError("no such file")
    with pytest.raises(OmostError, match="could not read a region's reference picture: no such file"):
        run(a1111, True, code)
    assert not encoder.loaded
    encoder.fails = None
    for wrong, told in ((Adapter(layers=3), "another kind of checkpoint"), (None, "is no IP-Adapter")):
        a1111.scripts.alwayson_scripts[0].adapter = wrong
        with pytest.raises(OmostError, match=told):
            run(a1111, True, code)
    for kind in ("is_faceid", "is_instantid", "is_pulid"):
        adapter = Adapter()
        setattr(adapter, kind, True)
        a1111.scripts.alwayson_scripts[0].adapter = adapter
        with pytest.raises(OmostError, match=r"my-ip-adapter \[abc\] reads faces"):
            run(a1111, True, code)
    a1111.scripts.alwayson_scripts.clear()
    with pytest.raises(OmostError, match="not among this job's scripts"):
        run(a1111, True, code)


def test_the_page_knows_before(a1111: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert adapter_names() == ["ip-adapter_xl [2]", NAME]
    assert why_not("automatic", a1111.sd_model) == ""
    assert why_not("automatic", None) == ""
    assert "no IP-Adapter gone" in why_not("gone", a1111.sd_model)
    state = sys.modules["scripts.global_state"]
    del state.cn_models[NAME]
    assert "needs an IP-Adapter for SD1.x" in why_not("automatic", a1111.sd_model)
    a1111.sd_model.is_sd1 = False
    assert "no IP-Adapter for SimpleNamespace" in why_not("automatic", a1111.sd_model)
    monkeypatch.delitem(sys.modules, "scripts.global_state")
    for model in (None, a1111.sd_model):
        assert "sd-webui-controlnet" in why_not("automatic", model)
