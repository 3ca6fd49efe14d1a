"""The page's routes in a real application, with a language model that says what a test has queued."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from lib_omost.app.web.painter import Painter
from lib_omost.app.web.server import build_app
from lib_omost.canvas import Canvas, Region, canvas_to_json, write_canvas
from lib_omost.chat.service import CanvasSoFar, ChatRequest, End, Event, ModelState, Status, Written
from lib_omost.chat.service.events import INSTALLING
from lib_omost.page.canvas_routes import add_canvas_routes
from lib_omost.page.chat_routes import add_chat_routes
from lib_omost.page.data import PageOptions, add_data_route
from lib_omost.page.files import add_file_route
from lib_omost.page.layout_routes import add_layout_routes
from lib_omost.page.presets import Presets, add_preset_routes
from lib_omost.page.sight_routes import add_sight_routes
from lib_omost.pictures.references import ReferencePictures
from lib_omost.prompts.reader import TextReader
from tests.conftest import served

WORDS = TextReader(lambda text: [1] * len(text.split()))  # a token each
CANVAS = Canvas(
    "A white background.",
    color_name="white",
    regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", color_name="red"),),
)


@dataclass
class QueuedChats:
    """Answers with the queued events, one message after the other."""

    queued: list[Callable[[ChatRequest, Callable[[], bool]], Iterator[Event]]] = field(default_factory=list)
    asked: list[ChatRequest] = field(default_factory=list)
    unloads: int = 0
    installed: Event = field(default_factory=lambda: End("", 0))
    seen: list[tuple[bytes, str, str]] = field(default_factory=list)
    answers: list[str | Exception] = field(default_factory=list)
    listed: list[ModelState] = field(default_factory=lambda: [ModelState("tiny", "tiny", "ready", "very small", 5)])

    def models(self) -> list[ModelState]:
        return self.listed

    def chosen(self) -> str:
        return "tiny"

    def write(self, request: ChatRequest, should_stop: Callable[[], bool]) -> Iterator[Event]:
        self.asked.append(request)
        return self.queued.pop(0)(request, should_stop)

    def install(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        yield Status("installing: step 1 of 2, 93 of 197 MB", INSTALLING)
        yield self.installed if not should_stop() else End("", 0)

    def look(self, png: bytes, question: str, model: str, should_stop: Callable[[], bool]) -> str:
        self.seen.append((png, question, model))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def unload(self) -> None:
        self.unloads += 1


def says(code: str) -> Callable[[ChatRequest, Callable[[], bool]], Iterator[Event]]:
    def events(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        yield Written(code, 3, 10.0)
        yield CanvasSoFar(canvas_to_json(CANVAS), ())
        yield End(code, 7)

    return events


@pytest.fixture
def code() -> str:
    return write_canvas(CANVAS)


@pytest.fixture
def chats() -> QueuedChats:
    return QueuedChats()


@pytest.fixture
def client(chats: QueuedChats, tmp_path: Path) -> TestClient:
    app = FastAPI()
    add_canvas_routes(app, lambda: WORDS)
    add_layout_routes(app)
    add_data_route(app, lambda: PageOptions(snap_to_words=True))
    add_file_route(app)
    add_chat_routes(app, lambda: chats)
    add_sight_routes(app, lambda: chats)
    add_preset_routes(app, Presets(tmp_path / "presets"))
    return TestClient(app)


@pytest.fixture(scope="session")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    """With a folder of Flux beside the mini checkpoint, of which only the kind can be told."""
    folder = tmp_path_factory.mktemp("checkpoints")
    (folder / "flux").mkdir()
    (folder / "flux" / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    return Painter(folder, pictures=ReferencePictures(folder / "references"))


@pytest.fixture
def address(chats: QueuedChats, painter: Painter, tmp_path: Path) -> Iterator[str]:
    app = build_app(lambda: chats, painter, Presets(tmp_path / "presets"), lambda: WORDS)
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def show(address: str, new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens the page anew, as in another browser."""

    def open_page(**options: Any) -> Any:
        page = new_page(**options)
        page.goto(address)
        page.locator(".omost-message").wait_for()
        page.locator(".omost-models input:not(:placeholder-shown)").wait_for()
        return page

    return open_page


@pytest.fixture
def webui(chats: QueuedChats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a WebUI's page."""
    from tests.page.tabs import webui_app  # wants playwright

    monkeypatch.setitem(sys.modules, "gradio", SimpleNamespace(Error=RuntimeError))
    with served(webui_app(chats, tmp_path, WORDS)) as port:
        yield f"http://127.0.0.1:{port}/"
