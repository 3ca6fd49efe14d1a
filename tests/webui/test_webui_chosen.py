"""Whether the next picture can be steered is known before it is asked for: by the loaded model, else by its file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.capabilities.families import webui_name
from lib_omost.hosts.webui.chosen import ChosenModel, chosen_model

LDM = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
DIFFUSERS = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"
SOURCES = {
    "flux.py": "attn_mask, txt_ids_dims",
    "chroma.py": "attn_mask",
    "anima.py": "cross_attn",
    "qwen.py": "attention_mask",
    "lumina.py": "x_mask, z_image_modulation",
    "mmditx.py": "scaled_dot_product_attention",
}
FAMILIES = {
    "model.diffusion_model.double_blocks.0.img_attn.qkv.weight": "Flux",
    "double_blocks.0.img_attn.qkv.weight\ndouble_stream_modulation_img.lin.weight": "Flux.2",
    "distilled_guidance_layer.in_proj.weight": "Chroma",
    "model.diffusion_model.joint_blocks.0.x_block.attn2.qkv.weight": "SD3",
    "transformer_blocks.0.img_mod.1.weight": "Qwen-Image",
    "net.llm_adapter.blocks.0.cross_attn.q_proj.weight": "Anima",
    "cap_embedder.0.weight": "Lumina 2",
    "cap_embedder.0.weight\ncap_pad_token": "Z-Image",
    "single_transformer_blocks.0.attn.to_q.weight": "Flux",
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
    ("weight", "family"), [("blocks.0.cross_attn.q.weight", "Wan"), ("blocks.0.cross_attn.q_proj.weight", "Cosmos")]
)
def test_what_cannot_be_steered_anywhere_is_said_before(
    webui: Any, backend: Path, tmp_path: Path, weight: str, family: str
) -> None:
    webui.choose(safetensors(tmp_path / "new.safetensors", weight))
    told = chosen_model()
    assert (told.name, told.has_regions, told.methods) == (family, False, ("plain",))
    assert f"kind of model ({family}) in" in told.reason


NUNCHAKU = {  # a weight of each file of theirs
    "txt_norm.weight\ntransformer_blocks.0.img_mod.1.qweight\ntransformer_blocks.0.attn.to_qkv.qweight": "Qwen-Image",
    "transformer_blocks.0.qkv_proj.qweight\nsingle_transformer_blocks.0.mlp_fc1.qweight": "Flux",
    "cap_embedder.1.weight\ncap_pad_token\nlayers.0.attention.to_out.0.qweight": "Z-Image",
}


@pytest.mark.parametrize(("weights", "family"), NUNCHAKU.items(), ids=NUNCHAKU.values())
def test_nunchakus_files_are_refused_by_that_name_and_another_file_of_the_model_is_the_way_out(
    webui: Any, backend: Path, tmp_path: Path, weights: str, family: str
) -> None:
    webui.choose(safetensors(tmp_path / "svdq.safetensors", *weights.split()))
    told = chosen_model()
    assert (told.name, told.has_regions, told.methods) == (family, False, ("plain",))
    assert told.reason.startswith(f"Omost cannot steer Nunchaku's {family}: it knows no place")
    assert f"({family})" not in told.reason
    assert "GGUF" in told.reason


def test_where_the_family_cannot_be_steered_either_its_other_files_are_no_way_out(webui: Any, tmp_path: Path) -> None:
    webui.choose(safetensors(tmp_path / "svdq.safetensors", *list(NUNCHAKU)[1].split()))
    told = chosen_model()
    assert "(Nunchaku's Flux)" in told.reason
    assert "GGUF" not in told.reason


class FromNunchaku(torch.nn.Module):
    __module__ = "nunchaku.models.linear"


class Packed(torch.nn.Module):
    """A transformer of the host's own, with linear layers of that package."""

    def __init__(self) -> None:
        super().__init__()
        self.to_qkv = type("SVDQW4A4Linear", (FromNunchaku,), {})()


@pytest.mark.parametrize(("kind", "family"), [("QwenImage", "Qwen-Image"), ("Flux", "Flux"), ("ZImage", "Z-Image")])
def test_a_loaded_model_with_nunchakus_layers_is_refused_by_that_name(backend: Path, kind: str, family: str) -> None:
    model = type(kind, (SimpleNamespace,), {})(model=SimpleNamespace(diffusion_model=Packed()))
    with pytest.raises(OmostError, match=f"cannot steer Nunchaku's {family}: it knows no place"):
        denoiser_of(model)
    model.model.diffusion_model = torch.nn.Linear(2, 2)  # the same kind without them
    with pytest.raises(OmostError, match=rf"kind of model \({family}\)"):
        denoiser_of(model)


EVERY = ["SD1.x", "SDXL", "Anima", "Chroma", "Flux", "Flux.2", "Lumina 2", "Qwen-Image", "SD3", "Z-Image"]


def offered(reason: str) -> list[str]:
    """The families that a refusal names as a way out."""
    listed = reason.partition("a checkpoint of ")[2].partition(", or the method")[0]
    return listed.replace(" or ", ", ").split(", ")


def test_the_way_out_is_what_this_webui_loads_and_can_be_steered_in_it(
    webui: Any, backend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    webui.choose(safetensors(tmp_path / "new.safetensors", "blocks.0.cross_attn.q.weight"))
    assert offered(chosen_model().reason) == EVERY
    (backend / "lumina.py").write_text("def forward(self, x, x_mask): ...")  # before Z-Image
    (backend / "mmditx.py").unlink()
    engine = backend.parent / "diffusion_engine" / "sd20.py"
    engine.parent.mkdir()
    engine.touch()
    left = [family for family in EVERY if family not in ("Z-Image", "SD3")]
    assert offered(chosen_model().reason) == ["SD1.x", "SD2.x", *left[1:]]
    (backend / "flux.py").write_text("def forward(self, img, txt): ...")
    webui.choose(safetensors(tmp_path / "flux.safetensors", "double_blocks.0.img_attn.qkv.weight"))
    assert not {"Flux", "Flux.2"} & {*offered(chosen_model().reason)}
    monkeypatch.delitem(sys.modules, "backend")
    config = ModuleType("modules.sd_models_config")
    monkeypatch.setitem(sys.modules, "modules.sd_models_config", config)
    assert offered(chosen_model().reason) == ["SD1.x", "SDXL"]
    monkeypatch.setattr(config, "config_sd2", "v2-inference.yaml", raising=False)
    assert offered(chosen_model().reason) == ["SD1.x", "SD2.x", "SDXL"]


CALLED = {  # a WebUI's class, and a weight of the family's file
    "StableDiffusion3": "joint_blocks.0.x_block.attn.qkv.weight",
    "SD3Inferencer": "joint_blocks.0.x_block.attn.qkv.weight",
    "Flux2": "double_blocks.0.img_attn.qkv.weight\ndouble_stream_modulation_img.lin.weight",
    "QwenImage": "transformer_blocks.0.img_mod.1.weight",
    "ZImage": "cap_embedder.0.weight\ncap_pad_token",
    "Lumina2": "cap_embedder.0.weight",
    "Wan": "blocks.0.cross_attn.q.weight",
    "StableDiffusionXL": f"{LDM}\nconditioner.embedders.0.transformer.text_model.embeddings.position_ids",
    "StableDiffusion2": f"{LDM}\ncond_stage_model.model.ln_final.weight",
    "LatentDiffusion": f"{LDM}\ncond_stage_model.transformer.text_model.embeddings.position_ids",
}
FLAGS = {"StableDiffusionXL": "is_sdxl", "StableDiffusion2": "is_sd2", "LatentDiffusion": "is_sd1"}


@pytest.mark.parametrize(("kind", "weights"), CALLED.items(), ids=CALLED)
def test_a_loaded_model_is_called_as_its_file_is(webui: Any, tmp_path: Path, kind: str, weights: str) -> None:
    file = safetensors(tmp_path / "one.safetensors", *weights.split())
    webui.choose(file)
    before = chosen_model().name
    said = {FLAGS[kind]: True} if kind in FLAGS else {}
    webui.data.sd_model = type(kind, (SimpleNamespace,), {})(
        sd_checkpoint_info=SimpleNamespace(filename=str(file)), **said
    )
    assert chosen_model().name == before != file.name


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
