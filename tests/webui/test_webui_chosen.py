"""Whether the next picture can be steered is known before it is asked for: by the loaded model, else by its file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.hosts.webui.capabilities.families import webui_name
from lib_omost.hosts.webui.chosen import ChosenModel, chosen_model

LDM = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
DIFFUSERS = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"
SOURCES = {
    "flux.py": "attn_mask, txt_ids_dims",
    "chroma.py": "attn_mask",
    "anima.py": "cross_attn",
    "qwen.py": "attention_mask",
    "lumina.py": "x_mask",
    "mmditx.py": "scaled_dot_product_attention",
}
FAMILIES = {
    "model.diffusion_model.double_blocks.0.img_attn.qkv.weight": "Flux",
    "double_blocks.0.img_attn.qkv.weight\ndouble_stream_modulation_img.lin.weight": "Flux.2",
    "distilled_guidance_layer.in_proj.weight": "Chroma",
    "model.diffusion_model.joint_blocks.0.x_block.attn2.qkv.weight": "SD3",
    "transformer_blocks.0.img_mod.1.weight": "Qwen-Image",
    "net.llm_adapter.blocks.0.cross_attn.q_proj.weight": "Anima",
    "cap_embedder.0.weight": "Lumina 2 or Z-Image",
}


def safetensors(file: Path, *names: str) -> Path:
    header = json.dumps({"__metadata__": {}} | {name: {"dtype": "F16", "shape": [0]} for name in names}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    return file


@pytest.fixture
def webui(monkeypatch: pytest.MonkeyPatch, modules: Any) -> Any:
    """`loaded` is the model that the host holds, `choose` a file in its list."""
    data = SimpleNamespace(sd_model=None)
    files: dict[str, Path] = {}

    def match(name: str) -> Any:
        """As the hosts do: part of a title is enough, and so any file has the empty one."""
        found = [file for title, file in files.items() if name in title]
        return SimpleNamespace(filename=str(found[0])) if found else None

    fake = SimpleNamespace(model_data=data, get_closet_checkpoint_match=match)
    monkeypatch.setitem(sys.modules, "modules.sd_models", fake)
    monkeypatch.setattr(sys.modules["modules"], "sd_models", fake, raising=False)

    def choose(file: Path) -> None:
        files[file.name] = file
        modules.opts.sd_model_checkpoint = file.name

    return SimpleNamespace(data=data, choose=choose)


def test_without_a_checkpoint_nothing_is_known(webui: Any) -> None:
    assert chosen_model() == ChosenModel(None, None, "")


def test_a_loaded_model_is_probed(webui: Any, job: Any, tmp_path: Path) -> None:
    file = tmp_path / "one.ckpt"
    webui.choose(file)
    webui.data.sd_model = job.sd_model
    webui.data.sd_model.sd_checkpoint_info = SimpleNamespace(filename=str(file))
    assert chosen_model().has_regions is True


@pytest.mark.parametrize("lacks", ["encoder", "layers"])
def test_a_loaded_model_without_what_regions_need_is_refused_by_name(
    webui: Any, modules: Any, job: Any, tmp_path: Path, lacks: str
) -> None:
    class Flux(SimpleNamespace):
        pass

    model = Flux(**vars(job.sd_model), sd_checkpoint_info=SimpleNamespace(filename="flux.gguf"))
    if lacks == "encoder":
        model.cond_stage_model = object()
    else:
        model.model = SimpleNamespace(diffusion_model=torch.nn.Identity())
    webui.data.sd_model = model
    webui.choose(tmp_path / "another.safetensors")
    del modules.opts.sd_model_checkpoint  # as before anything was chosen
    told = chosen_model()
    assert (told.name, told.has_regions) == ("Flux", False)
    assert "Flux" in told.reason
    assert "plain" in told.reason


@pytest.mark.parametrize(("weight", "family"), FAMILIES.items())
def test_a_file_that_is_chosen_and_not_loaded_is_told_by_its_weights(
    webui: Any, job: Any, tmp_path: Path, weight: str, family: str
) -> None:
    webui.data.sd_model = job.sd_model  # another one
    webui.data.sd_model.sd_checkpoint_info = SimpleNamespace(filename="another")
    webui.choose(safetensors(tmp_path / "new.safetensors", *weight.split(), "vae.encoder.conv_in.weight"))
    told = chosen_model()
    assert (told.name, told.has_regions) == (family, False)
    assert family in told.reason


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a Forge's own modules of models, with all that regions need."""
    folder = tmp_path / "backend" / "nn"
    folder.mkdir(parents=True)
    for name, has in SOURCES.items():
        (folder / name).write_text(f"def forward(self, {has}): ...")
    package = ModuleType("backend")
    package.__path__ = [str(tmp_path / "backend")]
    monkeypatch.setitem(sys.modules, "backend", package)
    return folder


def test_in_a_webui_whose_blocks_ask_for_attention_by_a_name_it_may_be_steered(
    webui: Any, backend: Path, tmp_path: Path
) -> None:
    (backend / "flux.py").write_text("from backend.attention import attention_function")
    webui.choose(safetensors(tmp_path / "new.safetensors", "double_blocks.0.img_attn.qkv.weight"))
    assert chosen_model().has_regions is None


@pytest.mark.parametrize("content", [None, "def forward(self, img, txt, vec, pe): ..."])
def test_in_a_webui_whose_blocks_take_no_mask_it_is_refused_before(
    webui: Any, backend: Path, tmp_path: Path, content: str | None
) -> None:
    (backend / "flux.py").unlink()
    if content is not None:
        (backend / "flux.py").write_text(content)
    webui.choose(safetensors(tmp_path / "new.safetensors", "double_blocks.0.img_attn.qkv.weight"))
    assert chosen_model().has_regions is False


@pytest.mark.parametrize(("weight", "family"), FAMILIES.items())
def test_in_a_webui_that_may_steer_a_family_its_file_alone_does_not_tell(
    webui: Any, backend: Path, tmp_path: Path, weight: str, family: str
) -> None:
    webui.choose(safetensors(tmp_path / "new.safetensors", *weight.split()))
    told = chosen_model()
    assert (told.name, told.has_regions) == (family, None)


def test_a_webui_that_knows_flux_1_alone_cannot_steer_flux_2(webui: Any, backend: Path, tmp_path: Path) -> None:
    (backend / "flux.py").write_text("def forward(self, img, txt, vec, pe, attn_mask): ...")
    names = ("double_blocks.0.img_attn.qkv.weight", "double_stream_modulation_img.lin.weight")
    webui.choose(safetensors(tmp_path / "new.safetensors", *names))
    told = chosen_model()
    assert (told.name, told.has_regions) == ("Flux.2", False)
    assert "Flux.2" in told.reason


@pytest.mark.parametrize(
    "names",
    [
        ("transformer_blocks.0.img_mod.1.weight", "transformer_blocks.0.attn.to_qkv.qweight"),
        ("blocks.0.cross_attn.q.weight",),
    ],
    ids=["Nunchaku's weights", "Wan"],
)
def test_what_cannot_be_steered_anywhere_is_said_before(
    webui: Any, backend: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    webui.choose(safetensors(tmp_path / "new.safetensors", *names))
    told = chosen_model()
    assert told.has_regions is False
    assert told.methods == ("plain",)
    assert "plain" in told.reason


@pytest.mark.parametrize(("weight", "has_regions"), [(LDM, True), (DIFFUSERS, None), ("a.b.c", False)])
def test_cross_attention_of_the_original_layout_is_what_counts(
    webui: Any, tmp_path: Path, weight: str, has_regions: bool | None
) -> None:
    webui.choose(safetensors(tmp_path / "new.safetensors", weight))
    told = chosen_model()
    assert (told.name, told.has_regions) == ("new.safetensors", has_regions)
    assert bool(told.reason) is (has_regions is False)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 a zip file", (9).to_bytes(8, "little") + b"[1, 2, 3]", b"\xff" * 64]
)
def test_of_other_files_nothing_is_known_before_they_are_loaded(webui: Any, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "old.ckpt"
    file.write_bytes(content)
    webui.choose(file)
    assert chosen_model() == ChosenModel("old.ckpt", None, "")
    file.unlink()
    assert chosen_model() == ChosenModel("old.ckpt", None, "")


@pytest.mark.parametrize(
    ("version", "others", "name"),
    [
        (None, (), "A1111's WebUI"),
        ("2.0.1v1.10.1", (), "Forge"),
        ("neo", (), "Forge Neo"),
        ("classic", ("ldm_patched",), "Forge Classic"),
        ("1.0.0v2-v1.10.1RC", ("ldm_patched",), "reForge"),
    ],
)
def test_a_webui_is_called_what_people_call_it(
    webui: Any, monkeypatch: pytest.MonkeyPatch, version: str | None, others: tuple[str, ...], name: str
) -> None:
    for module in others:
        monkeypatch.setitem(sys.modules, module, ModuleType(module))
    monkeypatch.setitem(
        sys.modules, "modules_forge.forge_version", None if version is None else SimpleNamespace(version=version)
    )
    monkeypatch.setitem(sys.modules, "modules_forge", ModuleType("modules_forge"))
    assert webui_name() == name
