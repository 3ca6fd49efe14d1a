"""Drives the extension's chat service from within the host, for the tests in real hosts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fastapi import Body
from fastapi.responses import StreamingResponse
from modules import script_callbacks, shared


def _chat() -> Any:
    """The extension's chat, which the host is to close when it unloads scripts."""
    for callback in script_callbacks.callback_map["callbacks_script_unloaded"]:
        owner = getattr(callback.callback, "__self__", None)
        if type(owner).__name__ == "Chat":
            return owner
    raise LookupError("the host has no chat to close")


def message(text: str = Body(embed=True), model: str = Body("", embed=True)) -> StreamingResponse:
    """The events of a message, a line each."""
    from lib_omost.chat.service import ChatRequest
    from lib_omost.errors import OmostError

    def lines() -> Iterator[str]:
        try:
            for event in _chat().service().write(ChatRequest((), text, model=model)):
                yield json.dumps(event.to_json()) + "\n"
        except OmostError as error:
            yield json.dumps({"type": "refused", "message": str(error)}) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def state() -> dict[str, Any]:
    """The models that a message may name, and the host's process."""
    return {"models": [asdict(model) for model in _chat().service().models()], "pid": os.getpid()}


def restart() -> None:
    """What the button "Reload UI" does."""
    shared.state.request_restart()


def _add_routes(_page: Any, app: Any) -> None:
    app.add_api_route("/omost-probe/message", message, methods=["POST"])
    app.add_api_route("/omost-probe/chat", state, methods=["GET"])
    app.add_api_route("/omost-probe/restart", restart, methods=["POST"])


script_callbacks.on_app_started(_add_routes)
