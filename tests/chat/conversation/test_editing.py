"""A conversation as people edit it: undo, retry, an earlier message, going on, and files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.conversation import Conversation, Round, clean_text
from lib_omost.chat.conversation.history import read_history, write_history
from lib_omost.chat.conversation.history_json import read_history_json, write_history_json
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.service.message import replying
from lib_omost.errors import BadInputError

turns = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip())).map(clean_text)
conversations = st.builds(
    Conversation, st.lists(st.builds(Round, turns, turns), max_size=4).map(tuple), st.none() | turns
)
THREE = Conversation((Round("a", "1"), Round("b", "2"), Round("c", "3")))


@given(conversations, turns, turns)
def test_undo_takes_back_one_message(conversation: Conversation, message: str, reply: str) -> None:
    settled = Conversation(conversation.rounds)
    assert settled.ask(message).undo() == settled
    assert settled.ask(message).answer(reply).undo() == settled


def test_retry_edit_and_go_on_leave_the_message_waiting() -> None:
    assert THREE.retry() == Conversation(THREE.rounds[:2], "c")
    assert THREE.retry().retry() == THREE.retry()
    assert THREE.edit(1, "  other ") == Conversation(THREE.rounds[:1], "other")
    assert THREE.ask("d").edit(3, "e") == Conversation(THREE.rounds, "e")
    assert THREE.continue_reply() == (Conversation(THREE.rounds[:2], "c"), "3")


def test_what_is_not_there_cannot_be_edited() -> None:
    for edit in (Conversation.undo, Conversation.retry, Conversation.continue_reply):
        with pytest.raises(BadInputError, match="the chat is empty"):
            edit(Conversation())
    for number in (-1, 3):
        with pytest.raises(BadInputError, match="the chat has 3"):
            THREE.edit(number, "x")
    with pytest.raises(BadInputError, match="empty"):
        THREE.edit(0, " ")
    with pytest.raises(BadInputError, match="no reply to go on from"):
        THREE.ask("d").continue_reply()


@given(conversations)
def test_both_files_are_read_back_as_they_were_written(conversation: Conversation) -> None:
    assert read_history_json(write_history_json(conversation)) == conversation
    assert read_history(write_history(conversation)) == conversation


def test_what_the_page_adds_to_a_round_is_passed_over() -> None:
    data = {"omost_chat": 1, "rounds": [{"message": "a", "reply": "b", "others": ["c"], "place": 0}]}
    assert read_history_json(json.dumps(data)) == Conversation((Round("a", "b"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n oops", "line 2"),
        ("[]", "version 1"),
        ('{"omost_chat": 2, "rounds": []}', "version 1"),
        ('{"omost_chat": 1}', "rounds are no list"),
        ('{"omost_chat": 1, "rounds": [{"message": "a"}]}', "round 1"),
        ('{"omost_chat": 1, "rounds": [{"message": "a", "reply": " "}]}', "reply is not clean"),
        ('{"omost_chat": 1, "rounds": [], "pending": 3}', "pending message is no text"),
        ("[" * 100_000, "nested"),
    ],
)
def test_a_bad_json_file_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_history_json(text)


BOUNDS = Bounds(regions=(1, 1), items=(0, 0), sentence=4, tags=4, mood=4)


@pytest.mark.parametrize("cut", [5, 90, 250])
def test_a_reply_that_was_cut_off_anywhere_becomes_a_whole_canvas(
    tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast, cut: int
) -> None:
    model = TransformersModel(tiny_llama, byte_tokenizer, bounds=BOUNDS, knows_canvas=True)
    asked = Conversation().ask("a circle")
    whole = "".join(piece.text for piece in replying(model, asked).pieces(Sampling(seed=3)))
    conversation, begun = asked.answer(whole[:cut]).continue_reply()
    rest = "".join(piece.text for piece in replying(model, conversation, begun).pieces(Sampling(seed=4)))
    parsed = parse_reply(begun + rest)
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert parsed.canvas is not None


def test_what_was_not_held_to_the_grammar_is_gone_on_with_freely(
    tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast
) -> None:
    model = TransformersModel(tiny_llama, byte_tokenizer, bounds=BOUNDS, knows_canvas=True)
    conversation, begun = Conversation((Round("a circle", "Sure! canvas = Can"),)).continue_reply()
    pieces = list(replying(model, conversation, begun).pieces(Sampling(seed=4, max_new_tokens=9)))
    assert pieces[-1].tokens > 0


def test_the_model_reads_what_was_begun_as_its_own_unfinished_turn(
    tiny_llama: LlamaForCausalLM, byte_tokenizer: PreTrainedTokenizerFast
) -> None:
    model = TransformersModel(tiny_llama, byte_tokenizer)
    asked = Message("user", "a circle")
    begun = model.prompt((asked, Message("assistant", "canv")))
    assert begun == [*model.prompt((asked,)), *byte_tokenizer("canv", add_special_tokens=False).input_ids]
