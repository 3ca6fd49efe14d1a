"""What a model refuses is left out, at once and at every later message; nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import Message, Sampling
from lib_omost.errors import ServerError

from .conftest import ASK, Answer, Served, as_json, client, event, said, spoken, streamed

CHAT = "/v1/chat/completions"
Serve = Callable[..., Served]


def refusing(*names: str, message: str = "Unsupported parameter: '{}' is not supported with this model.") -> Any:
    """A model that refuses the first of these fields that it finds, by its name."""

    def answer(body: dict[str, Any]) -> Answer:
        for name in names:
            if name in body:
                return as_json({"error": {"message": message.format(name), "type": "invalid_request_error"}}, 400)
        return spoken("hello")

    return answer


@pytest.mark.parametrize("names", [("temperature",), ("top_p",), ("temperature", "top_p"), ("seed", "top_p")])
def test_a_field_that_is_refused_is_left_out_from_then_on(serve: Serve, names: tuple[str, ...]) -> None:
    served = serve({CHAT: refusing(*names)})
    model = client(served.url)
    assert said(model) == said(model) == "hello"
    bodies = served.bodies()
    assert len(bodies) == len(names) + 2  # one more for each, once
    for body in bodies[-2:]:
        assert not set(names) & body.keys()
        assert {"temperature", "top_p", "seed"} - set(names) <= body.keys()


def test_one_of_two_that_do_not_go_together_is_kept(serve: Serve) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        if {"temperature", "top_p"} <= body.keys():
            text = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
            return as_json({"type": "error", "error": {"type": "invalid_request_error", "message": text}}, 400)
        return spoken("hello")

    served = serve({CHAT: picky})
    assert said(client(served.url)) == "hello"
    assert "temperature" in served.bodies()[-1]


def test_a_refusal_that_names_the_field_beside_its_words(serve: Serve) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        if body.get("temperature") != 1 and "temperature" in body:
            error = {"message": "Unsupported value: only the default (1) is supported.", "param": "temperature"}
            return as_json({"error": error | {"code": "unsupported_value"}}, 400)
        return spoken("hello")

    assert said(client(serve({CHAT: picky}).url)) == "hello"


def test_another_model_of_the_server_is_asked_whole(serve: Serve) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        refuses = body["model"] == "thinker" and "temperature" in body
        return as_json({"error": "temperature is deprecated for this model"}, 400) if refuses else spoken("hello")

    served = serve({CHAT: picky})
    servers = KnownServers()
    thinker, plain = (client(served.url, model=name, servers=servers) for name in ("thinker", "plain"))
    assert said(thinker) == said(plain) == "hello"
    assert "temperature" in served.bodies()[-1]


def test_the_limit_of_new_tokens_goes_by_its_other_name(serve: Serve) -> None:
    message = "Unsupported parameter: '{}' is not supported with this model. Use 'max_completion_tokens' instead."
    served = serve({CHAT: refusing("max_tokens", message=message)})
    model = client(served.url)
    assert said(model) == said(model) == "hello"
    assert [body.get("max_completion_tokens") for body in served.bodies()] == [None, 64, 64]


def test_the_new_name_is_given_up_for_the_old_one(serve: Serve) -> None:
    message = "Unrecognized request argument supplied: {}. Did you mean max_tokens?"
    served = serve({CHAT: refusing("max_completion_tokens", message=message)})
    assert said(client(served.url, kind=ServerKind.OPENAI)) == "hello"
    assert served.bodies()[-1]["max_tokens"] == 64


def test_a_form_is_still_asked_for_when_a_field_is_refused(serve: Serve) -> None:
    served = serve({CHAT: refusing("temperature", "top_p")})
    said(client(served.url, bounds=Bounds(), kind=ServerKind.OPENAI), held=True)
    assert "response_format" in served.bodies()[-1]


def test_a_refusal_within_the_stream_is_heard_too(serve: Serve) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        if "top_p" in body:
            return streamed(event({"error": {"code": 400, "message": "top_p is not supported"}}))
        return spoken("hello")

    assert said(client(serve({CHAT: picky}).url)) == "hello"


def test_a_template_without_a_system_role_reads_it_in_the_first_message(serve: Serve) -> None:
    def picky(body: dict[str, Any]) -> Answer:
        if any(turn["role"] == "system" for turn in body["messages"]):
            return as_json({"error": "System role not supported"}, 400)
        return spoken("hello")

    served = serve({CHAT: picky})
    model = client(served.url)
    assert said(model) == said(model) == "hello"
    assert served.bodies()[-1]["messages"] == [{"role": "user", "content": "Compose.\n\na circle"}]
    assert len(served.bodies()) == 3


def test_a_server_that_refuses_everything_is_asked_a_few_times_and_says_why(serve: Serve) -> None:
    served = serve({CHAT: as_json({"error": "no temperature, top_p, seed or anything"}, 400)})
    with pytest.raises(ServerError, match="or anything"):
        said(client(served.url))
    assert 2 <= len(served.bodies()) <= 8
    served.answers[CHAT] = spoken("hello")
    model = client(served.url)
    said(model)
    assert {"temperature", "top_p", "seed"} <= served.bodies()[-1].keys()


def test_what_is_no_refusal_of_a_field_is_not_asked_again(serve: Serve) -> None:
    served = serve({CHAT: as_json({"error": "temperature sensor failed"}, 500)})
    with pytest.raises(ServerError, match="HTTP 500"):
        list(client(served.url).stream((*ASK, Message("user", "x")), Sampling()))
    assert len(served.bodies()) == 1
