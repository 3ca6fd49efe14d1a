"""`/omost/v1/layout`: what a file from the user's computer holds, whatever program wrote it."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.canvas import canvas_to_json, write_canvas
from lib_omost.errors import BadInputError
from lib_omost.layouts import Loaded, read_layout, read_legend, read_picture
from lib_omost.layouts.read import CANVAS, is_picture
from lib_omost.page.answers import ReportAnswer
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes
from lib_omost.texts import text_of

MOST_BYTES = 32 * 2**20  # in base64
MOST_FILES = 2


class LayoutRequest(BaseModel):
    """A file, or a picture with coloured areas and the legend to it."""

    files: list[str] = Field(description="one or two, in base64, in any order")  # pydantic 1 would bound each item


class LayoutAnswer(BaseModel):
    """What the file holds."""

    format: str = Field(description="canvas, for a reply, code or JSON of one; else whose layout it is")
    text: str = Field(description="of a canvas as it stood in the file; else the layout's code")
    canvas: dict[str, Any] | None
    corrections: list[ReportAnswer]
    problems: list[ReportAnswer]


def add_layout_routes(app: FastAPI, guard: Guard = ANYONE) -> None:
    """Add the route."""

    def layout(request: LayoutRequest) -> Any:
        if not 1 <= len(request.files) <= MOST_FILES:
            raise BadInputError(f"{len(request.files)} files cannot be opened at once", hint="choose one or two")
        files = [_decoded(file) for file in request.files]
        pictures = [file for file in files if is_picture(file)]
        texts = [text_of(file, "the file") for file in files if not is_picture(file)]
        if len(files) > 1 and len(pictures) != 1:
            raise BadInputError(
                "these files do not belong together", hint="choose one, or a picture with coloured areas and its legend"
            )
        if not pictures:
            return _answer(read_layout(texts[0]), texts[0])
        return _answer(read_picture(pictures[0], read_legend(texts[0]) if texts else None))

    Routes(app, guard).post("/omost/v1/layout", layout, response_model=LayoutAnswer, most_bytes=MOST_BYTES)


def _decoded(file: str) -> bytes:
    try:
        return base64.b64decode(file, validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadInputError("this is no file in base64") from error


def _answer(loaded: Loaded, text: str = "") -> dict[str, Any]:
    parsed = loaded.parsed
    canvas = parsed.canvas if loaded.format == CANVAS else parsed.require_canvas()
    is_own = loaded.format == CANVAS and text
    return {
        "format": loaded.format,
        "text": text if is_own or canvas is None else write_canvas(canvas),
        "canvas": None if canvas is None else canvas_to_json(canvas),
        "corrections": [asdict(each) for each in parsed.corrections],
        "problems": [asdict(each) for each in parsed.problems],
    }
