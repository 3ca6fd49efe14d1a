"""`GET /omost/v1/loras`: the LoRA that regions may name, by the names of the program that serves the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from fastapi import FastAPI

from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes


@dataclass(frozen=True)
class LoraNames:
    """Those that are offered, and what else stands for one of them."""

    names: list[str]
    aliases: list[str] = field(default_factory=list)


def add_lora_route(app: FastAPI, loras: Callable[[], LoraNames], guard: Guard = ANYONE) -> None:
    """Add the route; `loras` lists the names anew for every request."""

    def names() -> Any:
        return asdict(loras())

    Routes(app, guard).get("/omost/v1/loras", names)
