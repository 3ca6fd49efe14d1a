"""Reading, writing and drawing a canvas over HTTP, in a real FastAPI application."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from lib_omost.canvas import (
    canvas_from_json,
    canvas_to_json,
    depth_map,
    draft_image,
    in_words,
    parse_canvas,
    write_canvas,
)


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


def test_depth_is_the_layers_distances_as_a_png(client: TestClient, code: str) -> None:
    answer = client.post("/omost/v1/depth", json={"text": code, "width": 64, "height": 96})
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer.json()["image"]))))
    assert np.array_equal(picture, depth_map(parse_canvas(code), 64, 96))
    assert picture.max() == 255


@pytest.mark.parametrize("route", ["parse", "draft", "depth"])
@pytest.mark.parametrize(("text", "told"), [("no canvas", "line 1"), ("{", "JSON"), ('{"regions": 1}', "no canvas")])
def test_what_is_no_canvas_is_refused_with_its_place(client: TestClient, route: str, text: str, told: str) -> None:
    answer = client.post(f"/omost/v1/{route}", json={"text": text})
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("size", [{"width": 0}, {"height": 10**6}, {"width": "wide"}])
def test_a_size_that_cannot_be_drawn_is_refused(client: TestClient, code: str, size: dict[str, Any]) -> None:
    for route in ("draft", "depth"):
        assert client.post(f"/omost/v1/{route}", json={"text": code, **size}).status_code == 422


def test_json_is_read_as_code_is(client: TestClient, code: str) -> None:
    data = canvas_to_json(parse_canvas(code))
    assert canvas_from_json(data) == parse_canvas(code)
    answers = [client.post("/omost/v1/parse", json={"text": text}).json() for text in (code, json.dumps(data))]
    assert answers[0] == answers[1]


def test_read_gives_the_canvas_its_reports_and_its_length(client: TestClient, code: str) -> None:
    answer = client.post("/omost/v1/read", json={"text": code.replace("'red'", "'redd'")}).json()
    assert canvas_from_json(answer["canvas"]) == parse_canvas(code)
    assert [correction["line"] for correction in answer["corrections"]] == [24]
    assert answer["bags"] == 2
    assert (answer["limit"], answer["estimate"]) == (75, "")
    assert answer["tokens"] == 3 + 3 + 3  # words: the background by itself, and ahead of the circle


def test_the_length_is_that_of_the_tag_style_that_the_page_shows(client: TestClient, code: str) -> None:
    def tokens(style: str) -> int:
        return client.post("/omost/v1/read", json={"text": code, "style": style}).json()["tokens"]

    assert tokens("pony") > tokens("plain") == tokens("auto") == tokens("po")  # as it is being typed


@pytest.mark.parametrize(
    ("text", "told"), [("no canvas", "there is no canvas"), ("{", "JSON"), ('{"a": 1}', "no canvas")]
)
def test_read_tells_why_there_is_no_canvas_and_is_no_error(client: TestClient, text: str, told: str) -> None:
    answer = client.post("/omost/v1/read", json={"text": text})
    assert answer.status_code == 200
    assert answer.json()["canvas"] is None
    assert told in answer.json()["problems"][0]["message"]


def test_write_gives_code_with_rectangles_that_people_drew(client: TestClient, code: str) -> None:
    data = canvas_to_json(parse_canvas(code))
    data["regions"][0]["free_rect"] = [1, 50, 2, 60]
    canvas = canvas_from_json(data)
    answer = client.post("/omost/v1/write", json={"canvas": data}).json()
    assert answer["code"] == write_canvas(canvas)
    assert in_words(answer["code"]) == code
    data["regions"][0]["location"] = "nowhere"
    refused = client.post("/omost/v1/write", json={"canvas": data})
    assert refused.status_code == 422
    assert "location 'nowhere'" in refused.json()["detail"]


def test_the_docs_show_the_routes_with_their_schemas(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/omost/v1/parse", "/omost/v1/draft", "/omost/v1/read", "/omost/v1/write"} <= paths.keys()
    body = paths["/omost/v1/draft"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].endswith("DraftRequest")


def test_a_canvas_is_laid_on_a_place_of_a_larger_one(client: TestClient, code: str) -> None:
    answer = client.post("/omost/v1/around", json={"text": code, "place": [0, 90, 0, 45]}).json()
    (before,), (after,) = (parse_canvas(text).regions for text in (code, answer["code"]))
    assert after.rect[:2] == before.rect[:2]
    assert after.rect.right == round(before.rect.right / 2)
    assert answer["bags"] == 2


@pytest.mark.parametrize("place", [[0, 90, 45, 45], [0, 91, 0, 9], [-1, 9, 0, 9], [0, 9, 0], "left", [0, 9, 0, 1e9]])
def test_what_is_no_place_on_a_canvas_is_refused(client: TestClient, code: str, place: Any) -> None:
    assert client.post("/omost/v1/around", json={"text": code, "place": place}).status_code == 422
