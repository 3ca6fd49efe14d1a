"""Replies in whatever form they come: a canvas becomes code, and what is none is shown as what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, canvas_to_json, parse_canvas, parse_reply, write_canvas
from lib_omost.chat.client.form import NOT_HELD
from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.client.request import AS_JSON, GO_ON, GO_ON_AS_JSON
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.json_schema import canvas_schema
from lib_omost.chat.model import CUT_OFF, Sampling
from lib_omost.chat.service.message import replying
from lib_omost.errors import ServerError

from .conftest import ASK, Answer, Served, as_json, client, delta, event, said, spoken, streamed

CHAT = "/v1/chat/completions"
Serve = Callable[..., Served]
Recorded = Callable[[str], dict[str, Answer]]
CANVAS = Canvas(
    "A sofa.",
    ("It is old.",),
    "sofa",
    "gray",
    (
        Region("on the left", "no offset", "a small square area", 2.0, "A {cat}.", (), "cat", "", "", "", "black"),
        Region("on the right", "no offset", "a small square area", 3.0, 'A "dog".', (), "dog", "", "", "", "brown"),
    ),
)
JSON = json.dumps(canvas_to_json(CANVAS), indent=1).replace("color_name", "HTML_web_color_name")  # as in the schema
FORM = json.loads(JSON)
CODE = f"```python\n{write_canvas(CANVAS)}```"


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize("size", [1, 5, 10_000])
@pytest.mark.parametrize(
    "reply",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"```\n{JSON}\n```",
        f"Sure! Here is the canvas you asked for:\n\n{JSON}\n\nI hope that you like it.",
        f"Sure!\n\n```json\n{JSON}\n```\nDone.",
        json.dumps({"canvas": FORM}),
        json.dumps({"result": {"canvas": FORM}}),
        f"<think>\nA draft: {{}} and\n{{\n</think>\n{JSON}",
        f"<think>\nThe cat goes left.</think>{JSON}",
        f"I think of this draft:\n{{\nno\n</think>\n\n{JSON}",
        CODE,
        f"Here it is:\n\n{CODE}\n\nEnjoy!",
        f"<think>\n{JSON}\n</think>\n{CODE}",
    ],
)
def test_a_canvas_is_found_wherever_it_stands(serve: Serve, reply: str, size: int, constrained: bool) -> None:
    served = serve({CHAT: spoken(*[reply[start : start + size] for start in range(0, len(reply), size)])})
    kind = ServerKind.OLLAMA if constrained else None
    model = client(served.url, bounds=Bounds(), kind=kind, context_tokens=8192)
    text = said(model, held=True)
    assert parse_canvas(text) == CANVAS
    if "<think>" in reply:
        assert text.startswith(reply[: reply.index("</think>")])


@pytest.mark.parametrize("draft", [CODE, JSON, f"```json\n{JSON}\n```"])
@pytest.mark.parametrize("end", ["", "</think>\nI cannot do that."])
def test_a_draft_in_thinking_is_not_the_canvas(serve: Serve, draft: str, end: str) -> None:
    reply = f"<think>\nPerhaps so:\n{draft}\nbut no{end}"
    text = said(client(serve({CHAT: spoken(*reply)}).url, bounds=Bounds()), held=True)
    assert text == reply
    assert parse_reply(text).canvas is None


@pytest.mark.parametrize(
    "reply",
    ["Write {name} here.", "{", "```", "```json", "```json\n{", "[1, 2]", "a\n[link]\n{b}", "`x`\n", "```py\n{}\n```"],
)
@pytest.mark.parametrize("size", [1, 100])
def test_what_is_no_canvas_comes_through_to_the_letter(serve: Serve, reply: str, size: int) -> None:
    served = serve({CHAT: spoken(*[reply[start : start + size] for start in range(0, len(reply), size)])})
    assert said(client(served.url)) == reply


def test_what_was_kept_back_is_not_lost_when_the_connection_breaks(serve: Serve) -> None:
    served = serve({CHAT: streamed(delta('{"descr'), cut=True)})
    pieces = client(served.url).stream(ASK, Sampling())
    with pytest.raises(ServerError, match="broke") as caught:
        assert "".join(piece.text for piece in pieces) is None
    assert caught.value.received == '{"descr'


def test_content_in_parts_is_read(serve: Serve) -> None:
    parts: list[Any] = [
        [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "hel"}],
        [{"type": "text", "text": "lo"}, {"type": "image_url", "image_url": {"url": "x"}}],
        [],
    ]
    events = [event({"choices": [{"delta": {"content": part}}]}) for part in parts]
    assert said(client(serve({CHAT: streamed(*events, delta(None, "stop"))}).url)) == "hello"
    whole = {"choices": [{"message": {"content": parts[0]}, "finish_reason": "stop"}]}
    assert said(client(serve({CHAT: as_json(whole)}).url)) == "hel"


def test_a_refusal_is_said_to_be_one(serve: Serve) -> None:
    refusals = [event({"choices": [{"delta": {"refusal": text}}]}) for text in ("I cannot ", "draw that.")]
    served = serve({CHAT: streamed(*refusals, delta(None, "stop"), event("[DONE]"))})
    with pytest.raises(ServerError, match=r"the model refuses: I cannot draw that\.") as caught:
        said(client(served.url))
    assert "other words" in caught.value.hint


def test_a_call_of_a_tool_is_said_to_be_one(serve: Serve) -> None:
    calls = [
        event({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": "web_search"}}]}}]}),
        event({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]}}]}),
    ]
    served = serve({CHAT: streamed(*calls, delta(None, "tool_calls"), event("[DONE]"))})
    with pytest.raises(ServerError, match="calls a tool, 'web_search', instead of writing a canvas"):
        said(client(served.url))


def test_a_reply_beside_a_call_of_a_tool_is_a_reply(serve: Serve) -> None:
    call = event({"choices": [{"delta": {"content": CODE, "tool_calls": [{"function": {"name": "x"}}]}}]})
    assert said(client(serve({CHAT: streamed(call, delta(None, "tool_calls"))}).url)) == CODE


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", ""),
        ("end_turn", ""),
        ("eos_token", ""),
        ("length", CUT_OFF),
        ("MAX_TOKENS", CUT_OFF),
        ("content_filter", "filter"),
        ("SAFETY", "filter"),
        ("insufficient_system_resource", "early ('insufficient_system_resource')"),
    ],
)
def test_why_a_reply_ended_is_told(serve: Serve, reason: str, told: str) -> None:
    served = serve({CHAT: streamed(delta("canvas = "), delta(None, reason), event("[DONE]"))})
    pieces = list(client(served.url).stream(ASK, Sampling()))
    assert "".join(piece.text for piece in pieces) == "canvas = "
    notes = [piece.note for piece in pieces if piece.note]
    assert len(notes) == (told != "")
    assert told in "".join(notes)


def test_json_that_ran_into_the_limit_can_be_gone_on_with(serve: Serve) -> None:
    cut = JSON[: JSON.index("dog")]
    served = serve({CHAT: streamed(delta(cut), delta(None, "length"), event("[DONE]"))})
    text = said(client(served.url, bounds=Bounds(), kind=ServerKind.OLLAMA), held=True)
    assert parse_canvas(text).regions == CANVAS.regions[:1]
    assert not text.rstrip().endswith("```")


REST = json.dumps({"regions": [FORM["regions"][1]]})


def rest_of_reply(served: Served, begun: str) -> tuple[str, list[str]]:
    """What follows `begun` on a server that takes JSON schemas, and the notes beside it."""
    chat = Conversation((Round("a sofa", begun),)).continue_reply()
    model = client(served.url, bounds=Bounds(), kind=ServerKind.OLLAMA, context_tokens=8192)
    pieces = list(replying(model, *chat).pieces(Sampling()))
    return "".join(piece.text for piece in pieces), [piece.note for piece in pieces if piece.note]


@pytest.mark.parametrize("size", [1, 10_000])
def test_the_rest_of_a_canvas_is_held_to_a_schema_of_its_further_regions(serve: Serve, size: int) -> None:
    first = parse_canvas(CODE[: CODE.index("\n# Add", CODE.index("cat"))])
    assert len(first.regions) == 1
    served = serve({CHAT: spoken(*[REST[start : start + size] for start in range(0, len(REST), size)])})
    begun = f"```python\n{write_canvas(first)}".strip()
    rest, notes = rest_of_reply(served, begun)
    assert begun + rest == CODE
    assert notes == []
    (body,) = served.bodies()
    schema = body["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["regions"]
    regions, whole = (each["properties"]["regions"] for each in (schema, canvas_schema(Bounds())))
    assert regions == whole | {"minItems": 0, "maxItems": whole["maxItems"] - 1}
    assert body["messages"][-1] == {"role": "user", "content": GO_ON_AS_JSON}
    assert AS_JSON not in body["messages"][0]["content"]


@pytest.mark.parametrize("rest", ['{"regions": []}', '{"regions": [ ] }\n'])
def test_a_canvas_of_which_nothing_is_left_is_closed(serve: Serve, rest: str) -> None:
    begun = CODE.removesuffix("```").strip()
    text, _ = rest_of_reply(serve({CHAT: spoken(rest)}), begun)
    assert parse_canvas(begun + text) == CANVAS
    assert (begun + text).endswith("\n```")


@pytest.mark.parametrize(
    "begun",
    [
        CODE[: CODE.index("cat")],  # in the middle of a call
        CODE[: CODE.index("\n# Add") + 6],  # in a comment
        CODE,  # behind its fence
        f"```python\n{write_canvas(replace(CANVAS, regions=CANVAS.regions * 4))}".strip(),  # all regions are there
    ],
)
def test_a_rest_that_no_schema_can_say_is_free_and_that_is_told(serve: Serve, begun: str) -> None:
    served = serve({CHAT: spoken("words", " of its own")})
    assert rest_of_reply(served, begun) == ("words of its own", [NOT_HELD])
    assert "response_format" not in served.bodies()[0]
    assert served.bodies()[0]["messages"][-1] == {"role": "user", "content": GO_ON}


@pytest.mark.parametrize("reply", ["I would rather not.", '{"a": 1}', "{", "\n\n# Add a dog.\ncanvas.add"])
def test_a_rest_that_is_no_list_of_regions_comes_through_as_it_is(serve: Serve, reply: str) -> None:
    begun = CODE.removesuffix("```").strip()
    assert rest_of_reply(serve({CHAT: spoken(*reply)}), begun)[0] == reply


def test_a_server_that_does_not_answer_is_asked_once_to_go_on(serve: Serve, recorded: Recorded) -> None:
    failing = recorded("llama-cpp") | {CHAT: as_json({"error": {"message": "out of memory"}}, 500)}
    served = serve(failing)
    model = client(served.url, bounds=Bounds())
    chat = Conversation((Round("a sofa", CODE[:90]),)).continue_reply()
    with pytest.raises(ServerError, match="out of memory"):
        list(replying(model, *chat).pieces(Sampling()))
    assert len(served.bodies()) == 1
