"""bench chat and bench messages on a random model of bytes: the counting, the forcing and what is said of them."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.bench import chat, messages
from lib_omost.bench.replay import Teacher
from lib_omost.canvas import parse_reply
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.local.constraint import GrammarConstraint, Unconstrained
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.errors import BadInputError
from lib_omost.grammar.rules import Chars, Grammar, Literal, sequence

TEMPLATE = "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>\n{% endfor %}<s>"


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={char: place for place, char in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=32768,
        eos_token_id=tokenizer.eos_token_id,
        initializer_range=0.3,
    )
    bounds = Bounds(regions=(1, 1), items=(0, 0), sentence=6, tags=6, mood=6)
    return TransformersModel(LlamaForCausalLM(config).eval(), tokenizer, bounds=bounds)


def test_both_turns_take_fewer_passes_and_greedy_replies_are_identical(model: TransformersModel) -> None:
    heard: list[tuple[int, int]] = []
    rows, greedy = chat.run(model, tokens=700, done=lambda done, of: heard.append((done, of)))
    found = {(row.turn, row.way): row for row in rows}
    assert set(found) == {
        ("first", chat.PLAIN),
        ("first", chat.FORCED),
        ("first", chat.OURS),
        ("edit", chat.PLAIN),
        ("edit", chat.OURS),
        ("edit", chat.ANEW),
    }
    for (_, way), row in found.items():
        assert row.tokens == 700
        if way == chat.PLAIN:
            assert row.forwards == 700
        assert row.fewer_forwards == pytest.approx(700 / row.forwards)
        assert row.tokens_per_second == pytest.approx(700 / row.seconds)
    assert found["first", chat.OURS].forwards < found["first", chat.FORCED].forwards < 700
    assert found["edit", chat.OURS].fewer_forwards > 5
    assert [entry.identical for entry in greedy] == [True] * 4
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
    table = chat.format_table(rows, greedy)
    assert table.count("identical") == 4
    assert "DIFFERENT" not in table
    wrong = chat.Greedy("first", "nothing", 3, 3, identical=False)
    assert "first turn, greedy, held to nothing: DIFFERENT" in chat.format_table([], [wrong])


def test_the_teacher_has_the_reply_written_and_nothing_else(model: TransformersModel) -> None:
    first, edit = chat.transcript_turns(model)
    assert edit.prompt[: len(first.prompt)] == first.prompt
    assert parse_reply(edit.reply).corrections == ()
    assert "dinosaur" in edit.reply.lower()
    reply = model.vocabulary.tokenize_str(first.reply)
    teacher = Teacher(Unconstrained(), reply, model.vocabulary)
    written = []
    while not teacher.ended():
        token = teacher.choose(torch.empty(0), None)
        teacher.take(token)
        written.append(token)
    assert written == reply


def test_a_reply_that_the_grammar_does_not_allow_is_refused(model: TransformersModel) -> None:
    reply = model.vocabulary.tokenize_str("abd")
    grammar = Grammar({"start": sequence(Literal("ab"), Chars(("cc", "ee")))})
    constraint = GrammarConstraint(model.vocabulary, grammar)
    teacher = Teacher(constraint, reply, model.vocabulary)
    assert model.vocabulary.decode_bytes(teacher.forced()) == b"ab"
    with pytest.raises(BadInputError, match="does not allow b'd'"):
        teacher.choose(torch.empty(0), constraint.allowed())
    other = Teacher(GrammarConstraint(model.vocabulary, Grammar({"start": Literal("xy")})), reply, model.vocabulary)
    with pytest.raises(BadInputError, match="forces b'xy'"):
        other.forced()


def test_there_are_fifty_messages_of_every_kind() -> None:
    asked = messages.fifty_messages()
    assert len(asked) == len(set(asked)) == 50
    assert [len(message) for message in asked].count(messages.LONGEST) >= 2
    assert max(map(len, asked)) == messages.LONGEST
    text = "".join(asked)
    for sign in ("é", "ü", "к", "ν", "赤", "红", "빨", "ق", "ב", "न", "ช", "ት", "🐉", '"', "'", "`", "\n", "\\"):
        assert sign in text


def test_messages_are_asked_and_their_replies_judged(model: TransformersModel) -> None:
    answers = messages.run(model, ["a red fox 🙂", "赤い灯台", "!?"])
    for answer in answers:
        assert answer.parsed
        assert answer.refused is None
        assert answer.tokens > answer.forwards > 0
        assert answer.seconds > 0


def test_a_reply_that_is_no_canvas_counts_as_none(model: TransformersModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "bounds", None)
    (answer,) = messages.run(model, ["a fox"])
    assert not answer.parsed
    assert answer.refused == "Response does not contain codes!"
