"""`/omost/v1/…`: what a canvas says, its code, its draft and depth map. None needs a model or starts anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI

from lib_omost.canvas import (
    Canvas,
    canvas_from_json,
    canvas_to_json,
    depth_map,
    draft_image,
    read_canvas,
    write_canvas,
)
from lib_omost.canvas.window import as_place, seen_through, window_around
from lib_omost.errors import OmostError
from lib_omost.page.answers import (
    AroundRequest,
    DepthRequest,
    DraftAnswer,
    DraftRequest,
    ParseAnswer,
    ParseRequest,
    ReadAnswer,
    ReadRequest,
    SizeRequest,
    WriteAnswer,
    WriteRequest,
)
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes
from lib_omost.pictures.encoded import png_in_base64
from lib_omost.prompts import TagStyle, parsed_to_json
from lib_omost.prompts.reader import TextReader, length_of

Reader = Callable[[], TextReader | None]  # the text encoder's, None while no checkpoint is loaded
NO_SIZE = {"bags": None, "tokens": None, "limit": None, "estimate": ""}


def add_canvas_routes(app: FastAPI, reader: Reader, guard: Guard = ANYONE) -> None:
    """Add the routes, with their schemas for the application's `/docs`."""
    routes = Routes(app, guard)

    def parse(request: ParseRequest) -> Any:
        parsed = read_canvas(request.text)
        parsed.require_canvas()
        return parsed_to_json(parsed)

    def draft(request: DraftRequest) -> Any:
        canvas = read_canvas(request.text).require_canvas()
        return _png(draft_image(canvas, request.width, request.height, blurred=request.blurred))

    def depth(request: DepthRequest) -> Any:
        canvas = read_canvas(request.text).require_canvas()
        return _png(depth_map(canvas, request.width, request.height))

    def read(request: ReadRequest) -> Any:
        try:
            parsed = read_canvas(request.text)
        except OmostError as error:  # JSON that is no canvas
            problem = {"line": getattr(error, "line", None) or 1, "message": str(error)}
            return {"canvas": None, "corrections": [], "problems": [problem], **NO_SIZE}
        canvas = parsed.canvas
        return {
            "canvas": None if canvas is None else canvas_to_json(canvas),
            "corrections": [asdict(each) for each in parsed.corrections],
            "problems": [asdict(each) for each in parsed.problems],
            **_size(canvas, reader, request),
        }

    def write(request: WriteRequest) -> Any:
        canvas = canvas_from_json(request.canvas)
        return {"code": write_canvas(canvas), **_size(canvas, reader, request)}

    def around(request: AroundRequest) -> Any:
        canvas = read_canvas(request.text).require_canvas()
        larger = seen_through(canvas, window_around(as_place(request.place)))
        return {"code": write_canvas(larger), **_size(larger, reader, request)}

    routes.post("/omost/v1/around", around, response_model=WriteAnswer)
    routes.post("/omost/v1/parse", parse, response_model=ParseAnswer)
    routes.post("/omost/v1/draft", draft, response_model=DraftAnswer)
    routes.post("/omost/v1/depth", depth, response_model=DraftAnswer)
    routes.post("/omost/v1/read", read, response_model=ReadAnswer)
    routes.post("/omost/v1/write", write, response_model=WriteAnswer)


def _png(pixels: Any) -> dict[str, str]:
    from PIL import Image

    return {"image": png_in_base64(Image.fromarray(pixels))}


def _size(canvas: Canvas | None, reader: Reader, request: SizeRequest) -> dict[str, Any]:
    known = None if canvas is None else reader()
    if canvas is None or known is None:
        return NO_SIZE
    style = next((each for each in TagStyle if each.value == request.style), None)  # a field may be half typed
    return asdict(length_of(canvas, known, is_literal=request.literal, style=style))
