"""A picture over HTTP: read as a canvas, or compared with its own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lib_omost.canvas import canvas_from_json, canvas_to_json
from lib_omost.chat.sight.checking import check_question
from lib_omost.errors import ServerError
from lib_omost.pictures.small import size_of
from tests.chat.sight.test_sight import WHOLE, file
from tests.page.conftest import CANVAS, QueuedChats

READ: dict[str, Any] = {
    "id": "picture-1",
    "picture": base64.b64encode(file(2000, 1000)).decode(),
    "model": "server: vl",
}
CHECK = {**READ, "canvas": canvas_to_json(CANVAS)}


def event(answer: Any) -> dict[str, Any]:
    (line,) = [line for line in answer.text.splitlines() if line]
    told: dict[str, Any] = json.loads(line)
    return told


def test_a_picture_is_read_as_a_canvas(client: TestClient, chats: QueuedChats) -> None:
    chats.answers.append(json.dumps(WHOLE))
    told = event(client.post("/omost/v1/sight/read", json=READ))
    assert told["type"] == "canvas"
    assert [region.description for region in canvas_from_json(told["canvas_json"]).regions] == ["A red ball."]
    ((png, question, model),) = chats.seen
    assert size_of(png) == (1024, 512)
    assert "HTML colour" in question
    assert model == "server: vl"


def test_a_picture_is_compared_with_its_canvas(client: TestClient, chats: QueuedChats) -> None:
    amiss = {"number": 1, "seen": "nothing", "change": "make the circle larger"}
    chats.answers += [json.dumps([amiss]), "[]"]
    told = event(client.post("/omost/v1/sight/check", json=CHECK))
    assert told == {"type": "checked", "amiss": [amiss], "message": "make the circle larger"}
    assert chats.seen[0][1] == check_question(CANVAS)
    assert event(client.post("/omost/v1/sight/check", json=CHECK)) == {"type": "checked", "amiss": [], "message": ""}


def test_what_the_model_cannot_do_is_told_with_what_to_do(client: TestClient, chats: QueuedChats) -> None:
    chats.answers += [ServerError("it takes no pictures", hint="choose another"), "A ball."]
    told = event(client.post("/omost/v1/sight/read", json=READ))
    assert told == {"type": "failed", "message": "it takes no pictures", "hint": "choose another"}
    assert "no boxes" in event(client.post("/omost/v1/sight/read", json=READ))["message"]


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        ("read", {"picture": "no base64!"}, "no picture in base64"),
        ("read", {"picture": base64.b64encode(b"text").decode()}, "no picture that can be read"),
        ("read", {"id": "x"}, "id"),
        ("check", {"canvas": {}}, "is missing"),
        ("check", {"canvas": {**canvas_to_json(CANVAS), "regions": []}}, "no regions"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    client: TestClient, chats: QueuedChats, path: str, change: dict[str, Any], told: str
) -> None:
    answer = client.post(f"/omost/v1/sight/{path}", json=CHECK | change)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert not chats.seen
