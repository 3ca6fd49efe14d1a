"""What a small context leaves of a chat: never without its last canvas, and never without room for a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import llguidance
import pytest

from lib_omost.canvas import Canvas, Region, parse_canvas, write_canvas
from lib_omost.chat.client.tokens import estimate_tokens
from lib_omost.chat.conversation.budget import fitted
from lib_omost.chat.conversation.compact import compact_reply
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.conversation.prompt import SHORT, openings, system_prompt, whole_examples
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.service.message import replying
from lib_omost.errors import BadInputError
from lib_omost.grammar.lark import lark
from tests.language_model import FakeModel

THINGS = ("boat", "tower", "gull", "dog", "rock", "cloud", "pier", "lantern")
DETAILS = ("It is old and weathered.", "The paint has come off in places.", "Long shadows fall to the right.")
CANVAS = Canvas(
    "A harbour at dusk, seen from the water.",
    DETAILS,
    "harbour, dusk, sea",
    "slateblue",
    tuple(
        Region(
            "on the left",
            "slightly to the upper",
            "a medium-sized vertical area",
            float(number + 1),
            f"A weathered {thing} in the evening light.",
            DETAILS,
            f"{thing}, evening, harbour, old, weathered",
            "Quiet and a little sad.",
            "Oil painting with heavy strokes.",
            "Sharp focus, balanced light, fine detail.",
            "sienna",
        )
        for number, thing in enumerate(THINGS)
    ),
)
REPLY = f"```python\n{write_canvas(CANVAS)}```"  # as long as those of the published transcripts
CHAT = Conversation((Round("a harbour", REPLY), Round("with a dog", REPLY)), "make the boat green")


def asked_of(context: int, conversation: Conversation, **model: object) -> tuple[Message, ...]:
    fake = FakeModel(["x"], context_tokens=context, count_tokens=estimate_tokens, **model)  # type: ignore[arg-type]
    list(replying(fake, conversation).pieces(Sampling()))
    (asked,) = fake.asked
    return asked.messages


@pytest.mark.parametrize("knows_canvas", [True, False])
@pytest.mark.parametrize("is_small", [True, False])
@pytest.mark.parametrize("context", [2048, 3000, 4096, 6000, 8192])
def test_an_edit_is_asked_for_with_the_canvas(context: int, is_small: bool, knows_canvas: bool) -> None:
    if knows_canvas and context == 2048:
        pytest.skip("its prompt is a wire format and may not be shortened: see the next test")
    messages = asked_of(context, CHAT, knows_canvas=knows_canvas, is_small=is_small)
    assert messages[-1] == Message("user", "make the boat green")
    canvas = parse_canvas(messages[-2].content)
    assert [region.description for region in canvas.regions] == [region.description for region in CANVAS.regions]
    assert estimate_tokens(messages) <= context - min(2048, context // 2)


def test_a_chat_that_cannot_fit_says_so() -> None:
    with pytest.raises(BadInputError, match="too long"):
        asked_of(600, CHAT, knows_canvas=True)


@pytest.mark.parametrize("is_small", [True, False])
def test_a_message_of_900_characters_fits_into_4096_tokens(is_small: bool) -> None:
    message = ("an old fisherman mends his nets on the pier while gulls circle above the boats " * 20)[:900].strip()
    messages = asked_of(4096, Conversation().ask(message), knows_canvas=False, is_small=is_small)
    assert messages[0].content == system_prompt()
    assert messages[-1].content == message
    edit = asked_of(4096, replace(CHAT, pending=message), knows_canvas=False, is_small=is_small)
    assert edit[-1].content == message
    assert len(parse_canvas(edit[-2].content).regions) == len(THINGS)


def test_what_goes_first_is_old_rounds_then_examples_then_the_prompt_then_details() -> None:
    model = FakeModel(knows_canvas=False)
    seen = []
    for budget in range(9000, 400, -80):
        opening, *shorter = openings(model)
        try:
            messages, _ = fitted(CHAT, opening, estimate_tokens, budget, shorter)
        except BadInputError:
            break
        examples = sum(turn in messages for turn in whole_examples() if turn.role == "user")
        seen.append(
            (
                sum(turn.content == REPLY for turn in messages),
                examples,
                messages[0].content != SHORT,
                any(turn.content == compact_reply(REPLY) for turn in messages),
            )
        )
    assert list(dict.fromkeys(seen)) == [
        (2, 2, True, False),
        (1, 2, True, False),
        (1, 1, True, False),
        (1, 0, True, False),
        (1, 0, False, False),
        (0, 0, False, True),
    ]


def test_a_trained_prompt_is_never_another() -> None:
    assert [[turn.content for turn in opening] for opening in openings(FakeModel())] == [[system_prompt()]]


def test_rounds_without_a_canvas_are_no_reason_to_drop_it() -> None:
    chat = Conversation((Round("a harbour", REPLY), Round("why?", "Because."), Round("hm", "Yes.")), "and a dog")
    messages = asked_of(4096, chat, knows_canvas=False)
    assert any("canvas.add_local_description" in turn.content and "boat" in turn.content for turn in messages)


def test_few_counts_are_asked_for() -> None:
    counts: list[int] = []

    def count(messages: Sequence[Message]) -> int:
        counts.append(len(messages))
        return estimate_tokens(messages)

    rounds = tuple(Round(f"message {number}", REPLY) for number in range(40))
    fitted(Conversation(rounds, "now"), openings(FakeModel())[0], count, 6000)
    assert len(counts) < 10


def test_the_compact_form_is_a_few_hundred_tokens_and_says_what_an_edit_needs() -> None:
    compact = compact_reply(REPLY)
    assert compact is not None
    assert estimate_tokens([Message("assistant", compact)]) < 700 < estimate_tokens([Message("assistant", REPLY)]) / 2
    read = parse_canvas(compact)
    assert read.description == CANVAS.description
    for one, other in zip(read.regions, CANVAS.regions, strict=True):
        assert (one.rect, one.distance_to_viewer, one.description, one.color_name) == (
            other.rect,
            other.distance_to_viewer,
            other.description,
            other.color_name,
        )
    assert compact_reply("no canvas") is None


@pytest.mark.parametrize("bounds", [Bounds(), OMOST_BOUNDS])
def test_whole_examples_are_what_the_grammar_asks_for(byte_vocabulary: llguidance.LLTokenizer, bounds: Bounds) -> None:
    matcher = llguidance.LLMatcher(byte_vocabulary, llguidance.LLMatcher.grammar_from_lark(lark(canvas_rules(bounds))))
    for turn in whole_examples()[1::2]:
        matcher.reset()
        assert matcher.consume_tokens(byte_vocabulary.tokenize_str(turn.content))
        assert matcher.is_accepting()
