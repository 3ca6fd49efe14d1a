"""The application behind `run`: the page's routes, the panel's, and the page itself, on this computer alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, Response

from lib_omost.app.web.painter import MINI, Painter
from lib_omost.app.web.picture_routes import add_picture_routes
from lib_omost.page.canvas_routes import Reader, add_canvas_routes
from lib_omost.page.chat_routes import Chats, add_chat_routes
from lib_omost.page.data import PageOptions, add_data_route
from lib_omost.page.files import add_file_route
from lib_omost.page.layout_routes import add_layout_routes
from lib_omost.page.lora_routes import LoraNames, add_lora_route
from lib_omost.page.presets import Presets, add_preset_routes
from lib_omost.page.reference_routes import add_reference_routes
from lib_omost.page.routes import Routes
from lib_omost.page.sight_routes import add_sight_routes
from lib_omost.shipped import shipped

PAGE = Path(__file__).with_name("page.html")
LANGUAGES = shipped("localizations")
MINI_EXAMPLES = (  # of what the mini checkpoint knows
    "a big red circle beside a small blue square, on a white background",
    "a red house beside a green tree, a yellow moon above them at night",
    "a black cat on the left and an orange fish on the right, on a cyan background",
    "a yellow star above two green trees on white",
)
# Whatever a model wrote, nothing but our own files runs.
POLICY = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


def build_app(chats: Callable[[], Chats], painter: Painter, presets: Presets, reader: Reader) -> FastAPI:
    """The application, which answers to names of this computer alone: no name of another site leads to it.

    It has no `/docs`: FastAPI's page of them loads its scripts from elsewhere.
    """
    app = FastAPI(title="Omost", docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    add_canvas_routes(app, reader)
    add_layout_routes(app)
    add_data_route(app, lambda: _options(painter))
    add_file_route(app)
    add_chat_routes(app, chats)
    add_sight_routes(app, chats)
    add_preset_routes(app, presets)
    add_lora_route(app, lambda: LoraNames(painter.loras()))
    add_reference_routes(app, painter.pictures, painter.why_no_references)
    add_picture_routes(app, painter)
    page = PAGE.read_text(encoding="utf-8")
    icon = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3b82f6" d="M1 1h14v14H1z"/></svg>'

    def index() -> Any:
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})

    def language(request: Request) -> Any:
        return Response(words_for(request.headers.get("accept-language", "")), media_type="application/json")

    def favicon() -> Any:
        return Response(icon, media_type="image/svg+xml")

    routes = Routes(app)
    routes.get("/", index, include_in_schema=False)
    routes.get("/favicon.ico", favicon, include_in_schema=False)
    routes.get("/omost/v1/own/words", language, include_in_schema=False)
    return app


def _options(painter: Painter) -> PageOptions:
    return PageOptions(examples=MINI_EXAMPLES) if painter.checkpoints() == [MINI] else PageOptions()


def words_for(accepted: str) -> str:
    """The table of the first accepted language that has one, as JSON; English needs none."""
    for each in accepted.split(","):
        tag = each.partition(";")[0].strip().lower()
        for file in sorted(LANGUAGES.glob("*.json")):
            if tag and file.stem.lower().replace("_", "-").startswith(tag[:2]):
                return file.read_text(encoding="utf-8")
        if tag.startswith("en"):
            break
    return json.dumps({})
