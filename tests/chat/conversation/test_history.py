from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.conversation import Conversation, Round, clean_text
from lib_omost.chat.conversation.history import read_history, write_history
from lib_omost.errors import BadInputError

HEADINGS = ["### User", "### Assistant", "### Assistant (model response)", "## human:", "#### BOT ", "### User\t"]
lines = st.one_of(
    st.sampled_from([*HEADINGS, "\\### User", "\\\\### Assistant  ", "", "```", "#"]),
    st.text(max_size=20),
)
turns = st.lists(lines, min_size=1, max_size=5).map("\n".join).filter(lambda text: bool(text.strip())).map(clean_text)
conversations = st.builds(
    Conversation, st.lists(st.builds(Round, turns, turns), max_size=4).map(tuple), st.none() | turns
)


@given(conversations)
@example(Conversation((Round("### User", "\\### Assistant"),), "a\x0bb\x85c\u2028d"))
def test_every_conversation_is_read_back_as_it_was_written(conversation: Conversation) -> None:
    assert read_history(write_history(conversation)) == conversation


@given(conversations)
def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(conversation: Conversation) -> None:
    text = "\ufeff" + write_history(conversation).replace("\n", "\r\n")
    assert read_history(text) == conversation


def test_the_published_transcript_is_a_history() -> None:
    text = (Path(__file__).parents[3] / "lib_omost" / "bench" / "dragon_chat.md").read_text(encoding="utf-8")
    conversation = read_history(text)
    first, second = conversation.rounds
    assert first.message == "generate an image of the fierce battle of warriors and the dragon"
    assert second.message == "change the dragon to a dinosaur"
    for round_ in conversation.rounds:
        canvas = parse_reply(round_.reply).canvas
        assert canvas is not None
        assert len(canvas.regions) == 4
    assert read_history(write_history(conversation)) == conversation


@pytest.mark.parametrize("heading", ["### Assistant (model response)", "## Assistant:", "### ASSISTANT", "### Model"])
def test_headings_of_other_programs_part_the_turns_too(heading: str) -> None:
    conversation = read_history(f"### User\n\na harbour\n\n{heading}\n\nA reply.\n")
    assert conversation == Conversation((Round("a harbour", "A reply."),))


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_an_empty_conversation(text: str) -> None:
    assert read_history(text) == Conversation()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello\n", "line 1: found 'hello' .*'### User'"),
        ("\n\n### Assistant\n\nhi", "line 3: found '### Assistant' .*'### User'"),
        ("### User\nhi\n### User\nhi", "line 3: found '### User' .*'### Assistant'"),
        ("### User\n\n### Assistant\nhi", "line 1: nothing follows '### User'"),
        ("### User\nhi\n\n### Assistant\n\n", "line 4: nothing follows '### Assistant'"),
        ("### User\nhi\n### Assistant\n\ud800", "line 3: .*surrogate"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_history(text)
