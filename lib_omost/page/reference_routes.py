"""`/omost/v1/references`: the pictures that regions refer to, sent once and named from then on."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.responses import Response

from lib_omost.errors import BadInputError
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes, refused
from lib_omost.pictures.references import ReferencePictures

MAX_PICTURE_BYTES = 32 * 2**20  # in base64
UNPROCESSABLE = 422


class ReferenceBody(BaseModel):
    """A picture to keep."""

    picture: str = Field(description="a PNG, JPEG or WebP file in base64")


class ReferenceAnswer(BaseModel):
    """Where it is kept."""

    name: str = Field(description="what a region's `reference` names it by; the same picture has the same name")


class DrawnAnswer(BaseModel):
    """Whether regions' references can be drawn."""

    reason: str = Field(description="why they cannot, and what to do; empty where they can, as far as is known")


def add_reference_routes(
    app: FastAPI, pictures: ReferencePictures, reason: Callable[[], str], guard: Guard = ANYONE
) -> None:
    """Add the routes. `reason`: why the next picture's regions can have no reference, or nothing."""
    routes = Routes(app, guard)

    def drawn() -> Any:
        return {"reason": reason()}

    def keep(body: ReferenceBody) -> Any:
        return {"name": pictures.keep(_file(body.picture))}

    def get(name: str) -> Any:
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(pictures.png(name), media_type="image/png", headers=headers)

    routes.get("/omost/v1/references", drawn, response_model=DrawnAnswer)
    routes.post("/omost/v1/references", keep, response_model=ReferenceAnswer, most_bytes=MAX_PICTURE_BYTES)
    routes.get(
        "/omost/v1/references/{name}",
        get,
        response_model=None,
        response_class=Response,
        responses={UNPROCESSABLE: refused("no such picture")},
    )


def _file(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadInputError("this is no picture in base64") from error
