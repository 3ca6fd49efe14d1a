"""The shapes of what the page sends and gets, for FastAPI's checks and the host's `/docs`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from lib_omost.auto import AUTO

MAX_SIDE = 4096  # pixels of a draft: some 200 MB while it is drawn


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


class DepthRequest(ParseRequest):
    """A canvas and the size of its picture in pixels."""

    width: int = Field(default=896, ge=1, le=MAX_SIDE)
    height: int = Field(default=1152, ge=1, le=MAX_SIDE)


class DraftRequest(DepthRequest):
    """The same, of its draft."""

    blurred: bool = Field(default=False, description="as it seeds the picture, instead of as people look at it")


class DraftAnswer(BaseModel):
    """The draft, or the depth map."""

    image: str = Field(description="a PNG file in base64")


class Size(BaseModel):
    """How long the texts of a canvas are for the text encoder; null while no checkpoint is loaded."""

    bags: int | None = Field(description="pieces of at most `limit` tokens that are encoded")
    tokens: int | None = Field(description="as the checkpoint's tokenizer counts them: a sign that weights is none")
    limit: int | None
    estimate: str = Field(description="why the numbers are no more than that: `tokenizer`, `choices`, or nothing")


class SizeRequest(BaseModel):
    """What is to be measured."""

    literal: bool = Field(default=False, description="no sign in the texts has another meaning")
    style: str = Field(default=AUTO, description="tag style; what is none counts as the one that suits the checkpoint")


class ReadRequest(ParseRequest, SizeRequest):
    """A text with a canvas in it."""


class ReadAnswer(Size):
    """The canvas in a text, null when there is none, then with the reason in `problems`."""

    canvas: dict[str, Any] | None
    corrections: list[ReportAnswer]
    problems: list[ReportAnswer]


class WriteRequest(SizeRequest):
    """A canvas as JSON."""

    canvas: dict[str, Any]


class AroundRequest(ParseRequest, SizeRequest):
    """A canvas, and where it is to lie on a larger one."""

    place: tuple[int, int, int, int] = Field(description="top, bottom, left, right in cells of the larger one's grid")


class WriteAnswer(Size):
    """The canvas as code."""

    code: str
