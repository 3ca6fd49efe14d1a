from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

def on_before_ui(callback: Callable[[], None], *, name: str | None = ...) -> None: ...
def on_app_started(callback: Callable[[Any, FastAPI], None], *, name: str | None = ...) -> None: ...
