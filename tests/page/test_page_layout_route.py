"""What a file holds, over HTTP: told by its bytes, in both applications' form of a refusal."""

from __future__ import annotations

import ast
import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

import lib_omost
from lib_omost.canvas import canvas_from_json, canvas_to_json, parse_canvas, write_canvas
from lib_omost.page.layout_routes import MOST_BYTES

PROMPT = "a harbour ADDCOMM a red boat ADDCOL a white house\nDivide Ratio: 1,2\n"


def picture() -> bytes:
    file = io.BytesIO()
    image = Image.new("RGB", (90, 90), "white")
    image.paste((255, 0, 0), (0, 15, 30, 75))
    image.save(file, "PNG")
    return file.getvalue()


def sent(client: TestClient, *files: bytes) -> dict[str, Any]:
    answer = client.post("/omost/v1/layout", json={"files": [base64.b64encode(file).decode() for file in files]})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(client: TestClient, *files: bytes) -> str:
    answer = client.post("/omost/v1/layout", json={"files": [base64.b64encode(file).decode() for file in files]})
    assert answer.status_code == 422
    return str(answer.json()["detail"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_canvas_comes_back_as_it_stood(client: TestClient, code: str, encoding: str) -> None:
    text = f"Here it is: ☂\n{code}"
    answer = sent(client, text.encode(encoding))
    assert (answer["format"], answer["text"]) == ("canvas", text)
    assert canvas_from_json(answer["canvas"]) == parse_canvas(code)


def test_json_of_a_canvas_is_one(client: TestClient, code: str) -> None:
    text = json.dumps(canvas_to_json(parse_canvas(code)))
    assert sent(client, text.encode())["text"] == text


def test_a_text_without_a_canvas_is_told_with_its_place(client: TestClient) -> None:
    answer = sent(client, b"I cannot draw that.")
    assert (answer["format"], answer["canvas"], answer["text"]) == ("canvas", None, "I cannot draw that.")
    assert answer["problems"][0]["line"] == 1


def test_a_layout_of_another_program_becomes_code(client: TestClient) -> None:
    answer = sent(client, PROMPT.encode())
    canvas = canvas_from_json(answer["canvas"])
    assert answer["format"] == "Regional Prompter"
    assert answer["text"] == write_canvas(canvas)
    assert [tuple(region.rect) for region in canvas.regions] == [(0, 90, 0, 30), (0, 90, 30, 90)]


def test_a_picture_and_its_legend_come_in_any_order(client: TestClient) -> None:
    legend = b"red: a boat\nbackground: a harbour"
    alone = sent(client, picture())
    assert (alone["format"], alone["canvas"]["regions"][0]["description"]) == ("coloured areas", "red")
    assert alone["corrections"]
    for files in ((picture(), legend), (legend, picture())):
        canvas = canvas_from_json(sent(client, *files)["canvas"])
        assert (canvas.description, canvas.regions[0].description) == ("a harbour", "a boat")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((b"\x89PNG\r\n\x1a\n",), "no picture"),
        ((b"\xff\x00",), "not UTF-8 text"),
        ((b"one", b"two"), "belong together"),
        ((picture(), picture()), "belong together"),
        ((picture(), b"nothing to see"), "line 1"),
        ((b'{"a": 1}',), "no canvas"),
        ((b'{"annotations": [], "images": []}',), "no boxes"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    client: TestClient, files: tuple[bytes, ...], told: str
) -> None:
    assert told in refused(client, *files)


@pytest.mark.parametrize("body", [{}, {"files": []}, {"files": ["", "", ""]}, {"files": ["é"]}, {"files": ["a"]}])
def test_what_is_no_file_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/omost/v1/layout", json=body).status_code == 422


@pytest.mark.parametrize(("files", "told"), [([], "0 files"), (["", "", ""], "3 files")])
def test_how_many_files_is_told(client: TestClient, files: list[str], told: str) -> None:
    assert told in str(client.post("/omost/v1/layout", json={"files": files}).json()["detail"])


def test_no_list_is_bounded_by_a_field() -> None:
    """Where a WebUI has pydantic 1, such a bound holds for each item instead: no file could be opened there."""
    bounds = {"min_length", "max_length", "min_items", "max_items"}
    found = [
        f"{file.name}:{node.lineno}"
        for file in Path(lib_omost.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func) == "Field" and {keyword.arg for keyword in node.value.keywords} & bounds
        if ast.unparse(node.annotation).startswith(("list", "dict", "tuple", "set", "Sequence"))
    ]
    assert found == []


def test_files_that_are_too_large_are_refused_before_they_are_read(client: TestClient) -> None:
    assert client.post("/omost/v1/layout", json={"files": ["A" * (MOST_BYTES + 1)]}).status_code == 413
