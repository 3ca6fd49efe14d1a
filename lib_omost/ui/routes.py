"""`/omost/v1/…` in a WebUI: the page's routes, for whoever may use the WebUI itself, and the script's fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request

from lib_omost.page.canvas_routes import TAGS, add_canvas_routes
from lib_omost.page.chat_routes import Chats, add_chat_routes
from lib_omost.page.data import PageOptions, add_data_route
from lib_omost.page.files import add_file_route
from lib_omost.page.presets import Presets, add_preset_routes
from lib_omost.prompts import Tokenize
from lib_omost.settings.schema import schema

UNAUTHORIZED = 401


def add_routes(app: FastAPI, chats: Callable[[], Chats], options: Callable[[], PageOptions], presets: Path) -> None:
    """Add the routes to the host's application, with their schemas for its `/docs`."""
    signed_in = [Depends(_guard(app))]
    add_canvas_routes(app, _tokenizer)
    add_data_route(app, options)
    add_file_route(app)
    add_chat_routes(app, chats, dependencies=signed_in)
    add_preset_routes(app, Presets(presets), dependencies=signed_in)
    app.add_api_route("/omost/v1/schema", schema, methods=["GET"], tags=TAGS)


def _tokenizer() -> Tokenize | None:
    from lib_omost.hosts.webui.capabilities.encoder import loaded_tokenizer  # not at a host's start

    return loaded_tokenizer()


def _guard(app: Any) -> Callable[[Request], None]:
    """Turns away who has not signed in where the page asks for it: Gradio knows whom it gave a cookie."""

    def check(request: Request) -> None:
        if getattr(app, "auth", None) is None:
            return
        known = getattr(app, "tokens", {})
        cookies = [value for name, value in request.cookies.items() if name.startswith("access-token")]
        if not any(known.get(value) for value in cookies):
            raise HTTPException(UNAUTHORIZED, "sign in to the WebUI first")

    return check
