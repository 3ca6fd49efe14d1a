"""Which of a server's models is asked, and lists of any length."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.chat.client.detect import KnownServers, find_server
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import Constraint
from lib_omost.chat.client.remote_model import server_model
from lib_omost.chat.models.parameters import is_tiny, parameters_in
from lib_omost.chat.service import ChatSettings
from lib_omost.chat.service.listing import list_models
from lib_omost.errors import ServerError

from .conftest import KEY, Answer, Served, as_json, client, said, spoken

Serve = Callable[..., Served]
Recorded = Callable[[str], dict[str, Answer]]


def listing(*entries: str | dict[str, Any]) -> dict[str, Answer]:
    data = [{"id": entry} if isinstance(entry, str) else entry for entry in entries]
    return {"/v1/models": as_json({"object": "list", "data": data})}


@pytest.mark.parametrize(
    ("entries", "taken"),
    [
        (("text-embedding-3-small", "whisper-1", "tts-1", "dall-e-3", "gpt-4o-mini"), "gpt-4o-mini"),
        (("babbage-002", "davinci-002", "gpt-3.5-turbo-instruct", "gpt-4.1"), "gpt-4.1"),
        (("nomic-embed-text:latest", "bge-m3", "llama3.2:3b"), "llama3.2:3b"),
        (("jina-reranker-v2", "qwen3-reranker-0.6b", "qwen3:8b"), "qwen3:8b"),
        (("base-7b", "base-7b-instruct"), "base-7b-instruct"),
        (("llama3.1:8b", "omost-llama-3-8b"), "omost-llama-3-8b"),
        (({"id": "a", "type": "embeddings"}, {"id": "b", "type": "image"}, {"id": "c", "type": "chat"}), "c"),
        (({"id": "a", "architecture": {"output_modalities": ["image"]}}, {"id": "b"}), "b"),
        (({"id": "a", "capabilities": {"completion_chat": False}}, {"id": "b"}), "b"),
        (("only-embeddings",), "only-embeddings"),  # its name may mislead: better than no model
    ],
)
def test_unasked_a_model_to_chat_with_is_taken(serve: Serve, entries: tuple[Any, ...], taken: str) -> None:
    assert client(serve(listing(*entries)).url).model == taken


def test_one_that_is_loaded_goes_before_one_that_is_not(serve: Serve, recorded: Recorded) -> None:
    answers = recorded("ollama") | listing("mistral:7b-instruct", "qwen3:14b")
    running = as_json({"models": [{"name": "qwen3:14b", "model": "qwen3:14b"}]})
    assert client(serve(answers | {"/api/ps": running}).url).model == "qwen3:14b"
    entry = json.loads(recorded("lm-studio")["/api/v0/models"].body)["data"][0]
    native = [
        entry | {"id": "embed", "type": "embeddings", "state": "loaded"},
        entry | {"id": "cold-instruct", "state": "not-loaded"},
        entry | {"id": "warm"},
    ]
    answers = recorded("lm-studio") | listing("embed", "cold-instruct", "warm")
    assert client(serve(answers | {"/api/v0/models": as_json({"data": native})}).url).model == "warm"


def test_a_list_without_its_wrapper_is_read(serve: Serve) -> None:
    served = serve({"/v1/models": as_json([{"id": "a", "type": "image"}, {"id": "b", "type": "chat"}])})
    assert client(served.url).model == "b"


def test_a_thousand_models_are_listed_in_order_and_one_of_them_answers(serve: Serve) -> None:
    words = "what is said of a model, " * 160  # 4 kB each, as one service has it
    names = [f"vendor-{number * 7919 % 997:03}/model-{number}" for number in range(1000)]
    entries = [{"id": name, "description": words} for name in names]
    entries[5] = {"id": "text-embedding-5", "description": words}
    served = serve({**listing(*entries), "/v1/chat/completions": spoken("hello")})
    before = time.monotonic()
    listed = [state.label for state in list_models(ChatSettings(server=served.url, key=KEY), None)]
    shown = [label.removeprefix("server: ") for label in listed if label.startswith("server: ")]
    assert time.monotonic() - before < 20
    assert shown == sorted({*names} - {names[5]})
    assert said(client(served.url, model=names[700])) == "hello"


def test_of_a_thousand_the_nearest_names_are_offered(serve: Serve) -> None:
    names = [f"vendor/model-{number}" for number in range(1000)]
    served = serve(listing(*names, "meta/llama-3.1-8b-instruct"))
    with pytest.raises(ServerError) as caught:
        said(client(served.url, model="llama-3.1-8b"))
    assert "choose one of its models: meta/llama-3.1-8b-instruct, " in caught.value.hint
    assert "(1001 in all)" in caught.value.hint
    assert len(caught.value.hint) < 300


@pytest.mark.parametrize(
    ("path", "chat_at"),
    [
        ("/openai/deployments/mine", "/openai/deployments/mine/chat/completions"),
        ("/openai/deployments/mine/chat/completions", "/openai/deployments/mine/chat/completions"),
        ("/api/v1", "/api/v1/chat/completions"),
        ("/api/v1/", "/api/v1/chat/completions"),
        ("/v1beta/openai/", "/v1beta/openai/chat/completions"),
        ("/inference", "/inference/chat/completions"),
        ("/behind/a/proxy", "/behind/a/proxy/v1/chat/completions"),
        ("/v1/models", "/v1/chat/completions"),
        ("", "/v1/chat/completions"),
    ],
)
@pytest.mark.parametrize("lists", [True, False])
def test_the_api_may_lie_anywhere(serve: Serve, path: str, chat_at: str, lists: bool) -> None:
    def chat(body: dict[str, Any]) -> Answer:
        return spoken("hello") if body else as_json({"error": "no messages"}, 400)

    served = serve({chat_at: chat})
    models = served.answers.pop("/v1/models")
    if lists:
        served.answers[chat_at.removesuffix("/chat/completions") + "/models"] = models
    assert said(client(served.url + path, model="tiny")) == "hello"
    assert said(client(served.url + path, model="tiny", bounds=None)) == "hello"


def test_a_web_page_in_place_of_the_list_is_passed_by(serve: Serve) -> None:
    page = Answer(b"<html>welcome</html>", 200, "text/html")
    served = serve({"/ui/models": page, "/ui/v1/models": as_json({"data": [{"id": "tiny"}]})})
    served.answers["/ui/v1/chat/completions"] = spoken("hello")
    assert said(client(served.url + "/ui")) == "hello"


def test_azure_gets_its_version_and_its_key(serve: Serve) -> None:
    path = "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
    served = serve({path: lambda body: spoken("hello") if body else as_json({"error": "no messages"}, 400)})
    assert said(client(f"{served.url}{path}", model="mine")) == "hello"
    (headers,) = [headers for where, _, headers in served.asked if where == path and "api-key" in headers][-1:]
    assert headers["api-key"] == KEY


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("llama3.2:1b", 1),
        ("Qwen2.5-0.5B-Instruct", 0.5),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", 0.135),
        ("gemma-3-270m-it", 0.27),
        ("gemma3n:e2b", 2),
        ("llama-3.1-8b-q4_K_M", 8),
        ("qwen3-30b-a3b", 30),
        ("mixtral-8x7b-instruct", 56),
        ("gpt-4o-mini", None),
        ("phi-3-mini-4k-instruct", None),
        ("claude-3-5-haiku", None),
        ("3.2B", 3.2),
        ("494.03M", 0.49403),
    ],
)
def test_the_size_is_read_in_the_name(name: str, billions: float | None) -> None:
    assert parameters_in(name) == (None if billions is None else pytest.approx(billions * 1e9))
    assert is_tiny(name) == (billions is not None and billions < 4)


@pytest.mark.parametrize(
    ("shown", "is_small"), [("494.03M", True), ("3.2B", True), ("8.0B", False), ("", False), (7, False)]
)
def test_a_tiny_model_is_known_by_what_the_server_says(
    serve: Serve, recorded: Recorded, shown: object, is_small: bool
) -> None:
    details = as_json({"details": {"parameter_size": shown}})
    served = serve(recorded("ollama") | {"/api/show": details})
    model = server_model(Endpoint(served.url), KnownServers(), knows_canvas=False)
    assert model.is_small == is_small
    assert model.bounds is not None
    assert (model.bounds.items == (0, 0)) == is_small


def test_a_llama_server_tells_the_parameters_itself(serve: Serve, recorded: Recorded) -> None:
    listed = listing({"id": "model.gguf", "owned_by": "llamacpp", "meta": {"n_params": 134_515_008}})
    served = serve(recorded("llama-cpp") | listed)
    assert find_server(Endpoint(served.url)).constraint is Constraint.GBNF
    assert server_model(Endpoint(served.url), KnownServers(), knows_canvas=False).is_small
    assert not server_model(Endpoint(served.url), KnownServers(), knows_canvas=True).is_small
