"""`GET /omost/v1/loras`: the LoRA that regions may name, by the names of the program that serves the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes


def add_lora_route(app: FastAPI, loras: Callable[[], list[str]], guard: Guard = ANYONE) -> None:
    """Add the route; `loras` lists the names anew for every request."""

    def names() -> Any:
        return {"names": loras()}

    Routes(app, guard).get("/omost/v1/loras", names)
