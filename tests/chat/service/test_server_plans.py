"""Models of a server that takes grammars are asked for plans and edits, which the program applies to the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llguidance
import pytest
from llguidance.gbnf_to_lark import gbnf_to_lark

from lib_omost.canvas import parse_canvas, write_canvas
from lib_omost.chat.client.kinds import Plans
from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.conversation.plan_prompt import EDITING, EDITS, PLANNING, PLANS, editing, planning
from lib_omost.chat.service import End, Event, Failed, Note
from lib_omost.compose.apply import apply_edits
from lib_omost.compose.edit_text import read_edits
from lib_omost.compose.grammar import edit_rules, plan_rules
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.grammar.gbnf import gbnf
from tests.chat.client.conftest import Answer, Served, as_json, recorded, spoken, streamed
from tests.chat.client.conftest import delta as piece_of

from .conftest import MakeChat, events

__all__ = ["recorded"]
CHAT = "/v1/chat/completions"
PLAN = "scene: calm sea; navy\n red boat; left; red\n white tower; right; white\n"
BEGUN = to_canvas(read_plan(PLAN))
EDIT = "color 1: green\n"
CODE = f"```python\n{write_canvas(BEGUN)}```"
Serve = Callable[..., Served]
Recorded = Callable[[str], dict[str, Answer]]
GRAMMAR_OF: dict[str, Callable[[dict[str, Any]], str]] = {
    "llama-cpp": lambda body: body["grammar"],
    "vllm": lambda body: body["structured_outputs"]["grammar"],
    "vllm-old": lambda body: body["guided_grammar"],
}


def accepts(grammar: str, text: str) -> bool:
    """Whether a text is one of a grammar in GBNF."""
    vocabulary = llguidance.LLTokenizer("byte")
    matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(gbnf_to_lark(grammar)))
    tokens = vocabulary.tokenize_bytes(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and bool(matcher.is_accepting())


def strict(name: str, text: str) -> Callable[[dict[str, Any]], Answer]:
    """A server that says `text` if the grammar that it is given allows it, and refuses the request otherwise."""

    def answer(body: dict[str, Any]) -> Answer:
        if not accepts(GRAMMAR_OF[name](body), text):
            return as_json({"error": {"message": "the reply is not in the grammar"}}, 500)
        return spoken(text[:9], text[9:])

    return answer


def named(answers: dict[str, Answer], name: str, owner: str) -> dict[str, Answer]:
    """The same server with a model of this name."""
    return answers | {"/v1/models": as_json({"data": [{"id": name, "owned_by": owner, "max_model_len": 8192}]})}


def small(recorded: Recorded, kind: str = "llama-cpp") -> dict[str, Answer]:
    return named(recorded(kind), "some-0.5b", "vllm" if kind.startswith("vllm") else "llamacpp")


def reply_of(told: list[Event]) -> str:
    assert isinstance(told[-1], End), told[-1]
    return told[-1].reply


@pytest.mark.parametrize("kind", GRAMMAR_OF)
def test_a_small_model_writes_a_plan_and_then_what_changes(
    chat: MakeChat, serve: Serve, recorded: Recorded, kind: str
) -> None:
    served = serve(small(recorded, kind) | {CHAT: strict(kind, PLAN)})
    one = chat(model="server: ", server=served.url)
    assert parse_canvas(reply_of(events(one, "a boat and a tower"))) == BEGUN
    (body,) = served.bodies()
    assert GRAMMAR_OF[kind](body) == gbnf(plan_rules(None))
    turns = [(turn["role"], turn["content"]) for turn in body["messages"]]
    assert turns[0] == ("system", PLANNING)
    assert turns[-1] == ("user", compose_prompt("a boat and a tower"))
    assert [content for role, content in turns if role == "assistant"] == [plan for _, plan in PLANS]

    served.answers[CHAT] = strict(kind, EDIT)
    told = events(one, "make the boat green", rounds=(Round("a boat and a tower", CODE),))
    assert parse_canvas(reply_of(told)) == apply_edits(BEGUN, read_edits(EDIT)).canvas
    assert reply_of(told).startswith("Red boat: green.")
    body = served.bodies()[-1]
    assert GRAMMAR_OF[kind](body) == gbnf(edit_rules(None, 2))
    assert body["messages"][0]["content"] == EDITING
    assert body["messages"][-1]["content"] == edit_prompt(BEGUN, "make the boat green")
    assert [turn["content"] for turn in body["messages"] if turn["role"] == "assistant"] == [
        edits for _, edits in EDITS
    ]


def test_every_example_is_of_the_language_that_it_teaches() -> None:
    first = to_canvas(read_plan(PLANS[0][1]))
    for _, plan in PLANS:
        assert accepts(gbnf(plan_rules(None)), plan)
        assert to_canvas(read_plan(plan)).regions
    for message, edits in EDITS:
        assert accepts(gbnf(edit_rules(None, len(first.regions))), edits)
        assert apply_edits(first, read_edits(edits)).changed
        assert edit_prompt(first, message) in [turn.content for turn in editing()[0]]
    for openings in (planning(), editing()):
        assert [len(opening) for opening in openings] == [7, 5, 3, 1]


@pytest.mark.parametrize(
    ("kind", "name", "plans", "asked"),
    [
        ("llama-cpp", "some-0.5b", Plans.SMALL, True),
        ("llama-cpp", "some-8b", Plans.SMALL, False),
        ("llama-cpp", "some", Plans.SMALL, False),  # a model whose size is nowhere said counts as a capable one
        ("llama-cpp", "some-0.5b", Plans.NONE, False),
        ("llama-cpp", "some-8b", Plans.ALL, True),
        ("llama-cpp", "omost-llama-3-8b", Plans.ALL, False),
        ("ollama", "some-0.5b", Plans.ALL, False),  # takes JSON schemas
        ("mlx-lm", "some-0.5b", Plans.ALL, False),  # takes nothing
    ],
)
def test_who_is_asked_for_plans_is_a_setting(
    chat: MakeChat, serve: Serve, recorded: Recorded, kind: str, name: str, plans: Plans, asked: bool
) -> None:
    served = serve(named(recorded(kind), name, "") | {CHAT: spoken(PLAN if asked else CODE)})
    told = events(chat(model="server: ", server=served.url, server_plans=plans), "a boat and a tower")
    assert parse_canvas(reply_of(told)) == BEGUN
    (body,) = served.bodies()
    assert (body["messages"][-1]["content"] == compose_prompt("a boat and a tower")) == asked


def test_a_server_that_refuses_a_plans_grammar_is_asked_for_the_whole_canvas(
    chat: MakeChat, serve: Serve, recorded: Recorded
) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        if "scene: " in body.get("grammar", ""):
            return as_json({"error": {"message": "failed to parse grammar"}}, 400)
        return spoken(CODE)

    served = serve(small(recorded) | {CHAT: picky})
    told = events(chat(model="server: ", server=served.url), "a boat and a tower")
    assert parse_canvas(reply_of(told)) == BEGUN
    assert [body["messages"][-1]["content"] for body in served.bodies()] == [
        compose_prompt("a boat and a tower"),
        "a boat and a tower",
    ]


def test_what_it_refuses_either_way_is_told(chat: MakeChat, serve: Serve, recorded: Recorded) -> None:
    served = serve(small(recorded) | {CHAT: as_json({"error": {"message": "no room"}}, 400)})
    failed = events(chat(model="server: ", server=served.url), "a boat")[-1]
    assert isinstance(failed, Failed)
    assert "no room" in failed.message


def test_a_server_that_holds_to_nothing_is_found_out(chat: MakeChat, serve: Serve, recorded: Recorded) -> None:
    served = serve(small(recorded) | {CHAT: spoken("Sure! Here is your plan.\n")})
    failed = events(chat(model="server: ", server=served.url), "a boat", rounds=(Round("a boat", CODE),))[-1]
    assert isinstance(failed, Failed)
    assert failed.hint
    assert parse_canvas(failed.reply) == BEGUN


def test_a_plan_that_was_cut_off_goes_on_from_its_lines_and_a_canvas_as_a_canvas(
    chat: MakeChat, serve: Serve, recorded: Recorded
) -> None:
    lines = PLAN[: PLAN.index(" white")]
    cut = streamed(piece_of(lines + " whi"), piece_of(None, "length"))
    served = serve(small(recorded) | {CHAT: cut})
    one = chat(model="server: ", server=served.url)
    told = events(one, "a boat and a tower")
    assert any(isinstance(event, Note) and "cut off" in event.text for event in told)
    served.answers[CHAT] = strict("llama-cpp", PLAN.removeprefix(lines))
    assert parse_canvas(reply_of(events(one, "a boat and a tower", begun=reply_of(told)))) == BEGUN
    assert served.bodies()[-1]["messages"][-1] == {"role": "assistant", "content": lines}

    half = CODE[: CODE.rindex("\n# Add")]
    served.answers[CHAT] = spoken(CODE.removeprefix(half))
    assert parse_canvas(reply_of(events(one, "a boat and a tower", begun=half))) == BEGUN
    assert served.bodies()[-1]["messages"][-1] == {"role": "assistant", "content": half}


def test_examples_leave_a_chat_that_would_not_fit_beside_them(chat: MakeChat, serve: Serve, recorded: Recorded) -> None:
    served = serve(small(recorded) | {CHAT: spoken(PLAN)})
    served.answers.pop("/apply-template")  # tokens are estimated then
    one = chat(model="server: ", server=served.url, server_context=1000)
    assert parse_canvas(reply_of(events(one, "a boat " * 30))) == BEGUN
    turns = served.bodies()[-1]["messages"]
    assert turns[0]["content"] == PLANNING
    assert 2 <= len(turns) < len(planning()[0]) + 1
    failed = events(chat(model="server: ", server=served.url, server_context=400), "a boat")[-1]
    assert isinstance(failed, Failed)
    assert "too long" in failed.message
