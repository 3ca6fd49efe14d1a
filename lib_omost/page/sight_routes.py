"""`/omost/v1/sight/…`: a model of the owner's server reads a picture, or compares it with its canvas."""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import Any, Protocol

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.canvas import canvas_from_json, canvas_to_json
from lib_omost.errors import BadInputError, OmostError
from lib_omost.page.events import EventStream, Running
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes

MAX_PICTURE_BYTES = 32 * 2**20  # in base64


class Sees(Protocol):
    """What looks at pictures: `lib_omost.chat.service.ChatService`."""

    def look(self, png: bytes, question: str, model: str, should_stop: Callable[[], bool]) -> str:
        """A model's answer to a question about a picture."""
        ...


class PictureBody(BaseModel):
    """A picture to read. `id` names this look."""

    id: str = Field(min_length=8, max_length=64)
    picture: str = Field(description="a PNG, JPEG or WebP file in base64")
    model: str = Field(default="", description="one of the server that /omost/v1/models lists; empty: the server's own")


class PictureOfCanvas(PictureBody):
    """A picture to compare with the canvas that it was drawn from."""

    canvas: dict[str, Any]


def add_sight_routes(app: FastAPI, sees: Callable[[], Sees], guard: Guard = ANYONE) -> None:
    """Add the routes. `sees` is asked at the first picture."""
    routes, running = Routes(app, guard), Running()

    def answer(body: PictureBody, question: str, told: Callable[[str, bytes], dict[str, Any]]) -> Any:
        from lib_omost.pictures.small import small_png

        png = small_png(_file(body.picture))
        stop = running.start(body.id)

        def events() -> Generator[dict[str, Any], None, None]:
            try:
                yield told(sees().look(png, question, body.model, stop.is_set), png)
            except OmostError as error:
                yield {"type": "failed", "message": str(error), "hint": error.hint}

        return running.answer(body.id, events())

    def read(body: PictureBody) -> Any:
        from lib_omost.chat.sight.reading import READ, read_sight
        from lib_omost.pictures.small import size_of

        def told(text: str, png: bytes) -> dict[str, Any]:
            return {"type": "canvas", "canvas_json": canvas_to_json(read_sight(text, size_of(png)))}

        return answer(body, READ, told)

    def check(body: PictureOfCanvas) -> Any:
        from lib_omost.chat.sight.checking import check_question, next_message, read_check

        canvas = canvas_from_json(body.canvas)

        def told(text: str, _png: bytes) -> dict[str, Any]:
            amiss = read_check(text, canvas)
            return {"type": "checked", "amiss": [asdict(each) for each in amiss], "message": next_message(amiss)}

        return answer(body, check_question(canvas), told)

    stream: dict[str, Any] = {"response_model": None, "response_class": EventStream, "most_bytes": MAX_PICTURE_BYTES}
    routes.post("/omost/v1/sight/read", read, **stream)
    routes.post("/omost/v1/sight/check", check, **stream)


def _file(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadInputError("this is no picture in base64") from error
