"""Nobody is let in: every route of both applications, tried without signing in and from pages of other sites."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Route

from lib_omost.app.web.painter import Painter
from lib_omost.app.web.server import build_app
from lib_omost.canvas import canvas_to_json, write_canvas
from lib_omost.hosts.webui.chosen import ChosenModel
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.page.data import PageOptions
from lib_omost.page.presets import Presets
from lib_omost.page.routes import GuardedRoute
from lib_omost.pictures.references import ReferencePictures
from lib_omost.ui import routes
from lib_omost.ui.routes import add_routes
from tests.chat.sight.test_sight import file
from tests.page.conftest import CANVAS, QueuedChats, says

EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
HOST = "http://localhost:7860"
CODE = write_canvas(CANVAS)
# What every route takes what it needs from.
BODY = {
    **{"id": "task-000001", "message": "a cat", "text": CODE, "name": "kept", "canvas": canvas_to_json(CANVAS)},
    **{"width": 64, "height": 64, "steps": 1, "png": "", "checkpoint": "none"},
    "files": [base64.b64encode(CODE.encode()).decode()],
    "place": [0, 90, 0, 60],
    "picture": base64.b64encode(file(8, 8)).decode(),
}
SIGNED_IN = {"Cookie": "access-token=abc"}


class Opened:
    """An application with a preset and a message waiting to be answered, and what would show that it was used."""

    def __init__(self, folder: Path, app: FastAPI, chats: QueuedChats) -> None:
        self.folder, self.app, self.chats = folder, app, chats
        self.client = TestClient(app, base_url=HOST)
        chats.queued += [says(CODE)] * 50
        chats.answers += ["[]"] * 50
        Presets(folder / "presets").keep("kept", CANVAS)

    def state(self) -> Any:
        asked = len(self.chats.asked), len(self.chats.seen), self.chats.unloads
        return {file: file.read_bytes() for file in self.folder.rglob("*") if file.is_file()}, asked


def own(folder: Path, chats: QueuedChats) -> Opened:
    painter = Painter(folder, pictures=ReferencePictures(folder / "references"))
    return Opened(folder, build_app(lambda: chats, painter, Presets(folder / "presets"), lambda: None), chats)


def in_webui(folder: Path, chats: QueuedChats, **state: Any) -> Opened:
    app = FastAPI()
    vars(app).update({"auth": {"me": "x"}, "tokens": {"abc": "me"}, "blocks": object(), **state})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "_reader", lambda: None)  # there is no checkpoint
        patch.setattr(routes, "_chosen", ChosenModel)
        patch.setattr(routes, "_why_no_references", str)
        add_routes(app, lambda: chats, PageOptions, folder, ToldTasks())
    return Opened(folder, app, chats)


APPS: dict[str, Callable[[Path, QueuedChats], Opened]] = {"own": own, "webui": in_webui}


@pytest.fixture(params=list(APPS))
def opened(request: pytest.FixtureRequest, tmp_path: Path, chats: QueuedChats) -> Opened:
    return APPS[request.param](tmp_path, chats)


@pytest.fixture
def flags(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What a WebUI was started with."""
    flags = SimpleNamespace(api_auth=None, cors_allow_origins=None, cors_allow_origins_regex=None)
    monkeypatch.setitem(sys.modules, "modules.shared", SimpleNamespace(cmd_opts=flags))
    return flags


def ours(opened: Opened) -> Iterator[tuple[str, str]]:
    """Method and address of every route."""
    for route in opened.app.routes:
        if (
            isinstance(route, Route)
            and route.path != "/openapi.json"
            and not route.path.startswith(("/docs", "/redoc"))
        ):
            assert isinstance(route, GuardedRoute), route.path
            yield from ((method, route.path.replace("{name}", "page.mjs")) for method in route.methods)


def posts(opened: Opened) -> list[str]:
    return [path for method, path in ours(opened) if method == "POST"]


def test_the_walk_finds_the_routes(opened: Opened) -> None:
    paths = {path for _, path in ours(opened)}
    assert {"/omost/v1/files/page.mjs", "/omost/v1/page", "/omost/v1/models"} <= paths
    assert {"/omost/v1/draft", "/omost/v1/chat", "/omost/v1/presets/forget", "/omost/v1/unload"} <= set(posts(opened))
    assert {method for method, _ in ours(opened)} == {"GET", "POST"}


def test_a_request_of_the_page_itself_is_answered(opened: Opened) -> None:
    before = opened.state()
    for method, path in ours(opened):
        body = {"json": BODY} if method == "POST" else {}
        answer = opened.client.request(method, path, headers=SIGNED_IN | {"Sec-Fetch-Site": "same-origin"}, **body)
        no_use = {"/omost/v1/own/read", "/omost/v1/own/check", "/omost/v1/history/read"}  # no picture and no history
        no_use.add("/omost/v1/references/page.mjs")  # no picture either
        is_of_use = path not in no_use
        assert answer.status_code == (200 if is_of_use else 422), (path, answer.text)
    assert opened.state() != before  # so the body is one that does something


def test_who_has_not_signed_in_reaches_the_pages_files_alone(tmp_path: Path, chats: QueuedChats) -> None:
    opened = in_webui(tmp_path, chats)
    before = opened.state()
    for method, path in ours(opened):
        for headers in ({}, {"Cookie": "access-token=guess"}, {"Authorization": "Basic bWU6eA=="}):
            answer = opened.client.request(method, path, headers=headers, json=BODY)
            is_file = path.startswith("/omost/v1/files/")
            assert answer.status_code == (200 if is_file else 401), path
            assert is_file or answer.json() == {"detail": "sign in to the WebUI first"}
    assert opened.state() == before


def test_another_sites_page_changes_nothing(opened: Opened) -> None:
    before = opened.state()
    for path in posts(opened):
        answer = opened.client.post(path, json=BODY, headers=SIGNED_IN | EVIL)
        assert answer.status_code == 403, path
        assert "another site" in answer.json()["detail"]
    assert opened.state() == before


@pytest.mark.parametrize("site", [{}, EVIL, {"Sec-Fetch-Site": "same-origin"}])
@pytest.mark.parametrize(
    "kind", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_what_a_browser_sends_without_asking_is_no_request(
    opened: Opened, kind: str | None, site: dict[str, str]
) -> None:
    before = opened.state()
    headers = SIGNED_IN | site | ({} if kind is None else {"Content-Type": kind})
    for path in posts(opened):
        answer = opened.client.post(path, content=json.dumps(BODY), headers=headers)
        assert answer.status_code == (403 if site is EVIL else 422), path
        assert isinstance(answer.json()["detail"], str)
    assert opened.state() == before


def test_nothing_is_changed_by_asking(opened: Opened) -> None:
    before = opened.state()
    for _, path in ours(opened):
        opened.client.get(path, headers=SIGNED_IN)
    assert opened.state() == before


def send(opened: Opened, **headers: str) -> int:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return opened.client.post("/omost/v1/parse", json=BODY, headers=SIGNED_IN | headers).status_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec_Fetch_Site": "none"}, 200),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://public.example"}, 200),  # a proxy named the host anew
        ({"Origin": "https://public.example"}, 200),  # over plain HTTP, where the JSON had to be asked for
        ({"Sec_Fetch_Site": "cross-site"}, 200),  # no browser's
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost:7860"}, 200),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://abc.gradio.live", "Host": "abc.gradio.live"}, 200),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://abc.gradio.live", "Host": "abc.gradio.live:443"}, 200),
        ({"Sec_Fetch_Site": "same-site", "Origin": "http://localhost:3000"}, 403),
        ({"Sec_Fetch_Site": "same-site", "Origin": "http://localhost"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost:7860.evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost:x"}, 403),
        ({"Sec_Fetch_Site": "something-new", "Origin": "https://evil.example"}, 403),
    ],
)
def test_where_a_request_comes_from(tmp_path: Path, chats: QueuedChats, headers: dict[str, str], status: int) -> None:
    assert send(in_webui(tmp_path, chats), **headers) == status


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"cors_allow_origins": "https://a.example,https://friend.example"}, 200),
        ({"cors_allow_origins": "*"}, 200),
        ({"cors_allow_origins_regex": r"https://.*\.example"}, 200),
        ({"cors_allow_origins": "https://friend.example:444"}, 403),
        ({"cors_allow_origins_regex": r"https://friend\.exam"}, 403),
        ({}, 403),
    ],
)
def test_the_webuis_own_options_let_another_site_in(
    tmp_path: Path, chats: QueuedChats, flags: SimpleNamespace, options: dict[str, str], status: int
) -> None:
    vars(flags).update(options)
    headers = {"Sec_Fetch_Site": "cross-site", "Origin": "https://friend.example"}
    assert send(in_webui(tmp_path, chats), **headers) == status
    assert send(own(tmp_path, chats), **headers) == 403


def basic(account: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(account.encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (basic("api:s3cret"), 200),
        (basic("other:p:w"), 200),
        (SIGNED_IN, 200),
        (basic("api:"), 401),
        (basic("api:s3cret2"), 401),
        (basic("ä:ö"), 401),
        ({"Authorization": "Basic %%%"}, 401),
        ({"Authorization": "Bearer " + base64.b64encode(b"api:s3cret").decode()}, 401),
        ({}, 401),
    ],
)
def test_the_apis_own_password_is_a_way_in(
    tmp_path: Path, chats: QueuedChats, flags: SimpleNamespace, headers: dict[str, str], status: int
) -> None:
    flags.api_auth = "api:s3cret,other:p:w"
    client = in_webui(tmp_path, chats).client
    assert client.get("/omost/v1/presets", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"auth": None}, 200),  # anyone may open the page
        ({"auth": None, "blocks": None}, 401),  # --nowebui: there is none
    ],
)
def test_the_apis_password_guards_what_has_no_page(
    tmp_path: Path, chats: QueuedChats, flags: SimpleNamespace, state: dict[str, Any], status: int
) -> None:
    flags.api_auth = "api:s3cret"
    client = in_webui(tmp_path, chats, **state).client
    assert client.get("/omost/v1/presets").status_code == status
    assert client.get("/omost/v1/presets", headers=basic("api:s3cret")).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:7870", 200),
        ("testserver", 400),
        ("[::1]:7870", 400),  # it is not served there
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("127.0.0.1.evil.example", 400),
    ],
)
def test_the_page_by_itself_answers_to_this_computer_alone(
    tmp_path: Path, chats: QueuedChats, host: str, status: int
) -> None:
    client = own(tmp_path, chats).client
    for path in ("/", "/omost/v1/page", "/openapi.json", "/omost/v1/files/page.mjs"):
        assert client.get(path, headers={"Host": host}).status_code == status


def test_the_page_by_itself_has_no_page_of_docs_from_elsewhere(tmp_path: Path, chats: QueuedChats) -> None:
    client = own(tmp_path, chats).client
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\ud800"', "[" * 20_000, "9" * 5_000, '{"a": NaN}', "\udcff"])
@pytest.mark.parametrize("field", ["text", "width", "seed", "id", "omost", "rounds", "name", "canvas", "png", "top_p"])
def test_what_has_no_place_in_json_is_refused_without_an_echo(opened: Opened, field: str, value: str) -> None:
    whole = json.dumps({**BODY, field: "HERE"}).replace('"HERE"', value).encode("utf-8", "surrogateescape")
    for path in posts(opened):
        answer = opened.client.post(path, content=whole, headers=SIGNED_IN | {"Content-Type": "application/json"})
        assert answer.status_code in {200, 422}, (path, answer.text)
        assert len(answer.content) < 100_000
        if answer.status_code == 422:
            assert isinstance(answer.json()["detail"], str)
