"""The composer's weights: base and adapter together, kept in a file that is whole or is made again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.chat.local import composer
from lib_omost.chat.local.adapter import read_adapter
from lib_omost.chat.local.composer import ComposerModel, load_composer
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.models.catalogue import EMBEDDED
from lib_omost.chat.worker.child import loading
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.launch import Device
from lib_omost.errors import AdapterError
from lib_omost.grammar.rules import Chars, Grammar, Repeat
from tests.chat.conftest import babbler

sys.path.append(str(Path(__file__).parents[3] / "tools"))
from composer_training.lora import Adapted, trainable
from composer_training.ship import put_into, write_weights

ASK = (Message("user", "picture: a red circle\nplan:\n"),)


@pytest.fixture
def base(byte_tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    return babbler(byte_tokenizer, max_position_embeddings=512, tie_word_embeddings=True)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    return tmp_path / "adapter.safetensors"


@pytest.fixture
def loads(
    base: LlamaForCausalLM,
    byte_tokenizer: PreTrainedTokenizerFast,
    adapter: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """How often the base was read; the composer is then made of the tiny model and `adapter`."""
    read: list[str] = []

    def load() -> TransformersModel:
        read.append("base")
        return TransformersModel(base, byte_tokenizer)

    (tmp_path / "base.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(composer, "load_embedded_model", load)
    monkeypatch.setattr(loading, "load_embedded_model", load)
    monkeypatch.setattr(composer, "embedded_file", lambda: tmp_path / "base.gguf")
    monkeypatch.setattr(composer, "adapter_file", lambda: adapter)
    monkeypatch.setattr(composer, "_dtype", lambda _: torch.float32)
    return read


def train(base: LlamaForCausalLM, adapter: Path, seed: int = 1) -> LlamaForCausalLM:
    """Ship adapters with random weights for a copy of `base`; the copy with what was shipped."""
    copy = LlamaForCausalLM(base.config).eval()
    copy.load_state_dict({name: weight.to(torch.bfloat16) for name, weight in base.state_dict().items()})
    weights = trainable(copy, 4, seed)
    rng = torch.Generator().manual_seed(seed)
    write_weights(adapter, {name: torch.randn(weight.shape, generator=rng) * 0.2 for name, weight in weights.items()})
    put_into(weights, read_adapter(adapter))
    assert any(isinstance(module, Adapted) for module in copy.modules())
    return copy


TWELVE = Grammar({"start": Repeat(Chars(("az", "  ")), 12, 12)})


def said(model: ComposerModel) -> str:
    sampling = Sampling(temperature=0, max_new_tokens=12)
    return "".join(piece.text for piece in model.stream(ASK, sampling, grammar=TWELVE))


def weights_of(model: ComposerModel) -> torch.Tensor:
    return model.network._weights["1.gate_up"]


def test_it_computes_what_was_trained(base: LlamaForCausalLM, adapter: Path, loads: list[str]) -> None:
    trained = train(base, adapter)
    model = load_composer(None)
    assert model.composes
    ids = torch.tensor([model.prompt(ASK)])
    wanted = trained(ids).logits[0, -1].detach()
    found = model.network(ids, past_key_values=None).logits[0, -1]
    assert torch.allclose(found, wanted, atol=1e-3)
    assert not torch.allclose(found, base(ids).logits[0, -1], atol=1e-1)
    assert len(said(model)) == 12


def test_a_prompt_is_its_text_alone_and_a_begun_reply_follows_it(
    base: LlamaForCausalLM, adapter: Path, loads: list[str], byte_tokenizer: PreTrainedTokenizerFast
) -> None:
    train(base, adapter)
    model = load_composer(None)
    text = ASK[0].content + "scene: x\n"
    assert model.prompt((*ASK, Message("assistant", "scene: x\n"))) == byte_tokenizer(text).input_ids
    assert model.count_tokens(ASK) == len(ASK[0].content)


def test_the_second_start_reads_the_kept_file_alone(
    base: LlamaForCausalLM, adapter: Path, loads: list[str], tmp_path: Path
) -> None:
    train(base, adapter)
    first = load_composer(tmp_path / "kept")
    second = load_composer(tmp_path / "kept")
    assert loads == ["base"]
    assert said(second) == said(first)
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize("what", ["adapter", "base"])
def test_another_adapter_or_base_makes_it_anew(
    base: LlamaForCausalLM, adapter: Path, loads: list[str], tmp_path: Path, what: str
) -> None:
    train(base, adapter)
    first = load_composer(tmp_path / "kept")
    if what == "adapter":
        train(base, adapter, seed=2)
    else:
        (tmp_path / "base.gguf").write_bytes(b"GGUF and more")
    second = load_composer(tmp_path / "kept")
    assert loads == ["base", "base"]
    assert torch.equal(weights_of(first), weights_of(second)) == (what == "base")
    assert len(list((tmp_path / "kept").iterdir())) == 1  # the old one is gone


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def stranger(file: Path) -> None:
    save_file({"x": torch.zeros(2)}, file)


@pytest.mark.parametrize("damage", [cut, emptied, stranger])
def test_a_damaged_file_is_made_again(
    base: LlamaForCausalLM, adapter: Path, loads: list[str], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    train(base, adapter)
    wanted = said(load_composer(tmp_path / "kept"))
    (file,) = (tmp_path / "kept").iterdir()
    damage(file)
    assert said(load_composer(tmp_path / "kept")) == wanted
    assert said(load_composer(tmp_path / "kept")) == wanted
    assert loads == ["base", "base"]


def test_a_conversion_that_was_killed_leaves_nothing_in_the_way(
    base: LlamaForCausalLM, adapter: Path, loads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(base, adapter)

    def killed(weights: object, file: Path, about: object) -> None:
        Path(file).write_bytes(b"half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(composer, "save_file", killed)
        with pytest.raises(KeyboardInterrupt):
            load_composer(tmp_path / "kept")
    wanted = said(load_composer(tmp_path / "kept"))
    assert said(load_composer(tmp_path / "kept")) == wanted
    assert [file.suffix for file in (tmp_path / "kept").iterdir()] == [".safetensors"]


@pytest.mark.parametrize("place", ["full", "no folder"])
def test_where_nothing_can_be_kept_it_works_all_the_same(
    base: LlamaForCausalLM,
    adapter: Path,
    loads: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    train(base, adapter)
    kept = tmp_path / "kept"
    if place == "full":

        def full(weights: object, file: Path, about: object) -> None:
            Path(file).write_bytes(b"half of it")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(composer, "save_file", full)
    else:
        kept.write_text("a file")
    assert said(load_composer(kept)) == said(load_composer(None))
    assert "cannot be kept" in capsys.readouterr().err
    assert not kept.is_dir() or list(kept.iterdir()) == []


def missing(adapter: Path) -> None:
    adapter.unlink()


def foreign(adapter: Path) -> None:
    write_weights(adapter, {"model.layers.9.mlp.up_proj.down": torch.ones(2, 3), "x.up": torch.ones(3, 2)})


def misshapen(adapter: Path) -> None:
    name = "model.layers.0.mlp.up_proj"
    write_weights(adapter, {f"{name}.down": torch.ones(2, 3), f"{name}.up": torch.ones(3, 2)})


def hollow(adapter: Path) -> None:
    save_file({"note": torch.zeros(1)}, adapter)


@pytest.mark.parametrize("damage", [missing, cut, emptied, foreign, misshapen, hollow])
def test_without_a_fit_adapter_the_embedded_model_answers_as_it_is(
    base: LlamaForCausalLM, adapter: Path, loads: list[str], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    train(base, adapter)
    damage(adapter)
    with pytest.raises(AdapterError) as caught:
        load_composer(tmp_path / "kept")
    assert "anew" in caught.value.hint
    model = loading.load(Order(EMBEDDED, Device.BEST, offline=True, kept=tmp_path / "kept"))
    assert isinstance(model, TransformersModel)
    assert not model.composes
    train(base, adapter)  # it has come meanwhile
    assert loading.load(Order(EMBEDDED, Device.BEST, offline=True, kept=tmp_path / "kept")).composes
