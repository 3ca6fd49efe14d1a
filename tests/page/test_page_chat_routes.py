"""A message over HTTP: a stream of events, stopped, refused, broken off; and histories as files."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.service import ChatRequest, End, Event, Failed, Written
from lib_omost.errors import BadInputError, ServerError
from tests.page.conftest import QueuedChats, says

BODY: dict[str, Any] = {"id": "reply-00001", "message": "a red circle"}


def events(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_message_is_answered_event_by_event(client: TestClient, chats: QueuedChats, code: str) -> None:
    chats.queued.append(says(code))
    answer = client.post("/omost/v1/chat", json=BODY)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [event["type"] for event in events(answer)] == ["written", "canvas", "end"]
    assert events(answer)[-1] == {"type": "end", "reply": code, "seed": 7, "does_less": False}


def test_the_rounds_before_it_and_the_settings_go_with_it(client: TestClient, chats: QueuedChats, code: str) -> None:
    chats.queued.append(says(code))
    rounds = [{"message": " first\r\n", "reply": "one"}]
    body = {**BODY, "rounds": rounds, "begun": "x", "model": "tiny", "seed": 3, "top_p": 0.5, "max_new_tokens": 64}
    client.post("/omost/v1/chat", json=body)
    (asked,) = chats.asked
    assert asked.rounds == (Round("first", "one"),)
    assert (asked.message, asked.begun, asked.model) == ("a red circle", "x", "tiny")
    assert (asked.temperature, asked.top_p, asked.seed) == (None, 0.5, 3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"message": "  "}, "the message is empty"),
        ({"temperature": 11}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"max_new_tokens": 0}, "max_new_tokens"),
        ({"rounds": [{"message": "a", "reply": " "}]}, "the reply is empty"),
        ({"rounds": [{"message": "a", "reply": "b"}] * 201}, "at most 200"),
        ({"id": "short"}, None),
        ({"message": "x" * 20_001}, None),
        ({"message": ["a red circle"]}, None),  # a number is a text to pydantic 1
    ],
)
def test_what_cannot_be_asked_is_refused(
    client: TestClient, chats: QueuedChats, change: dict[str, Any], told: str | None
) -> None:
    answer = client.post("/omost/v1/chat", json=BODY | change)
    assert answer.status_code == 422
    assert told is None or told in answer.json()["detail"]
    assert chats.asked == []


def test_a_form_of_another_site_is_no_message(client: TestClient, chats: QueuedChats) -> None:
    answer = client.post("/omost/v1/chat", content=json.dumps(BODY), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    assert chats.asked == []


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (BadInputError("busy", hint="wait"), {"message": "busy", "hint": "wait", "reply": ""}),
        (ServerError("broken off", received="so far"), {"message": "broken off", "hint": "", "reply": "so far"}),
    ],
)
def test_a_failure_is_the_last_event(
    client: TestClient, chats: QueuedChats, error: Exception, event: dict[str, str]
) -> None:
    def fails(_request: ChatRequest, _stop: Callable[[], bool]) -> Iterator[Event]:
        yield Written("so far", 1, 1.0)
        raise error

    chats.queued.append(fails)
    assert events(client.post("/omost/v1/chat", json=BODY))[-1] == {"type": "failed", **event}


def test_a_reply_is_stopped_by_its_name_and_by_no_other(client: TestClient, chats: QueuedChats) -> None:
    begun = threading.Event()

    def endless(_request: ChatRequest, should_stop: Callable[[], bool]) -> Iterator[Event]:
        begun.set()
        over = time.monotonic() + 20
        while not should_stop() and time.monotonic() < over:
            time.sleep(0.01)
        yield End("as far as it came" if should_stop() else "never stopped", 1)

    chats.queued.append(endless)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(client.post("/omost/v1/chat", json=BODY)))
    asking.start()
    assert begun.wait(10)
    assert client.post("/omost/v1/stop", json={"id": "reply-of-another"}).json() == {"stopped": False}
    assert client.post("/omost/v1/stop", json={"id": BODY["id"]}).json() == {"stopped": True}
    asking.join(10)
    assert events(answers[0])[-1]["reply"] == "as far as it came"
    assert client.post("/omost/v1/stop", json={"id": BODY["id"]}).json() == {"stopped": False}


def test_the_model_is_made_ready_and_why_it_cannot_be_is_told(client: TestClient, chats: QueuedChats) -> None:
    answer = events(client.post("/omost/v1/install", json={"id": "install-1"}))
    assert [event["type"] for event in answer] == ["status", "end"]
    chats.installed = Failed("pip failed: no space", "make room", "")
    last = events(client.post("/omost/v1/install", json={"id": "install-1"}))[-1]
    assert (last["type"], last["message"], last["hint"]) == ("failed", "pip failed: no space", "make room")
    assert client.post("/omost/v1/install", json={}).status_code == 422


def test_models_are_listed_and_unloaded(client: TestClient, chats: QueuedChats) -> None:
    listed = client.get("/omost/v1/models").json()
    (model,) = listed["models"]
    assert listed["chosen"] == "tiny"
    assert model == {"name": "tiny", "label": "tiny", "state": "ready", "note": "very small", "size": 5, "warning": ""}
    client.post("/omost/v1/unload", json={})
    assert chats.unloads == 1


@pytest.mark.parametrize("form", ["md", "json"])
def test_a_history_goes_to_a_file_and_back(client: TestClient, form: str) -> None:
    rounds = [{"message": "a <b>cat</b>", "reply": "### User\nhi"}, {"message": "ünï 🐈", "reply": "```python\nx\n```"}]
    text = client.post("/omost/v1/history/write", json={"rounds": rounds, "form": form}).json()["text"]
    assert client.post("/omost/v1/history/read", json={"text": text}).json() == {"rounds": rounds, "pending": None}


@pytest.mark.parametrize("text", ["hello", "{", '{"omost_chat": 2}'])
def test_a_file_that_is_no_history_is_refused(client: TestClient, text: str) -> None:
    answer = client.post("/omost/v1/history/read", json={"text": text})
    assert answer.status_code == 422
    assert "history" in answer.json()["detail"]
