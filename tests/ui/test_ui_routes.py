"""The page's routes in a WebUI: for whoever has signed in, where it asks for that."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.page.data import PageOptions
from lib_omost.ui.routes import add_routes

CHATS = SimpleNamespace(models=list, chosen=lambda: "tiny", unload=lambda: None)


def client_of(tmp_path: Path, **state: Any) -> TestClient:
    app = FastAPI()
    vars(app).update(state)
    add_routes(app, lambda: CHATS, PageOptions, tmp_path, ToldTasks())
    return TestClient(app)


@pytest.mark.parametrize(
    ("state", "cookies", "status"),
    [
        ({}, {}, 200),
        ({"auth": None, "tokens": {}}, {}, 200),
        ({"auth": {"me": "x"}, "tokens": {"abc": "me"}}, {}, 401),
        ({"auth": {"me": "x"}, "tokens": {"abc": "me"}}, {"access-token": "guess"}, 401),
        ({"auth": {"me": "x"}, "tokens": {"abc": "me"}}, {"other": "abc"}, 401),
        ({"auth": {"me": "x"}, "tokens": {"abc": "me"}}, {"access-token": "abc"}, 200),
        ({"auth": {"me": "x"}, "tokens": {"abc": "me"}}, {"access-token-unsecure-1234": "abc"}, 200),
    ],
)
@pytest.mark.parametrize("route", ["models", "presets"])
def test_who_has_not_signed_in_is_turned_away(
    tmp_path: Path, state: dict[str, Any], cookies: dict[str, str], status: int, route: str
) -> None:
    client = client_of(tmp_path, **state)
    client.cookies.update(cookies)
    assert client.get(f"/omost/v1/{route}").status_code == status


def test_the_scripts_fields_are_told(tmp_path: Path) -> None:
    assert client_of(tmp_path).get("/omost/v1/schema").json()["properties"]["method"]["enum"][:2] == ["auto", "sketch"]
