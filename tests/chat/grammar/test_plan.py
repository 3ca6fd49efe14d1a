from __future__ import annotations

import re
from collections.abc import Callable

import llguidance
import pytest

from lib_omost.canvas import LOCATIONS, parse_reply
from lib_omost.chat.conversation.prompt import worked_examples
from lib_omost.chat.grammar.bounds import SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_grammar
from lib_omost.chat.grammar.plan import Plan, plan_grammar, read_plan

RandomWalk = Callable[[llguidance.LLTokenizer, str, int], str]

BOUNDS = Bounds(regions=(1, 3), items=(0, 1), sentence=9, tags=9, mood=9, plan=True)
ASKED = ("a red circle\nbeside: a blue square!", '  "tall" trees, \\ and 2 naïve `cats` /x/ \u2028_')


def accepted(vocabulary: llguidance.LLTokenizer, grammar: str, text: str) -> bool:
    matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(grammar))
    return bool(matcher.consume_tokens(vocabulary.tokenize_str(text)) and matcher.is_accepting())


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_quotes_words_that_stand_together(
    byte_vocabulary: llguidance.LLTokenizer, random_walk: RandomWalk, seed: int
) -> None:
    plan = read_plan(random_walk(byte_vocabulary, plan_grammar(BOUNDS, ASKED), seed))
    assert plan is not None
    assert 1 <= len(plan.entries) <= 3
    for thing, location in plan.entries:
        assert location in LOCATIONS
        assert any(re.search(rf"(?<![^\W_]){re.escape(thing)}(?![^\W_])", message) for message in ASKED)


@pytest.mark.parametrize("seed", range(8))
def test_the_canvas_keeps_to_its_plan(
    byte_vocabulary: llguidance.LLTokenizer, random_walk: RandomWalk, seed: int
) -> None:
    plan = read_plan(random_walk(byte_vocabulary, plan_grammar(BOUNDS, ASKED), seed))
    assert plan is not None
    reply = random_walk(byte_vocabulary, canvas_grammar(BOUNDS, plan), seed)
    assert reply.startswith(plan.text)
    parsed = parse_reply(reply)
    assert (parsed.problems, parsed.corrections) == ((), ())
    canvas = parsed.require_canvas()
    assert canvas.description[1:].startswith(plan.scene[1:])
    assert [region.location for region in canvas.regions] == [location for _, location in plan.entries]
    for region, (thing, _) in zip(canvas.regions, plan.entries, strict=True):
        assert region.description.startswith(thing[0].upper() + thing[1:])


@pytest.mark.parametrize("asked", ["!?", "🙂", "__"])
def test_a_plan_is_free_where_there_is_nothing_to_quote(
    byte_vocabulary: llguidance.LLTokenizer, random_walk: RandomWalk, asked: str
) -> None:
    assert read_plan(random_walk(byte_vocabulary, plan_grammar(BOUNDS, [asked]), 0)) is not None


def test_a_plan_is_read_when_it_is_complete() -> None:
    text = "```python\n# Plan: a gold moon: on the top; a 2nd house: in the center; scene: a night sky\n"
    entries = (("a gold moon", "on the top"), ("a 2nd house", "in the center"))
    assert read_plan(text) == Plan(text, entries, "a night sky")
    for cut in range(len(text)):
        assert read_plan(text[:cut]) is None


def test_worked_examples_are_what_the_grammars_ask_for(byte_vocabulary: llguidance.LLTokenizer) -> None:
    turns = worked_examples()
    complete = 0
    for user, assistant in zip(turns[::2], turns[1::2], strict=True):
        line = "\n".join(assistant.content.split("\n")[:2]) + "\n"
        assert accepted(byte_vocabulary, plan_grammar(SMALL_MODEL_BOUNDS, [user.content]), line)
        if assistant.content == line + "```":
            continue
        complete += 1
        plan = read_plan(line)
        assert accepted(byte_vocabulary, canvas_grammar(SMALL_MODEL_BOUNDS, plan), assistant.content)
    assert complete >= 2
