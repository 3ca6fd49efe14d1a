"""Canvases that the user keeps under a name: one JSON file each, in a folder of the program that serves the page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.canvas import Canvas, canvas_from_json, canvas_to_json
from lib_omost.errors import BadInputError, CanvasError, OmostError
from lib_omost.page.answers import WriteRequest
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes

MAX_PRESETS = 500
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
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
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            new = file.with_suffix(".new")
            new.write_text(json.dumps(canvas_to_json(canvas), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            new.replace(file)
        except OSError as error:
            raise OmostError(
                f"the preset cannot be written: {error.strerror}", hint=f"check the folder {self._folder}"
            ) from error

    def get(self, name: str) -> Canvas:
        """The canvas of that name."""
        file = self._file(name)
        try:
            return canvas_from_json(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise BadInputError(f"there is no preset {name!r}", hint="choose one of the list") from error
        except (OSError, ValueError, CanvasError) as error:
            raise OmostError(f"the preset {name!r} cannot be read: {error}", hint="keep it anew") from error

    def forget(self, name: str) -> None:
        """Remove the canvas of that name, if there is one."""
        self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        name = name.strip()
        if not name or len(name) > 80 or _UNSAFE.search(name) or name.startswith(".") or _RESERVED.fullmatch(name):
            raise BadInputError(f"{name[:80]!r} cannot be a preset's name", hint="use letters, digits and spaces")
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
