"""How much of a chat a server reads is asked for, can be set, and is kept to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.canvas import parse_canvas
from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.remote_model import server_model
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.service.message import replying
from lib_omost.errors import ServerError
from tests.chat.conversation.test_shrinking import CHAT as EDIT
from tests.chat.conversation.test_shrinking import THINGS

from .conftest import ASK, Answer, Served, as_json, client, delta, event, said, spoken, streamed

CHAT = "/v1/chat/completions"
Serve = Callable[..., Served]
Recorded = Callable[[str], dict[str, Answer]]


def ollama(recorded: Recorded, *, running: int | None = None, asks_for: int | None = None) -> dict[str, Answer]:
    name = "llama3.2:latest"
    shown = {
        "parameters": f'stop "<|eot|>"\nnum_ctx                {asks_for}' if asks_for else 'stop "<|eot|>"',
        "details": {"family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    }
    processes = [{"name": name, "model": name, "context_length": running}] if running else []
    return recorded("ollama") | {"/api/show": as_json(shown), "/api/ps": as_json({"models": processes})}


@pytest.mark.parametrize(
    ("running", "asks_for", "context"),
    [(None, None, 4096), (None, 6000, 6000), (7000, None, 7000), (2048, 6000, 2048), (None, 2**20, 8192)],
)
def test_ollama_tells_what_it_has_loaded_or_would_load(
    serve: Serve, recorded: Recorded, running: int | None, asks_for: int | None, context: int
) -> None:
    served = serve(ollama(recorded, running=running, asks_for=asks_for))
    assert client(served.url).context_tokens == context
    assert {"model": "llama3.2:latest"} in served.bodies("/api/show")


def test_a_model_that_is_loaded_otherwise_is_heard_of_at_the_next_message(serve: Serve, recorded: Recorded) -> None:
    served = serve(ollama(recorded))
    servers = KnownServers()
    endpoint = Endpoint(served.url)
    assert server_model(endpoint, servers, knows_canvas=False).context_tokens == 4096
    served.answers |= ollama(recorded, running=7777)
    assert server_model(endpoint, servers, knows_canvas=False).context_tokens == 7777


@pytest.mark.parametrize(("state", "context"), [("loaded", 7000), ("not-loaded", 4096)])
def test_lm_studio_tells_it_of_the_model_that_is_asked(
    serve: Serve, recorded: Recorded, state: str, context: int
) -> None:
    answers = recorded("lm-studio")
    entry = json.loads(answers["/api/v0/models"].body)["data"][0]
    entry["state"] = state
    if state != "loaded":
        del entry["loaded_context_length"]
    other = entry | {"id": "other", "state": "loaded", "loaded_context_length": 1234}
    served = serve(answers | {"/api/v0/models": as_json({"data": [other, entry]})})
    assert client(served.url, model="qwen2.5-7b-instruct").context_tokens == context


def test_each_model_of_a_list_has_its_own(serve: Serve) -> None:
    entries = [
        {"id": "small", "context_length": 3000},
        {"id": "large", "context_window": 200_000},
        {"id": "silent"},
    ]
    served = serve({"/v1/models": as_json({"data": entries})})
    assert [client(served.url, model=name).context_tokens for name in ("small", "large", "silent")] == [
        3000,
        8192,
        8192,
    ]


def test_a_llama_server_that_routes_to_models_is_asked_for_each(serve: Serve) -> None:
    served = serve(
        {
            "/props": as_json({"role": "router", "default_generation_settings": {"n_ctx": 0}}),
            "/props?model=tiny&autoload=false": as_json({"default_generation_settings": {"n_ctx": 3333}}),
        }
    )
    assert client(served.url).context_tokens == 3333


def test_what_the_user_sets_goes_before_what_is_found_and_beyond_what_is_trusted(
    serve: Serve, recorded: Recorded
) -> None:
    served = serve(ollama(recorded, running=4096))
    assert client(served.url, context_tokens=20_000).context_tokens == 20_000


@pytest.mark.parametrize("name", ["ollama", "lm-studio"])
def test_an_edit_at_4096_tokens_is_asked_for_with_the_canvas(serve: Serve, recorded: Recorded, name: str) -> None:
    served = serve(ollama(recorded) if name == "ollama" else recorded(name))
    model = server_model(
        Endpoint(served.url, context_tokens=None if name == "ollama" else 4096), KnownServers(), knows_canvas=False
    )
    list(replying(model, EDIT).pieces(Sampling()))
    (body,) = served.bodies()
    assert body["messages"][-1] == {"role": "user", "content": EDIT.pending}
    assert len(parse_canvas(body["messages"][-2]["content"]).regions) == len(THINGS)


def test_a_message_of_900_characters_is_sent_whole(serve: Serve, recorded: Recorded) -> None:
    served = serve(ollama(recorded))
    model = server_model(Endpoint(served.url), KnownServers(), knows_canvas=False)
    message = ("an old harbour with many boats, gulls and a lighthouse far away on its rock, " * 20)[:900].strip()
    list(replying(model, Conversation().ask(message)).pieces(Sampling()))
    assert served.bodies()[0]["messages"][-1]["content"] == message


def test_no_more_is_asked_for_than_there_is_room(serve: Serve, recorded: Recorded) -> None:
    served = serve(recorded("vllm"))  # it counts 321 tokens, and reads 6144
    model = client(served.url)
    model.count_tokens(ASK)
    list(model.stream(ASK, Sampling(max_new_tokens=100_000)))
    list(model.stream(ASK, Sampling(max_new_tokens=50)))
    assert [body["max_tokens"] for body in served.bodies()] == [6144 - 321, 50]


@pytest.mark.parametrize(
    "said_of_it",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5296 tokens (1200 in the messages,"
        " 4096 in the completion). Please reduce the length of the messages or completion.",
        "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 4096 tokens"
        " and your request has 1200 input tokens (4096 > 4096 - 1200).",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 1200 `inputs` tokens and"
        " 4096 `max_new_tokens`",
    ],
)
def test_a_refusal_that_names_the_room_is_asked_again_within_it(serve: Serve, said_of_it: str) -> None:
    def strict(body: dict[str, Any]) -> Answer:
        fits = body["max_tokens"] <= 4096 - 1200
        return spoken("hello") if fits else as_json({"error": {"message": said_of_it}}, 400)

    served = serve({CHAT: strict})
    model = client(served.url)
    assert "".join(piece.text for piece in model.stream(ASK, Sampling())) == "hello"
    assert [body["max_tokens"] for body in served.bodies()] == [4096, 2896]
    assert model.context_tokens == 4096  # and is known from now on


@pytest.mark.parametrize(
    "said_of_it",
    [
        "max_tokens is too large: 4096. This model supports at most 2048 completion tokens, whereas you provided 4096.",
        "max_tokens: 4096 > 2048, which is the maximum allowed number of output tokens for the-model",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 2048]",
        "`max_tokens` must be less than or equal to `2048`, the maximum value for `max_tokens`",
    ],
)
def test_a_limit_of_the_model_is_kept_to_at_every_message(serve: Serve, said_of_it: str) -> None:
    def strict(body: dict[str, Any]) -> Answer:
        return spoken("hello") if body["max_tokens"] <= 2048 else as_json({"error": {"message": said_of_it}}, 400)

    served = serve({CHAT: strict})
    servers = KnownServers()
    for _ in range(2):
        model = client(served.url, servers=servers)
        assert "".join(piece.text for piece in model.stream(ASK, Sampling())) == "hello"
    assert [body["max_tokens"] for body in served.bodies()] == [4096, 2048, 2048]


def test_a_prompt_that_does_not_fit_teaches_how_much_does(serve: Serve) -> None:
    refusal = "the request exceeds the available context size (2048 tokens), try increasing it"
    served = serve({CHAT: as_json({"error": {"message": refusal, "code": 400}}, 400)})
    model = client(served.url)
    with pytest.raises(ServerError, match="exceeds") as caught:
        said(model)
    assert "ask again" in caught.value.hint
    assert model.context_tokens == 2048


def test_the_estimate_is_set_right_by_what_the_server_has_counted(serve: Serve) -> None:
    message = (
        Message("user", "一位老渔夫坐在海边的木船上，身后是一座白色的灯塔。天空中有几只海鸥，远处的山峦被晨雾笼罩着。"),
    )
    usage = event({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 1}})
    served = serve({CHAT: streamed(delta("x"), delta(None, "stop"), usage, event("[DONE]"))})
    servers = KnownServers()
    model = client(served.url, servers=servers)
    assert model.count_tokens(message) > 80
    list(model.stream(message, Sampling()))
    again = client(served.url, servers=servers)
    assert again.count_tokens(message) == pytest.approx(40, abs=2)
    other = (Message("user", "夜晚的城市，霓虹灯下一只黑猫坐在屋顶上，左边有一轮满月，街上没有人。"),)
    assert again.count_tokens(other) < 40


@pytest.mark.parametrize("count", [1, 3, 10**6])
def test_a_count_that_cannot_be_the_prompts_changes_nothing(serve: Serve, count: int) -> None:
    usage = event({"choices": [], "usage": {"prompt_tokens": count, "completion_tokens": 1}})
    served = serve({CHAT: streamed(delta("x"), delta(None, "stop"), usage, event("[DONE]"))})
    servers = KnownServers()
    model = client(served.url, servers=servers)
    message = (Message("user", "a red circle on the left of a blue square, and a dog"),)
    before = model.count_tokens(message)
    list(model.stream(message, Sampling()))
    again = client(served.url, servers=servers)
    assert again.count_tokens(message) == before
