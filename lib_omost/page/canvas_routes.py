"""`/omost/v1/…`: what a canvas says, its code, its draft. None of these needs a model or starts anything."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import asdict
from enum import Enum
from typing import Any

from fastapi import FastAPI, HTTPException

from lib_omost.canvas import (
    Canvas,
    ParsedReply,
    canvas_from_json,
    canvas_to_json,
    draft_image,
    read_canvas,
    write_canvas,
)
from lib_omost.errors import OmostError
from lib_omost.page.answers import (
    DraftAnswer,
    DraftRequest,
    ParseAnswer,
    ParseRequest,
    ReadAnswer,
    WriteAnswer,
    WriteRequest,
)
from lib_omost.prompts import Tokenize, greedy_bags, parsed_to_json, region_paths

UNPROCESSABLE = 422
TAGS: list[str | Enum] = ["Omost"]
Tokenizer = Callable[[], Tokenize | None]  # the text encoder's, None while no checkpoint is loaded


def add_canvas_routes(app: FastAPI, tokenizer: Tokenizer) -> None:
    """Add the routes, with their schemas for the application's `/docs`."""

    def parse(request: ParseRequest) -> Any:
        return parsed_to_json(_required(request))

    def draft(request: DraftRequest) -> Any:
        from PIL import Image

        canvas = _required(request).require_canvas()
        picture = draft_image(canvas, request.width, request.height, blurred=request.blurred)
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        return {"image": base64.b64encode(file.getvalue()).decode()}

    def read(request: ParseRequest) -> Any:
        try:
            parsed = read_canvas(request.text)
        except OmostError as error:  # JSON that is no canvas
            problem = {"line": getattr(error, "line", None) or 1, "message": str(error)}
            return {"canvas": None, "corrections": [], "problems": [problem], "bags": None, "tokens": None}
        canvas = parsed.canvas
        return {
            "canvas": None if canvas is None else canvas_to_json(canvas),
            "corrections": [asdict(each) for each in parsed.corrections],
            "problems": [asdict(each) for each in parsed.problems],
            **_size(canvas, tokenizer),
        }

    def write(request: WriteRequest) -> Any:
        try:
            canvas = canvas_from_json(request.canvas)
        except OmostError as error:
            raise refusal(error) from error
        return {"code": write_canvas(canvas), **_size(canvas, tokenizer)}

    app.add_api_route("/omost/v1/parse", parse, methods=["POST"], response_model=ParseAnswer, tags=TAGS)
    app.add_api_route("/omost/v1/draft", draft, methods=["POST"], response_model=DraftAnswer, tags=TAGS)
    app.add_api_route("/omost/v1/read", read, methods=["POST"], response_model=ReadAnswer, tags=TAGS)
    app.add_api_route("/omost/v1/write", write, methods=["POST"], response_model=WriteAnswer, tags=TAGS)


def refusal(error: OmostError) -> HTTPException:
    """What the page and API callers are told: what happened and what to do."""
    return HTTPException(UNPROCESSABLE, error.told)


def _required(request: ParseRequest) -> ParsedReply:
    try:
        parsed = read_canvas(request.text)
        parsed.require_canvas()
    except OmostError as error:
        raise refusal(error) from error
    return parsed


def _size(canvas: Canvas | None, tokenizer: Tokenizer) -> dict[str, int | None]:
    tokenize = None if canvas is None else tokenizer()
    if canvas is None or tokenize is None:
        return {"bags": None, "tokens": None}
    results = [greedy_bags(path.prefixes, path.suffixes, tokenize) for path in region_paths(canvas)]
    bags = [bag for result in results for bag in result.bags]
    return {"bags": len(bags), "tokens": sum(len(bag.ids) for bag in bags)}
