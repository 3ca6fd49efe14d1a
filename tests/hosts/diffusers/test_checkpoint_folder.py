"""A diffusers folder is numbers and tensors: nothing that it names, or that lies in it, is imported or run."""

from __future__ import annotations

import json
import os
import shutil
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint, load_single_file

CPU = torch.device("cpu")
CODE = """
import os
from diffusers import ModelMixin, ConfigMixin, StableDiffusionPipeline
os.environ["OMOST_TEST_RAN"] = __name__

class Evil(ModelMixin, ConfigMixin):
    config_name = "config.json"

    @classmethod
    def from_pretrained(cls, *arguments, **options):
        os.environ["OMOST_TEST_RAN"] = "from_pretrained"
        raise ValueError("ran")
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, tiny_sdxl: Any) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "sdxl"
    tiny_sdxl.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, saved: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "sdxl"))


@pytest.fixture
def nothing_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two modules of other packages, one that is imported already; neither may run."""
    monkeypatch.delenv("OMOST_TEST_RAN", raising=False)
    site = tmp_path / "site"
    site.mkdir()
    (site / "omost_test_installed.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(site))
    imported = types.ModuleType("omost_test_imported")
    exec(CODE, imported.__dict__)
    monkeypatch.setitem(sys.modules, "omost_test_imported", imported)
    del os.environ["OMOST_TEST_RAN"]
    before = set(sys.modules)
    yield
    assert os.environ.pop("OMOST_TEST_RAN", None) is None
    assert not {name for name in set(sys.modules) - before if "omost_test" in name or name in ("antigravity", "this")}


def change(file: Path, **values: Any) -> None:
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | values))


@pytest.mark.usefixtures("nothing_ran")
@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "text_encoder_2", "tokenizer"])
@pytest.mark.parametrize("library", ["omost_test_installed", "omost_test_imported", "antigravity", "unet", None, [], 5])
def test_a_part_of_another_class_is_refused_and_nothing_is_imported(folder: Path, part: str, library: Any) -> None:
    change(folder / "model_index.json", **{part: [library, "Evil"]})
    (folder / part / "unet.py").write_text(CODE)
    with pytest.raises(BadInputError, match=rf"Evil as its {part}") as refused:
        load_checkpoint(folder, CPU)
    assert "no code" in refused.value.hint


@pytest.mark.usefixtures("nothing_ran")
@pytest.mark.parametrize(
    "index",
    [
        {"_class_name": ["pipeline", "StableDiffusionXLPipeline"]},
        {"_class_name": ["evil", "Evil"]},
        {"_class_name": "omost_test_imported.Evil"},
        {"_class_name": {"a": 1}},
        {"unet": ["diffusers", "UNet2DConditionModel", "evil"]},
        {"unet": "omost_test_installed.Evil"},
    ],
)
def test_a_pipeline_of_its_own_is_refused(folder: Path, index: dict[str, Any]) -> None:
    change(folder / "model_index.json", **index)
    for name in ("pipeline.py", "evil.py"):
        (folder / name).write_text(CODE)
    with pytest.raises(BadInputError):
        load_checkpoint(folder, CPU)


@pytest.mark.usefixtures("nothing_ran")
def test_what_else_a_folder_names_is_not_looked_at(folder: Path, tiny_sdxl: Any) -> None:
    """Parts that are not used, schedulers of any class, adapters, kernels, and code for `trust_remote_code`."""
    code = {"auto_map": {"AutoModel": "evil.Evil", "AutoTokenizer": ["evil.Evil", None]}, "custom_pipeline": "evil"}
    change(
        folder / "model_index.json",
        **code,
        scheduler=["omost_test_installed", "Evil"],
        feature_extractor=["omost_test_installed", "Evil"],
        image_encoder=["omost_test_imported", "Evil"],
        more=["antigravity", "x"],
    )
    kernel = {"_attn_implementation": "omost/evil", "attn_implementation": "omost/evil"}
    for part in ("text_encoder", "text_encoder_2"):
        change(folder / part / "config.json", **code, **kernel, quantization_config={"quant_method": "evil"})
        (folder / part / "adapter_config.json").write_text(
            json.dumps({"peft_type": "LORA", "megatron_config": {"a": 1}, "megatron_core": "omost_test_installed"})
        )
    change(folder / "tokenizer" / "tokenizer_config.json", **code, tokenizer_class="Evil")
    change(folder / "unet" / "config.json", **code, _class_name="Evil")
    for part in ("", "unet", "text_encoder", "tokenizer", "scheduler"):
        (folder / part / "evil.py").write_text(CODE)
    loaded = load_checkpoint(folder, CPU)
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        ours, theirs = getattr(loaded, part).state_dict(), getattr(tiny_sdxl, part).state_dict()
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert loaded.tokenizer_2.pad_token == "!"


class Runs:
    """Unpickling one makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return (os.mkdir, (str(self.folder),))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_code_is_refused_in_our_words(tmp_path: Path, zipped: bool) -> None:
    file, made = tmp_path / "model.ckpt", tmp_path / "made"
    state = {"state_dict": {"a": torch.zeros(1)}, "more": Runs(made)}
    torch.save(state, file, _use_new_zipfile_serialization=zipped)
    with pytest.raises(BadInputError, match="more than tensors") as refused:
        load_single_file(file, torch.float32)
    assert not made.exists()
    assert "weights_only" not in refused.value.told
    assert "safetensors" in refused.value.hint


@pytest.mark.parametrize("part", ["unet", "text_encoder"])
def test_pickles_in_a_folder_run_nothing_either(tmp_path: Path, folder: Path, part: str) -> None:
    names = {"unet": "diffusion_pytorch_model", "text_encoder": "pytorch_model"}
    for file in (folder / part).glob("*.safetensors"):
        file.unlink()
    torch.save({"a": Runs(tmp_path / "made")}, folder / part / f"{names[part]}.bin")
    with pytest.raises(OmostError) as refused:
        load_checkpoint(folder, CPU)
    assert not (tmp_path / "made").exists()
    assert "weights_only" not in refused.value.told


def test_pickled_tensors_of_a_folder_are_read(folder: Path, tiny_sdxl: Any) -> None:
    state = tiny_sdxl.text_encoder.state_dict()
    (folder / "text_encoder" / "model.safetensors").unlink()
    torch.save(state, folder / "text_encoder" / "pytorch_model.bin")
    loaded = load_checkpoint(folder, CPU).text_encoder.state_dict()
    assert all(torch.equal(loaded[name], state[name]) for name in state)


def test_a_folder_of_half_precision_alone_is_read_on_the_cpu(tmp_path: Path, tiny_sdxl: Any) -> None:
    tiny_sdxl.save_pretrained(tmp_path / "half", variant="fp16")
    loaded = load_checkpoint(tmp_path / "half", CPU)
    assert loaded.unet.dtype == loaded.text_encoder_2.dtype == torch.float32
    assert torch.equal(loaded.vae.decoder.conv_in.weight, tiny_sdxl.vae.decoder.conv_in.weight)


def test_a_text_encoder_that_lacks_tensors_is_refused(folder: Path, tiny_sdxl: Any) -> None:
    from safetensors.torch import save_file

    state = dict(list(tiny_sdxl.text_encoder.state_dict().items())[1:])
    save_file(state, folder / "text_encoder" / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="lacks"):
        load_checkpoint(folder, CPU)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_folder_that_lacks_a_part_is_refused(folder: Path, part: str) -> None:
    shutil.rmtree(folder / part)
    with pytest.raises(ModelError, match="cannot load") as refused:
        load_checkpoint(folder, CPU)
    assert "connect" not in refused.value.told.lower()
    assert "huggingface.co" not in refused.value.told
