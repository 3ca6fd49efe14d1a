"""A question about a picture to servers that see, and to those that do not."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.seeing import see
from lib_omost.chat.service import ChatService, ChatSettings
from lib_omost.errors import BadInputError, ServerError
from tests.chat.client.conftest import KEY, Answer, Served, as_json

PATH = "/v1/chat/completions"
PNG = b"\x89PNG and so on"
Serve = Callable[..., Served]


def says(content: object, **more: Any) -> Answer:
    return as_json(
        {"choices": [{"message": {"role": "assistant", "content": content, **more}, "finish_reason": "stop"}]}
    )


def refuses(message: str, status: int = 400) -> Answer:
    return as_json({"error": {"message": message}}, status)


def asked(served: Served, servers: KnownServers | None = None) -> str:
    return see(Endpoint(served.url, KEY, "vl"), servers or KnownServers(), PNG, "What is there?")


def test_the_picture_goes_with_the_question_as_a_part(serve: Serve) -> None:
    served = serve({PATH: says("A ball.")})
    assert asked(served) == "A ball."
    (body,) = served.bodies()
    (message,) = body["messages"]
    question, picture = message["content"]
    assert question == {"type": "text", "text": "What is there?"}
    assert picture == {
        "type": "image_url",
        "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"},
    }
    assert (body["model"], body["stream"]) == ("vl", False)


def test_an_answer_in_parts_is_one_text_and_the_key_is_never_in_it(serve: Serve) -> None:
    served = serve({PATH: says([{"type": "text", "text": "A ball"}, {"type": "text", "text": f" of {KEY}."}])})
    answer = asked(served)
    assert answer.startswith("A ball of ")
    assert KEY not in answer


def test_a_field_that_is_refused_is_left_out_and_that_is_remembered(serve: Serve) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        return refuses("Unsupported parameter: temperature") if "temperature" in body else says("A ball.")

    served, servers = serve({PATH: answer}), KnownServers()
    assert asked(served, servers) == asked(served, servers) == "A ball."
    assert ["temperature" in body for body in served.bodies()] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "image input is not supported - hint: you may need to provide the mmproj"),
        (500, "this model is missing data required for image input"),
        (422, "messages[0].content must be a string"),
        (404, "No endpoints found that support image input"),
    ],
)
def test_a_model_without_eyes_is_told_of_in_words(serve: Serve, status: int, message: str) -> None:
    with pytest.raises(ServerError, match="takes no pictures") as caught:
        asked(serve({PATH: refuses(message, status)}))
    assert message[:30] in str(caught.value)
    assert "sees" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refuses("Incorrect API key", 401), "another API key"),
        (says(None, refusal="I do not look at people."), "refuses: I do not look"),
        (says(""), "empty answer"),
        (Answer(b"<html>", content_type="text/html"), "something else than JSON"),
        (as_json({"what": "?"}), "cannot be read"),
    ],
)
def test_other_faults_are_told_as_what_they_are(serve: Serve, answer: Answer, told: str) -> None:
    with pytest.raises(ServerError, match=told) as caught:
        asked(serve({PATH: answer}))
    assert "takes no pictures" not in str(caught.value)


def test_a_look_that_is_stopped_ends_at_once_and_says_nothing(serve: Serve) -> None:
    served = serve({PATH: Answer(pieces=[(60.0, b"{}")])})
    begun = time.monotonic()
    assert see(Endpoint(served.url, KEY, "vl"), KnownServers(), PNG, "?", lambda: bool(served.bodies())) == ""
    assert time.monotonic() - begun < 30
    assert len(served.bodies()) == 1


def test_the_chat_asks_the_model_that_is_named_or_else_the_server_s_own(serve: Serve) -> None:
    served = serve({PATH: says("A ball."), "/v1/models": as_json({"data": [{"id": "tiny"}, {"id": "vl"}]})})
    own = ChatService(lambda: ChatSettings(server=served.url))
    for name, expected in (("server: vl", "vl"), ("", "tiny"), ("omost-llama-3-8b", "tiny")):
        assert own.look(PNG, "?", name) == "A ball."
        assert served.bodies()[-1]["model"] == expected
    set_to = ChatService(lambda: ChatSettings(model="server: vl", server=served.url))
    assert set_to.look(PNG, "?", "smollm2") == "A ball."
    assert served.bodies()[-1]["model"] == "vl"
    with pytest.raises(BadInputError, match="no model"):
        own.look(PNG, "?", "server: nobody")
    with pytest.raises(BadInputError, match="no server"):
        ChatService(ChatSettings).look(PNG, "?")
