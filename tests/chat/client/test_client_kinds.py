"""What each kind of server is found to be, and what it is then asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, canvas_to_json, parse_canvas
from lib_omost.chat.client.detect import KnownServers, find_server
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import Constraint, Server, ServerKind
from lib_omost.chat.client.request import AS_JSON, GO_ON
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.grammar.json_schema import canvas_schema
from lib_omost.chat.model import Message, Sampling
from lib_omost.errors import ServerError
from lib_omost.grammar.gbnf import gbnf
from lib_omost.grammar.rest import rest_of
from lib_omost.grammar.rules import Grammar, Literal

from .conftest import ASK, Answer, Served, as_json, client, delta, said, spoken, streamed

CHAT = "/v1/chat/completions"
BOUNDS = Bounds(regions=(1, 3))
GBNF = gbnf(canvas_rules(BOUNDS))
SCHEMA = canvas_schema(BOUNDS)
NAMED = {"type": "json_schema", "json_schema": {"name": "canvas", "strict": True, "schema": SCHEMA}}
KNOWN = Server(ServerKind.OTHER, Constraint.NONE)
Serve = Callable[..., Served]
Recorded = Callable[[str], dict[str, Answer]]


@pytest.mark.parametrize(
    ("name", "kind", "context", "fields"),
    [
        ("ollama", ServerKind.OLLAMA, 4096, {"response_format": NAMED}),
        ("ollama-old", ServerKind.OLLAMA, 4096, {}),
        ("vllm", ServerKind.VLLM, 6144, {"structured_outputs": {"grammar": GBNF}}),
        ("vllm-old", ServerKind.VLLM_OLD, 6144, {"guided_grammar": GBNF}),
        ("tgi", ServerKind.TGI, 4096, {"response_format": {"type": "json_object", "value": SCHEMA}}),
        ("lm-studio", ServerKind.LM_STUDIO, 7000, {"response_format": NAMED}),
        ("llama-cpp", ServerKind.LLAMA_CPP, 5000, {"grammar": GBNF, "cache_prompt": True, "return_progress": True}),
        ("llama-cpp-python", ServerKind.LLAMA_CPP_PYTHON, 8192, {"grammar": GBNF}),
        ("openai", ServerKind.OPENAI, 8192, {"response_format": NAMED}),
        ("mlx-lm", ServerKind.OTHER, 8192, {}),
        ("transformers-serve", ServerKind.TRANSFORMERS, 8192, {}),
    ],
)
def test_each_kind_is_told_apart_and_asked_for_what_it_offers(
    serve: Serve, recorded: Recorded, name: str, kind: ServerKind, context: int, fields: dict[str, Any]
) -> None:
    served = serve(recorded(name))
    model = client(served.url + "/v1/", bounds=BOUNDS)
    assert said(model, held=True) == "hello"
    assert find_server(model.endpoint).kind is kind
    assert model.context_tokens == context
    (body,) = served.bodies()
    extra = {"grammar", "structured_outputs", "guided_grammar", "response_format", "cache_prompt", "return_progress"}
    assert {key: value for key, value in body.items() if key in extra} == fields
    assert body["model"] == model.model
    assert body["stream"] is True
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.6, 0.9, 0)
    assert body["max_completion_tokens" if kind is ServerKind.OPENAI else "max_tokens"] == 64
    system = body["messages"][0]["content"]
    assert (AS_JSON in system) == ("response_format" in fields)
    before = len(served.asked)
    said(model, held=True)
    assert len(served.asked) == before + 1  # what the server is was remembered


def test_a_free_model_is_asked_for_no_form(serve: Serve, recorded: Recorded) -> None:
    served = serve(recorded("vllm"))
    said(client(served.url))
    said(client(served.url, bounds=BOUNDS))
    assert not any("structured_outputs" in body for body in served.bodies())


def test_the_user_overrides_what_was_found(serve: Serve, recorded: Recorded) -> None:
    served = serve(recorded("mlx-lm"))
    model = client(served.url, bounds=BOUNDS, kind=ServerKind.LLAMA_CPP, context_tokens=2000, model="mine")
    said(model, held=True)
    assert model.context_tokens == 2000
    assert served.bodies()[0]["grammar"] == GBNF
    assert served.bodies()[0]["model"] == "mine"


def test_a_server_that_refuses_the_form_is_asked_without_and_that_is_remembered(serve: Serve) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        if "response_format" in body:
            return as_json({"error": {"message": "unknown field response_format"}}, 400)
        return spoken("free")

    served = serve({CHAT: picky})
    model = client(served.url, bounds=BOUNDS, kind=ServerKind.OPENAI)
    assert said(model, held=True) == "free"
    assert said(model, held=True) == "free"
    assert ["response_format" in body for body in served.bodies()] == [True, False, False]
    assert AS_JSON not in served.bodies()[1]["messages"][0]["content"]


def test_a_request_that_is_refused_either_way_is_a_fault_and_not_remembered(serve: Serve) -> None:
    served = serve({CHAT: as_json({"error": "the prompt is too long"}, 400)})
    model = client(served.url, bounds=BOUNDS, kind=ServerKind.OPENAI)
    with pytest.raises(ServerError, match="the prompt is too long"):
        said(model, held=True)
    served.answers[CHAT] = spoken("{}")
    said(model, held=True)
    assert "response_format" in served.bodies()[-1]


@pytest.mark.parametrize(("name", "count"), [("vllm", 321), ("llama-cpp", 5)])
def test_tokens_are_counted_by_the_server_where_it_can(serve: Serve, recorded: Recorded, name: str, count: int) -> None:
    assert client(serve(recorded(name)).url).count_tokens(ASK) == count


def test_tokens_are_estimated_elsewhere(serve: Serve, recorded: Recorded) -> None:
    model = client(serve(recorded("mlx-lm")).url)
    messages = (Message("user", "a red circle on the left of a blue square"),)  # 10 words and what stands around them
    assert model.count_tokens(messages) == pytest.approx(15, abs=2)
    assert model.count_tokens((Message("user", "猫" * 10),)) >= 20  # from above: tokenizers differ threefold there


def test_a_server_that_lists_nothing_needs_a_name(serve: Serve) -> None:
    served = serve({"/v1/models": as_json({"data": []}), CHAT: spoken("hello")})
    with pytest.raises(ServerError, match="lists no model"):
        said(client(served.url))
    assert said(client(served.url, model="mine")) == "hello"


def _pinned(body: dict[str, Any]) -> Answer:
    """A `transformers serve` that was started for one model: it refuses every other name."""
    if "model" in body:
        return as_json({"detail": f"Server is pinned to 'mine'; requested '{body['model']}'."}, 400)
    return spoken("hello")


def test_a_server_that_was_started_for_another_model_than_it_lists_is_named_none(
    serve: Serve, recorded: Recorded
) -> None:
    served = serve(recorded("transformers-serve") | {CHAT: _pinned})
    model = client(served.url)
    assert said(model) == said(model) == "hello"
    assert [body.get("model") for body in served.bodies()] == ["openai/gpt-oss-20b", None, None]
    with pytest.raises(ServerError, match="pinned to 'mine'"):
        said(client(served.url, model="chosen"))


def test_a_list_of_models_that_fails_is_no_end_where_the_server_is_known(serve: Serve, recorded: Recorded) -> None:
    fails = {"/v1/models": Answer(b"Internal Server Error", 500, "text/plain")}
    assert said(client(serve(recorded("transformers-serve") | fails).url)) == "hello"
    with pytest.raises(ServerError, match="HTTP 500"):
        said(client(serve(recorded("mlx-lm") | fails).url))


@pytest.mark.parametrize(
    ("listed", "name", "hint"),
    [
        (True, "wrong", "choose one of its models: openai/gpt-oss-20b"),
        (True, "", "log"),
        (False, "", "give the name"),
        (False, "wrong", "give the name"),
    ],
)
def test_a_failure_at_a_name_that_it_does_not_list_says_so(
    serve: Serve, recorded: Recorded, listed: bool, name: str, hint: str
) -> None:
    nothing = {} if listed else {"/v1/models": as_json({"object": "list", "data": []})}
    fails = Answer(b"Internal Server Error", 500, "text/plain")
    served = serve(recorded("transformers-serve") | nothing | {CHAT: fails})
    with pytest.raises(ServerError, match="HTTP 500") as caught:
        said(client(served.url, model=name))
    assert hint in caught.value.hint


@pytest.mark.parametrize("answer", [as_json([1]), as_json({"data": 3}), as_json({}, 404), as_json({"data": [7, {}]})])
def test_an_odd_list_of_models_is_no_crash(serve: Serve, answer: Answer) -> None:
    assert said(client(serve({"/v1/models": answer, CHAT: spoken("hello")}).url, model="mine")) == "hello"


def test_what_is_no_server_of_models_is_said(serve: Serve) -> None:
    with pytest.raises(ServerError, match="something else than JSON"):
        said(client(serve({"/v1/models": Answer(b"<html>", 200, "text/html")}).url))


def test_a_server_is_asked_again_once_it_is_forgotten() -> None:
    asked: list[Endpoint] = []

    def find(endpoint: Endpoint) -> Any:
        asked.append(endpoint)
        return KNOWN

    servers = KnownServers(find)
    here, same = Endpoint("http://127.0.0.1:1/v1"), Endpoint("http://127.0.0.1:1/", model="x")
    servers.server(here)
    servers.server(same)
    assert len(asked) == 1
    servers.forget(same)
    servers.server(here)
    assert len(asked) == 2


def test_a_reply_that_was_cut_off_is_gone_on_with(serve: Serve, recorded: Recorded) -> None:
    cut = (*ASK, Message("assistant", "canvas = Can"))
    for name, last, fields in (
        ("vllm", {"role": "assistant", "content": "canvas = Can"}, {"continue_final_message", "add_generation_prompt"}),
        ("llama-cpp", {"role": "assistant", "content": "canvas = Can"}, set()),
        ("ollama", {"role": "user", "content": GO_ON}, set()),
    ):
        served = serve(recorded(name))
        list(client(served.url, bounds=BOUNDS).stream(cut, Sampling(), grammar=canvas_rules(BOUNDS)))
        (body,) = served.bodies()
        assert body["messages"][-1] == last
        assert fields <= body.keys()
        assert not {"grammar", "structured_outputs", "response_format"} & body.keys()


@pytest.mark.parametrize(
    ("name", "grammar_of"),
    [
        ("llama-cpp", lambda body: body["grammar"]),
        ("llama-cpp-python", lambda body: body["grammar"]),
        ("vllm", lambda body: body["structured_outputs"]["grammar"]),
        ("vllm-old", lambda body: body["guided_grammar"]),
    ],
)
def test_the_rest_of_a_reply_is_held_to_the_grammar_where_the_server_takes_one(
    serve: Serve, recorded: Recorded, name: str, grammar_of: Callable[[dict[str, Any]], str]
) -> None:
    begun, rules = "```python\n# Initialize the canvas\ncanvas = Can", canvas_rules(BOUNDS)
    served = serve(recorded(name))
    list(client(served.url, bounds=BOUNDS).stream((*ASK, Message("assistant", begun)), Sampling(), grammar=rules))
    rest = rest_of(rules, begun)
    assert rest is not None
    assert grammar_of(served.bodies()[0]) == gbnf(rest)
    assert grammar_of(served.bodies()[0]).startswith('root ::= "vas()\\n\\n# Set')


def test_another_grammar_may_be_asked_for_where_the_server_takes_any(serve: Serve, recorded: Recorded) -> None:
    rules = Grammar({"start": Literal("yes")})
    for name, fields in (("llama-cpp", {"grammar": 'root ::= "yes"\n'}), ("ollama", {})):
        served = serve(recorded(name))
        list(client(served.url, bounds=BOUNDS).stream(ASK, Sampling(), grammar=rules))
        (body,) = served.bodies()
        assert {key: body[key] for key in ("grammar", "response_format") if key in body} == fields


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
REPLY = json.dumps(canvas_to_json(CANVAS), indent=1).replace("color_name", "HTML_web_color_name")  # as in the schema


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_a_canvas_that_comes_as_json_becomes_code_region_by_region(serve: Serve, size: int) -> None:
    served = serve({CHAT: spoken(*[REPLY[start : start + size] for start in range(0, len(REPLY), size)])})
    model = client(served.url, bounds=BOUNDS, kind=ServerKind.OLLAMA)
    assert parse_canvas(said(model, held=True)) == CANVAS


def test_json_that_is_cut_off_leaves_the_regions_so_far(serve: Serve) -> None:
    served = serve({CHAT: streamed(delta(REPLY[: REPLY.index("dog")]), cut=True)})
    model = client(served.url, bounds=BOUNDS, kind=ServerKind.OLLAMA)
    with pytest.raises(ServerError, match="broke") as caught:
        said(model, held=True)
    assert parse_canvas(caught.value.received).regions == CANVAS.regions[:1]


@pytest.mark.parametrize("text", ["I would rather not.", '{"a": 1}', "{", "", '{"regions": [}]'])
def test_a_reply_that_is_no_canvas_comes_through_as_it_is(serve: Serve, text: str) -> None:
    model = client(serve({CHAT: spoken(*text)}).url, bounds=BOUNDS, kind=ServerKind.OLLAMA)
    assert said(model, held=True) == text
