"""Texts of transformers, from engines as Neo has them: where the words end, what stands behind, and what goes along."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.transformer_texts import transformer_texts

CHANNELS, END = 4, 1


def states(ids: list[int]) -> torch.Tensor:
    """(T, C): each token tells its id."""
    return torch.tensor(ids, dtype=torch.float32)[:, None].expand(-1, CHANNELS)


def tokenizer(texts: list[str], **_: Any) -> dict[str, list[list[int]]]:
    return {"input_ids": [[10 + len(word) for word in text.split()] for text in texts]}


class T5:
    """Pads each chunk to `min_length`; BREAK ends a chunk."""

    id_end = END

    def __init__(self, min_length: int) -> None:
        self.min_length, self.tokenizer = min_length, tokenizer

    def tokenize_line(self, text: str) -> tuple[list[Any], int]:
        chunks = []
        for part in text.split("BREAK"):
            ids = [*tokenizer([part])["input_ids"][0], END]
            chunks.append(SimpleNamespace(tokens=[*ids, *[0] * (self.min_length - len(ids))]))
        return chunks, sum(len(chunk.tokens) for chunk in chunks)

    def __call__(self, texts: list[str]) -> torch.Tensor:
        return torch.stack([states(chunk.tokens) for text in texts for chunk in self.tokenize_line(text)[0]])


def clip(texts: list[str]) -> tuple[None, torch.Tensor]:
    return None, torch.full((len(texts), 3), 7.0)


def anima(texts: list[str]) -> list[torch.Tensor]:
    found = [states([*tokenizer([text])["input_ids"][0], END]) for text in texts]
    return [torch.cat([one, torch.zeros(8 - len(one), CHANNELS)])[None] for one in found]


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, modules: Any) -> None:
    def parse(text: str, emphasis: str) -> list[list[Any]]:
        return [[part, -1 if part == "BREAK" else 1.0] for part in text.split("|")]

    option = SimpleNamespace(name="Original")
    for name, module in {
        "emphasis": SimpleNamespace(get_current_option=lambda _name: option),
        "parsing": SimpleNamespace(parse_prompt_attention=parse),
    }.items():
        monkeypatch.setitem(sys.modules, f"backend.text_processing.{name}", module)
    monkeypatch.setitem(sys.modules, "backend", ModuleType("backend"))
    monkeypatch.setitem(sys.modules, "backend.text_processing", ModuleType("backend.text_processing"))


def test_a_text_of_t5_keeps_its_end_sign_and_its_padding_apart(engines: None) -> None:
    texts = transformer_texts(SimpleNamespace(text_processing_engine_t5=T5(6), text_processing_engine_l=clip))
    assert texts is not None
    assert list(texts.tokenize("a red|BREAK| circle")) == [11, 13, 16]
    encoded = texts.encode(["a red"])
    assert encoded.tokens[:, 0].tolist() == [11, 13, END]
    assert encoded.padding is not None
    assert encoded.padding.shape == (3, CHANNELS)
    assert encoded.others["vector"].tolist() == [7.0] * 3


def sd3(text: Any) -> dict[str, torch.Tensor]:
    """CLIP's 77 tokens, T5's ids behind them; and both vectors."""
    chunks, _ = T5(6).tokenize_line(text[0])
    behind = states(chunks[0].tokens) if switch.sd3_enable_t5 else torch.zeros(256, CHANNELS)
    return {"crossattn": torch.cat([states([5] * 77), behind])[None], "vector": torch.full((1, 6), 7.0)}


switch = SimpleNamespace(sd3_enable_t5=True)


def sd3_model() -> Any:
    clip_engine = SimpleNamespace(tokenizer=tokenizer)
    return SimpleNamespace(
        text_processing_engine_l=clip_engine,
        text_processing_engine_g=clip_engine,
        text_processing_engine_t5=T5(6),
        get_learned_conditioning=sd3,
    )


@pytest.mark.parametrize("with_t5", [True, False])
def test_sd3s_two_clips_stand_before_t5_and_zeros_in_its_place_are_padding(
    engines: None, modules: Any, monkeypatch: pytest.MonkeyPatch, with_t5: bool
) -> None:
    monkeypatch.setattr(switch, "sd3_enable_t5", with_t5)
    modules.opts.sd3_enable_t5 = with_t5
    texts = transformer_texts(sd3_model())
    assert texts is not None
    assert texts.limit == 75
    assert texts.state is with_t5  # what is kept was read so, too
    assert list(texts.tokenize("a red")) == [11, 13]
    encoded = texts.encode(["a red"])
    assert encoded.tokens[:, 0].tolist() == [5] * 77 + ([11, 13, END] if with_t5 else [])
    assert encoded.padding is not None
    assert len(encoded.padding) == (3 if with_t5 else 256)
    assert encoded.others["vector"].tolist() == [7.0] * 6


def test_a_break_in_sd3_with_t5_is_refused_where_the_webui_would_fail(engines: None, modules: Any) -> None:
    modules.opts.sd3_enable_t5 = True
    texts = transformer_texts(sd3_model())
    assert texts is not None
    with pytest.raises(OmostError, match="BREAK"):
        texts.encode(["a red BREAK circle"])


def test_chunks_of_a_break_stand_side_by_side_without_the_padding_between(engines: None) -> None:
    texts = transformer_texts(SimpleNamespace(text_processing_engine_t5=T5(6)))
    assert texts is not None
    encoded = texts.encode(["a red BREAK circle"])
    assert encoded.tokens[:, 0].tolist() == [11, 13, END, 16, END]
    assert encoded.others == {}


def test_without_padding_there_is_none(engines: None) -> None:
    texts = transformer_texts(SimpleNamespace(text_processing_engine_t5=T5(1)))
    assert texts is not None
    assert texts.encode(["a red"]).padding is None


def test_the_adapters_zeros_stand_behind_its_words(engines: None) -> None:
    def engine(texts: list[str]) -> list[torch.Tensor]:
        return anima(texts)

    engine.t5_tokenizer = tokenizer  # type: ignore[attr-defined]
    engine.tokenize_line = lambda text: [  # type: ignore[attr-defined]
        SimpleNamespace(t5_tokens=[*tokenizer([text])["input_ids"][0], END])
    ]
    texts = transformer_texts(SimpleNamespace(text_processing_engine_anima=engine))
    assert texts is not None
    encoded = texts.encode(["a red"])
    assert encoded.tokens[:, 0].tolist() == [11, 13, END]
    assert encoded.padding is not None
    assert not encoded.padding.any()


class Klein:
    """A language model's text in a frame, padded by a sign."""

    id_pad, min_length, tokenizer = 9, 8, staticmethod(tokenizer)

    def tokenize_line(self, text: str) -> list[Any]:
        ids = [2, *tokenizer([text])["input_ids"][0], 3]
        return [SimpleNamespace(tokens=[*ids, *[9] * (self.min_length - len(ids))])]

    def __call__(self, texts: list[str]) -> list[torch.Tensor]:
        return [states(chunk.tokens) for text in texts for chunk in self.tokenize_line(text)]


@pytest.mark.parametrize(("words", "padding"), [(2, 4), (6, 0), (9, 0)])
def test_a_language_models_text_ends_where_its_padding_begins(engines: None, words: int, padding: int) -> None:
    texts = transformer_texts(SimpleNamespace(text_processing_engine_gemma=Klein()))
    assert texts is not None
    assert texts.limit == 480
    text = " ".join(["red"] * words)
    assert list(texts.tokenize(text)) == [13] * words
    encoded = texts.encode([text])
    assert encoded.tokens[:, 0].tolist() == [2, *[13] * words, 3]
    assert (0 if encoded.padding is None else len(encoded.padding)) == padding


def test_an_engine_that_pads_a_language_models_text_by_another_sign_is_not_known(engines: None) -> None:
    padded = SimpleNamespace(tokenizer=tokenizer, min_length=512)
    assert transformer_texts(SimpleNamespace(text_processing_engine_gemma=padded)) is None
    assert transformer_texts(SimpleNamespace()) is None
    assert transformer_texts(None) is None
