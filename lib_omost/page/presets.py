"""Canvases that the user keeps under a name: one JSON file each, in a folder of the program that serves the page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.canvas import Canvas, canvas_from_json, canvas_to_json
from lib_omost.disk import DATA_ELSEWHERE, write_whole
from lib_omost.errors import BadInputError, CanvasError, OmostError
from lib_omost.page.answers import WriteRequest
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes

MAX_PRESETS = 500
_LONGEST = 80  # characters
_MOST_BYTES = 240  # of a file's name most systems take 255
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.I)  # names that Windows gives to devices


class Presets:
    """The canvases in a folder, which is made when the first one is kept. Raises BadInputError, OmostError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """All names, in the order of the alphabet."""
        return sorted((file.stem for file in self._folder.glob("*.json")), key=str.casefold)

    def keep(self, name: str, canvas: Canvas) -> None:
        """Keep a canvas; one of the same name is replaced."""
        file = self._file(name)
        if not file.exists() and len(self.names()) >= MAX_PRESETS:
            raise BadInputError(f"there are {MAX_PRESETS} presets already", hint="delete one first")
        text = json.dumps(canvas_to_json(canvas), ensure_ascii=False, indent=2) + "\n"
        write_whole(file, text.encode(), what="the preset", elsewhere=DATA_ELSEWHERE)

    def get(self, name: str) -> Canvas:
        """The canvas of that name."""
        file = self._file(name)
        try:
            return canvas_from_json(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise BadInputError(f"there is no preset {name!r}", hint="choose one of the list") from error
        except (OSError, ValueError, RecursionError, CanvasError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise OmostError(f"the preset {name!r} cannot be read: {why}", hint="keep it anew") from error

    def forget(self, name: str) -> None:
        """Remove the canvas of that name, if there is one."""
        try:
            self._file(name).unlink(missing_ok=True)
        except OSError as error:
            raise OmostError(
                f"the preset cannot be deleted from {self._folder}: {error.strerror}",
                hint=f"make the folder writable, or {DATA_ELSEWHERE}",
            ) from error

    def _file(self, name: str) -> Path:
        name = name.strip()
        is_plain = not (_UNSAFE.search(name) or name.startswith(".") or _RESERVED.fullmatch(name.partition(".")[0]))
        if not name or not is_plain or len(name) > _LONGEST or len(name.encode()) > _MOST_BYTES:
            raise BadInputError(
                f"{name[:_LONGEST]!r} cannot be a preset's name", hint="use letters, digits and spaces, not very many"
            )
        return self._folder / f"{name}.json"


class PresetName(BaseModel):
    """Which preset."""

    name: str = Field(max_length=200)


class PresetBody(PresetName, WriteRequest):
    """A canvas and the name to keep it under."""


def add_preset_routes(app: FastAPI, presets: Presets, guard: Guard = ANYONE) -> None:
    """Add `/omost/v1/presets…`."""
    routes = Routes(app, guard)

    def names() -> Any:
        return {"names": presets.names()}

    def keep(body: PresetBody) -> Any:
        presets.keep(body.name, canvas_from_json(body.canvas))
        return names()

    def get(body: PresetName) -> Any:
        return {"canvas": canvas_to_json(presets.get(body.name))}

    def forget(body: PresetName) -> Any:
        presets.forget(body.name)
        return names()

    routes.get("/omost/v1/presets", names)
    routes.post("/omost/v1/presets/keep", keep)
    routes.post("/omost/v1/presets/get", get)
    routes.post("/omost/v1/presets/forget", forget)
