"""`/omost/v1/…`: what a canvas says, its draft, and the script's fields, without drawing a picture."""

from __future__ import annotations

import base64
import io
from enum import Enum
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from lib_omost.canvas import ParsedReply, draft_image, read_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.refusal import UNPROCESSABLE
from lib_omost.prompts import parsed_to_json
from lib_omost.ui.settings import schema

MAX_SIDE = 8192


class ParseRequest(BaseModel):
    """A reply of a language model, a chat with several, code, or a canvas as JSON."""

    text: str = Field(title="Text", description="The last canvas in it counts.")


class RegionAnswer(BaseModel):
    """One region with its sub-prompts."""

    rect: list[int] = Field(description="[top, bottom, left, right] on the 90 × 90 grid, half-open")
    distance_to_viewer: float | None = Field(description="null for the global region")
    color: list[int] = Field(description="[red, green, blue], 0 to 255")
    prefixes: list[str]
    suffixes: list[str]


class ReportAnswer(BaseModel):
    """A line of the text and what was found there."""

    line: int
    message: str
    expected: str = ""


class ParseAnswer(BaseModel):
    """The regions of a canvas: the global one first, then far to near."""

    regions: list[RegionAnswer]
    corrections: list[ReportAnswer]
    problems: list[ReportAnswer]


class DraftRequest(ParseRequest):
    """A canvas and the size of its draft in pixels."""

    width: int = Field(default=896, ge=1, le=MAX_SIDE)
    height: int = Field(default=1152, ge=1, le=MAX_SIDE)
    blurred: bool = Field(default=False, description="as it seeds the picture, instead of as people look at it")


class DraftAnswer(BaseModel):
    """The draft."""

    image: str = Field(description="a PNG file in base64")


def add_routes(app: FastAPI) -> None:
    """Add the routes to the host's application, with their schemas for its `/docs`."""

    def parse(request: ParseRequest) -> Any:
        return parsed_to_json(_read(request))

    def draft(request: DraftRequest) -> Any:
        from PIL import Image

        canvas = _read(request).require_canvas()
        picture = draft_image(canvas, request.width, request.height, blurred=request.blurred)
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        return {"image": base64.b64encode(file.getvalue()).decode()}

    tags: list[str | Enum] = ["Omost"]
    app.add_api_route("/omost/v1/parse", parse, methods=["POST"], response_model=ParseAnswer, tags=tags)
    app.add_api_route("/omost/v1/draft", draft, methods=["POST"], response_model=DraftAnswer, tags=tags)
    app.add_api_route("/omost/v1/schema", schema, methods=["GET"], tags=tags)


def _read(request: ParseRequest) -> ParsedReply:
    try:
        parsed = read_canvas(request.text)
        parsed.require_canvas()
    except OmostError as error:
        raise HTTPException(UNPROCESSABLE, f"{error} {error.hint}".strip()) from error
    return parsed
