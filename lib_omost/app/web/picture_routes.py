"""`/omost/v1/own/…`: the plain panel that draws pictures."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.app.web.infotext import order_in
from lib_omost.app.web.painter import Order, Painter
from lib_omost.errors import BadInputError, OmostError
from lib_omost.page.canvas_routes import TAGS, refusal
from lib_omost.page.events import Running
from lib_omost.settings.model import read_arguments
from lib_omost.settings.schema import schema


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


class PictureName(BaseModel):
    """Which picture."""

    id: str


class PngBody(BaseModel):
    """A picture whose order is asked for."""

    png: str = Field(description="a PNG file in base64")


def add_picture_routes(app: FastAPI, painter: Painter) -> None:
    """Add the routes."""
    running = Running()

    def panel() -> Any:
        return {"checkpoints": painter.checkpoints(), "fields": schema()["properties"]}

    def draw(body: PictureBody) -> Any:
        try:
            omost = read_arguments([{"enabled": False, **body.omost}])
            if omost.enabled:
                omost.read_canvas()
        except OmostError as error:
            raise refusal(error) from error
        order = Order(
            **{name: getattr(body, name) for name in Order.__dataclass_fields__ if name != "omost"}, omost=omost
        )
        stop = running.start(body.id)
        return running.answer(body.id, painter.draw(order, stop.is_set))

    def stop(body: PictureName) -> Any:
        return {"stopped": running.stop(body.id)}

    def read(body: PngBody) -> Any:
        try:
            return order_in(base64.b64decode(body.png, validate=True))
        except binascii.Error as error:
            raise refusal(BadInputError("this is no picture in base64")) from error
        except OmostError as error:
            raise refusal(error) from error

    app.add_api_route("/omost/v1/own/panel", panel, methods=["GET"], tags=TAGS)
    app.add_api_route("/omost/v1/own/draw", draw, methods=["POST"], response_model=None, tags=TAGS)
    app.add_api_route("/omost/v1/own/stop", stop, methods=["POST"], tags=TAGS)
    app.add_api_route("/omost/v1/own/read", read, methods=["POST"], tags=TAGS)
