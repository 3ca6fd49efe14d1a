"""`/omost/v1/…` in a WebUI: the page's routes, for whoever may use the WebUI itself, and the script's fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.page.canvas_routes import add_canvas_routes
from lib_omost.page.chat_routes import Chats, add_chat_routes
from lib_omost.page.data import PageOptions, add_data_route
from lib_omost.page.files import add_file_route
from lib_omost.page.layout_routes import add_layout_routes
from lib_omost.page.lora_routes import LoraNames, add_lora_route
from lib_omost.page.presets import Presets, add_preset_routes
from lib_omost.page.reference_routes import add_reference_routes
from lib_omost.page.routes import Routes
from lib_omost.page.sight_routes import add_sight_routes
from lib_omost.pictures.references import FOLDER, ReferencePictures
from lib_omost.prompts.reader import TextReader
from lib_omost.settings.schema import schema
from lib_omost.ui.job_routes import add_job_routes
from lib_omost.ui.sign_in import webui_guard

if TYPE_CHECKING:
    from lib_omost.hosts.webui.chosen import ChosenModel


def add_routes(
    app: FastAPI, chats: Callable[[], Chats], options: Callable[[], PageOptions], kept: Path, told: ToldTasks
) -> None:
    """Add the routes to the host's application, with their schemas for its `/docs`. `kept`: the program's own data."""
    guard = webui_guard(app)
    add_canvas_routes(app, _reader, guard)
    add_layout_routes(app, guard)
    add_data_route(app, options, guard)
    add_file_route(app)
    add_chat_routes(app, chats, guard)
    add_sight_routes(app, chats, guard)
    add_preset_routes(app, Presets(kept / "presets"), guard)
    add_job_routes(app, told, _chosen, guard)
    add_lora_route(app, _loras, guard)
    add_reference_routes(app, ReferencePictures(kept / FOLDER), _why_no_references, guard)
    Routes(app, guard).get("/omost/v1/schema", schema)


def _chosen() -> ChosenModel:
    from lib_omost.hosts.webui.chosen import chosen_model  # not at a host's start

    return chosen_model()


def _loras() -> LoraNames:
    from lib_omost.hosts.webui.capabilities.loras import lora_aliases, lora_names  # not at a host's start

    return LoraNames(lora_names(), lora_aliases())


def _why_no_references() -> str:
    from modules import sd_models

    from lib_omost.hosts.webui.capabilities.references import why_not  # not at a host's start
    from lib_omost.ui.options import chosen_adapter

    return why_not(chosen_adapter(), getattr(sd_models.model_data, "sd_model", None))


def _reader() -> TextReader | None:
    from lib_omost.hosts.webui.capabilities.encoder import loaded_reader  # not at a host's start

    return loaded_reader()
