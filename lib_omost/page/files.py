"""The page's own files, from `javascript/omost/`: one address for every host, never out of date."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException
from starlette.responses import FileResponse

from lib_omost.page.routes import Routes, refused
from lib_omost.shipped import shipped

MODULES = shipped("javascript", "omost")
STYLE = shipped("style.css")
NOT_FOUND = 404
_TYPES = {".mjs": "text/javascript", ".css": "text/css"}


def add_file_route(app: FastAPI) -> None:
    """Add `GET /omost/v1/files/NAME`, for anyone. A browser asks each time whether a file has changed."""
    files = {path.name: path for path in (*MODULES.glob("*.mjs"), *MODULES.glob("*.css"), STYLE)}

    def file(name: str) -> Any:
        if name not in files:
            raise HTTPException(NOT_FOUND, f"the page has no file {name!r}")
        path = files[name]
        # the system's own table of types may say something else, as Windows' registry does
        return FileResponse(path, media_type=_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})

    Routes(app).get(
        "/omost/v1/files/{name}",
        file,
        is_open=True,
        response_model=None,
        response_class=FileResponse,
        responses={NOT_FOUND: refused("no such file")},
    )
