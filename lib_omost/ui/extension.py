"""What a WebUI loads: the script, and the callbacks that bring its routes and axes."""

from __future__ import annotations

from typing import Any

from modules import script_callbacks, scripts

from lib_omost.ui.script import OmostScript

__all__ = ["OmostScript", "register"]


def register() -> None:
    """Ask the host to call back when its page and its application are made. The host forgets it on a reload."""
    script_callbacks.on_before_ui(_before_ui)
    script_callbacks.on_app_started(_app_started)


def _before_ui() -> None:
    from lib_omost.ui.axes import add_axes

    for data in scripts.scripts_data:
        if data.script_class.__module__ in ("xyz_grid.py", "scripts.xyz_grid", "xy_grid.py"):
            add_axes(data.module)


def _app_started(_page: Any, app: Any) -> None:
    from lib_omost.ui.routes import add_routes

    add_routes(app)
