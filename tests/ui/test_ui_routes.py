"""The extension's own routes, in a real FastAPI application."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from lib_omost.canvas import canvas_from_json, canvas_to_json, draft_image, parse_canvas
from lib_omost.ui.routes import add_routes


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    add_routes(app)
    return TestClient(app)


def test_parse_tells_the_regions_and_what_was_put_right(client: TestClient, code: str) -> None:
    data = client.post("/omost/v1/parse", json={"text": code.replace("'red'", "'redd'")}).json()
    assert [region["color"] for region in data["regions"]] == [[255, 255, 255], [255, 0, 0]]
    assert data["regions"][0]["distance_to_viewer"] is None
    assert data["regions"][1]["rect"] == [15, 75, 0, 35]
    assert len(data["corrections"]) == 1
    assert data["problems"] == []


@pytest.mark.parametrize("blurred", [False, True])
def test_draft_is_the_canvas_as_a_png(client: TestClient, code: str, blurred: bool) -> None:
    answer = client.post("/omost/v1/draft", json={"text": code, "width": 64, "height": 96, "blurred": blurred})
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer.json()["image"]))))
    assert np.array_equal(picture, draft_image(parse_canvas(code), 64, 96, blurred=blurred))


@pytest.mark.parametrize("route", ["parse", "draft"])
@pytest.mark.parametrize(("text", "told"), [("no canvas", "line 1"), ("{", "JSON"), ('{"regions": 1}', "missing")])
def test_what_is_no_canvas_is_refused_with_its_place(client: TestClient, route: str, text: str, told: str) -> None:
    answer = client.post(f"/omost/v1/{route}", json={"text": text})
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("size", [{"width": 0}, {"height": 10**6}, {"width": "wide"}])
def test_a_size_that_cannot_be_drawn_is_refused(client: TestClient, code: str, size: dict[str, Any]) -> None:
    assert client.post("/omost/v1/draft", json={"text": code, **size}).status_code == 422


def test_json_is_read_as_code_is(client: TestClient, code: str) -> None:
    import json

    data = canvas_to_json(parse_canvas(code))
    assert canvas_from_json(data) == parse_canvas(code)
    answers = [client.post("/omost/v1/parse", json={"text": text}).json() for text in (code, json.dumps(data))]
    assert answers[0] == answers[1]


def test_the_hosts_docs_show_the_routes_with_their_schemas(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/omost/v1/parse", "/omost/v1/draft", "/omost/v1/schema"} <= paths.keys()
    body = paths["/omost/v1/draft"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].endswith("DraftRequest")
    assert client.get("/omost/v1/schema").json()["properties"]["method"]["enum"][0] == "score"
