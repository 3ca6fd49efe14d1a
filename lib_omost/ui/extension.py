"""What a WebUI loads: the script, and the callbacks that bring its settings, routes and axes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from modules import script_callbacks, scripts

from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.settings.guarded import GuardedFile
from lib_omost.ui.chat import Chat, service_in_webui
from lib_omost.ui.script import OmostScript

if TYPE_CHECKING:
    from lib_omost.chat.service import ChatService
    from lib_omost.hosts.webui.capabilities.references import Adapters
    from lib_omost.page.presets import Presets
    from lib_omost.ui.tabs import Tabs

__all__ = ["register"]


def register() -> type[OmostScript]:
    """Ask the host to call back, and give it the script's class. On a reload it forgets both, and the chat ends.

    What one load of the extension has in common lives in here: the host makes the script's instances itself, without
    arguments.
    """
    file, told = GuardedFile(), ToldTasks()

    def make_service() -> ChatService:
        script_callbacks.on_script_unloaded(chat.close)
        return service_in_webui(file)

    chat = Chat(make_service)

    def before_ui() -> None:
        from lib_omost.ui.axes import add_axes
        from lib_omost.ui.options import add_options

        def presets() -> Presets:
            from lib_omost.data_folder import data_folder
            from lib_omost.page.presets import Presets

            return Presets(data_folder() / "presets")

        add_options(file)
        for data in scripts.scripts_data:
            if data.script_class.__module__ in ("xyz_grid.py", "scripts.xyz_grid", "xy_grid.py"):
                add_axes(data.module, presets)

    def app_started(_page: Any, app: Any) -> None:
        from lib_omost.data_folder import data_folder
        from lib_omost.ui.guarded_fields import show_guarded
        from lib_omost.ui.options import page_options
        from lib_omost.ui.routes import add_routes

        show_guarded(file)
        add_routes(app, chat.service, page_options, data_folder(), told)

    both_tabs, all_adapters = cache(OmostScript().tabs), cache(OmostScript().adapters)

    class Script(OmostScript):
        def tabs(self) -> Tabs:
            """One for all tabs, which hand things to each other."""
            return both_tabs()

        def adapters(self) -> Adapters:
            """One for all tabs: an adapter that is loaded takes some hundred megabytes."""
            return all_adapters()

        def told(self) -> ToldTasks:
            """One for all tabs, so that a route can tell of it."""
            return told

        def before_process(self, p: Any, *arguments: Any) -> None:
            """Before a job chooses its checkpoint: the language model leaves it the memory."""
            chat.before_picture()
            super().before_process(p, *arguments)

    # A1111 looks through its stack at each of these, for 50 ms of its start: the one of the chat can wait for a chat.
    # Before the page: Forge Classic asks for settings behind it, too late for our widgets and its X/Y/Z script.
    script_callbacks.on_before_ui(before_ui)
    script_callbacks.on_app_started(app_started)
    return Script
