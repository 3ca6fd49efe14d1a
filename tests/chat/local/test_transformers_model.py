from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.canvas import parse_reply
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.chat.local.decode import PASS_TOKENS
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import CUT_OFF, Message, Piece, Sampling
from lib_omost.errors import ModelError

ASK = (Message("system", "Compose."), Message("user", "a circle"))
BOUNDS = Bounds(regions=(1, 2), items=(0, 1), sentence=8, tags=8, mood=8)
GRAMMAR = canvas_rules(BOUNDS)


@pytest.fixture
def held(tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast) -> TransformersModel:
    return TransformersModel(tiny_llama, byte_tokenizer, bounds=BOUNDS)


@pytest.fixture
def free(tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast) -> TransformersModel:
    return TransformersModel(tiny_llama, byte_tokenizer)


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_a_random_model_held_to_the_grammar_writes_a_canvas(held: TransformersModel) -> None:
    pieces = list(held.stream(ASK, Sampling(temperature=1, seed=3), grammar=GRAMMAR))
    parsed = parse_reply(text_of(pieces))
    assert parsed.canvas is not None
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert text_of(pieces).isascii() or "\ufffd" not in text_of(pieces)
    tokens = [piece.tokens for piece in pieces]
    assert tokens == sorted(tokens)
    assert tokens[-1] == len(text_of(pieces).encode())  # one token a byte
    assert pieces[-1].forwards < tokens[-1] / 4  # the layout is forced and costs nothing


def test_greedy_is_what_the_model_says_when_it_reads_everything_anew(
    free: TransformersModel, tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast
) -> None:
    ids = byte_tokenizer.apply_chat_template(
        [{"role": turn.role, "content": turn.content} for turn in ASK], add_generation_prompt=True, return_dict=False
    )
    expected: list[int] = []
    with torch.inference_mode():
        for _ in range(12):
            expected.append(int(tiny_llama(torch.tensor([ids + expected])).logits[0, -1].argmax()))
    pieces = list(free.stream(ASK, Sampling(temperature=0, max_new_tokens=12)))
    assert text_of(pieces) == bytes(free.vocabulary.decode_bytes(expected)).decode("utf-8", "replace")
    assert pieces[-1].tokens == pieces[-1].forwards == 12


def test_greedy_in_the_grammar_is_the_likeliest_allowed_token_with_forced_ones_read_together(
    held: TransformersModel, tiny_llama: LlamaForCausalLM
) -> None:
    text = text_of(list(held.stream(ASK, Sampling(temperature=0, max_new_tokens=400), grammar=GRAMMAR)))
    prompt = held.prompt(ASK)
    tokens = held.vocabulary.tokenize_str(text)
    constraint = GrammarConstraint(held.vocabulary, GRAMMAR)
    replayed = constraint.forced()
    with torch.inference_mode():
        while len(replayed) < len(tokens):
            logits = tiny_llama(torch.tensor([prompt + replayed])).logits[0, -1]
            token = int(logits.masked_fill(~constraint.allowed(), -torch.inf).argmax())
            constraint.take(token)
            replayed += [token, *constraint.forced()]
    assert replayed[: len(tokens)] == tokens


def test_a_seed_repeats_and_no_seed_varies(free: TransformersModel) -> None:
    def run(seed: int | None) -> str:
        return text_of(list(free.stream(ASK, Sampling(temperature=2, top_p=1, max_new_tokens=40, seed=seed))))

    assert run(5) == run(5)
    assert run(5) != run(6)
    assert run(None) != run(None)


@pytest.mark.parametrize("most", [1, 7, 100])
def test_the_token_limit_cuts_forced_text_too(held: TransformersModel, most: int) -> None:
    pieces = list(held.stream(ASK, Sampling(max_new_tokens=most, seed=0), grammar=GRAMMAR))
    assert pieces[-1].tokens == most
    assert len(text_of(pieces).encode()) == most


def test_a_stop_is_heard_before_the_next_forward_pass(held: TransformersModel) -> None:
    pieces: list[Piece] = []
    for piece in held.stream(ASK, Sampling(seed=0), should_stop=lambda: len(pieces) >= 5, grammar=GRAMMAR):
        pieces.append(piece)
    assert len(pieces) in (5, 6)  # the forced text after the last choice may still come
    assert list(held.stream(ASK, Sampling(seed=0), should_stop=lambda: True, grammar=GRAMMAR))[-1].forwards == 0


def test_a_long_prompt_is_read_in_parts_with_a_chance_to_stop_between_them(free: TransformersModel) -> None:
    long = (Message("user", "x" * (3 * PASS_TOKENS)),)
    pieces = list(free.stream(long, Sampling(max_new_tokens=1, seed=0)))
    assert [(piece.text, piece.tokens, piece.forwards) for piece in pieces[:3]] == [("", 0, 1), ("", 0, 2), ("", 0, 3)]
    assert pieces[-1].tokens == 1
    heard: list[Piece] = []
    other = (Message("user", "y" * (3 * PASS_TOKENS)),)
    for piece in free.stream(other, Sampling(seed=0), should_stop=lambda: len(heard) == 2):
        heard.append(piece)
    assert heard[-1] == Piece("", 0, 2)


def test_parts_of_the_prompt_change_nothing(
    free: TransformersModel, tiny_llama: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(free.stream(ASK, Sampling(temperature=0, max_new_tokens=10)))
    monkeypatch.setattr("lib_omost.chat.local.decode.PASS_TOKENS", 3)
    assert text_of(list(free.stream(ASK, Sampling(temperature=0, max_new_tokens=10)))) == text_of(whole)


def test_a_character_of_several_tokens_comes_in_one_piece(
    free: TransformersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = iter([*free.vocabulary.tokenize_str("é–𝕠!")])
    monkeypatch.setattr("lib_omost.chat.local.decoding_model.draw_token", lambda *_: next(wanted))
    pieces = list(free.stream(ASK, Sampling(max_new_tokens=10)))
    assert [piece.text for piece in pieces if piece.text] == ["é", "–", "𝕠", "!"]


def test_ends_at_any_of_the_models_end_tokens(
    tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = 7
    monkeypatch.setattr(tiny_llama.generation_config, "eos_token_id", [second])
    model = TransformersModel(tiny_llama, byte_tokenizer)
    for end in (second, byte_tokenizer.eos_token_id):
        monkeypatch.setattr("lib_omost.chat.local.decoding_model.draw_token", lambda *_, end=end: end)
        assert list(model.stream(ASK, Sampling())) == []


def test_a_prompt_that_fills_the_context_is_refused(free: TransformersModel) -> None:
    assert free.context_tokens == 4096
    full = (Message("user", "x" * 4096),)
    assert free.count_tokens(full) > 4096
    with pytest.raises(ModelError, match=r"prompt has \d+ tokens and the model reads 4096"):
        next(free.stream(full, Sampling()))


def test_a_failing_forward_pass_is_a_model_error(
    free: TransformersModel, tiny_llama: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise torch.OutOfMemoryError("no memory is left")

    monkeypatch.setattr(tiny_llama, "forward", fail)
    with pytest.raises(ModelError, match="no memory is left") as caught:
        list(free.stream(ASK, Sampling()))
    assert "smaller model" in caught.value.hint


def test_models_that_cannot_chat_are_refused(
    tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_tokenizer, "chat_template", None)
    with pytest.raises(ModelError, match="no chat template"):
        TransformersModel(tiny_llama, byte_tokenizer)

    class Slow:
        is_fast = False

    with pytest.raises(ModelError, match="slow"):
        TransformersModel(tiny_llama, Slow())


def test_the_next_reply_reads_on_from_what_the_last_one_had_in_common(free: TransformersModel) -> None:
    sampling = Sampling(temperature=0, max_new_tokens=8)

    def fresh(messages: tuple[Message, ...]) -> str:
        return text_of(list(TransformersModel(free.network, free.tokenizer).stream(messages, sampling)))

    other = (ASK[0], Message("user", "a square, then"))
    longer = (*ASK, Message("assistant", "yes"), Message("user", "y" * PASS_TOKENS))
    for messages in (ASK, ASK, other, longer, (Message("user", "z"),), ASK):
        assert text_of(list(free.stream(messages, sampling))) == fresh(messages)
    list(free.stream(longer, sampling))
    assert list(free.stream(longer, sampling))[-1].forwards == 8  # the long prompt was not read twice
    next(free.stream(ASK, sampling))  # a reply that nobody listens to
    assert text_of(list(free.stream(other, sampling))) == fresh(other)


def test_a_reply_that_ran_into_the_limit_of_tokens_says_so(free: TransformersModel) -> None:
    pieces = list(free.stream(ASK, Sampling(temperature=0, max_new_tokens=12)))
    assert pieces[-1].tokens == 12
    assert [piece.note for piece in pieces if piece.note] == [CUT_OFF]
    stopped = list(free.stream(ASK, Sampling(temperature=0, max_new_tokens=12), lambda: True))
    assert not any(piece.note for piece in stopped)
