"""`/omost/v1/own/…`: the plain panel that draws pictures."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.app.web.infotext import order_in
from lib_omost.app.web.painter import MINI, Order, Painter
from lib_omost.canvas import canvas_from_json
from lib_omost.chat.sight.checking import next_message
from lib_omost.errors import BadInputError
from lib_omost.methods.names import METHOD_NAMES
from lib_omost.page.events import EventStream, Running
from lib_omost.page.routes import Routes
from lib_omost.settings.model import read_arguments
from lib_omost.settings.schema import schema

MAX_PICTURE_BYTES = 32 * 2**20  # in base64


class PictureBody(BaseModel):
    """One order; sizes in pixels."""

    id: str = Field(min_length=8, max_length=64)
    prompt: str = ""
    negative: str = ""
    width: int = Field(default=512, ge=64, le=2048)
    height: int = Field(default=512, ge=64, le=2048)
    steps: int = Field(default=20, ge=1, le=150)
    cfg: float = Field(default=5.0, ge=1, le=30)
    seed: int | None = None
    checkpoint: str = "mini"
    omost: dict[str, Any] = {}
    old: str = Field(default="", description="of which a part is drawn, where `omost` says so: its file in base64")


class PictureName(BaseModel):
    """Which picture."""

    id: str


class PngBody(BaseModel):
    """A picture whose order is asked for."""

    png: str = Field(description="a PNG file in base64")


class CheckBody(PngBody):
    """A picture that this page drew, to compare with a canvas."""

    canvas: dict[str, Any]


def add_picture_routes(app: FastAPI, painter: Painter) -> None:
    """Add the routes."""
    routes, running = Routes(app), Running()

    def panel() -> Any:
        fields = schema()["properties"]
        fields["method"] |= {"enum": list(METHOD_NAMES), "default": METHOD_NAMES[0]}  # a checkpoint's own is the first
        return {"checkpoints": painter.checkpoints(), "methods": painter.methods(), "fields": fields}

    def draw(body: PictureBody) -> Any:
        omost = read_arguments([{"enabled": False, **body.omost}])
        if omost.enabled:
            omost.read_canvas()
            omost.read_variants()
            painter.refuse_method(body.checkpoint, omost.method)
        plain = {name: getattr(body, name) for name in Order.__dataclass_fields__ if name not in ("omost", "old")}
        order = Order(**plain, omost=omost, old=_bytes_of(body.old))
        stop = running.start(body.id)
        return running.answer(body.id, painter.draw(order, stop.is_set))

    def stop(body: PictureName) -> Any:
        return {"stopped": running.stop(body.id)}

    def read(body: PngBody) -> Any:
        return order_in(_file(body))

    def check(body: CheckBody) -> Any:
        from lib_omost.app.web.check_by_colors import check_by_colors, pixels_in

        file, canvas = _file(body), canvas_from_json(body.canvas)
        if order_in(file).get("checkpoint") != MINI:
            raise BadInputError(
                "only pictures of the mini checkpoint can be checked by their colours and shapes",
                hint="name a server with a vision model in the settings for those of other checkpoints",
            )
        amiss = check_by_colors(pixels_in(file), canvas)
        return {"amiss": [asdict(each) for each in amiss], "message": next_message(amiss)}

    routes.get("/omost/v1/own/panel", panel)
    events: dict[str, Any] = {"response_model": None, "response_class": EventStream}
    routes.post("/omost/v1/own/draw", draw, most_bytes=MAX_PICTURE_BYTES, **events)
    routes.post("/omost/v1/own/stop", stop)
    routes.post("/omost/v1/own/read", read, most_bytes=MAX_PICTURE_BYTES)
    routes.post("/omost/v1/own/check", check, most_bytes=MAX_PICTURE_BYTES)


def _file(body: PngBody) -> bytes:
    return _bytes_of(body.png)


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadInputError("this is no picture in base64") from error
