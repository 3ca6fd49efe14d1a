"""Nobody is let in to a real host that asks people to sign in, nor another site's page to one that does not."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from webui_process import HOSTS, setting

from lib_omost.canvas import canvas_to_json, parse_canvas
from tests.hosts.installed.conftest import RealHost, running_host
from tests.hosts.installed.driving import PAGE_MS, open_accordion
from tests.hosts.installed.jobs import CODE

EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
PRESET = {"name": "guarded", "canvas": canvas_to_json(parse_canvas(CODE))}
USER, API = ("me", "a-word"), ("program", "another-word")
SIGN_IN = f"--gradio-auth {':'.join(USER)} --api-auth {':'.join(API)}"


@pytest.fixture(scope="module", params=list(HOSTS))
def host(request: pytest.FixtureRequest, data: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    """A host that asks people to sign in, and programs for another name and password."""
    arguments = setting(request.param, "ARGS")
    if arguments is None:
        arguments = HOSTS[request.param].on_a_cpu
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"OMOST_{request.param.upper()}_ARGS", f"{arguments} {SIGN_IN}")
        with running_host(request.param, tmp_path_factory.mktemp(request.param)) as running:
            yield running


def statuses(host: RealHost, **options: Any) -> dict[str, int]:
    """What the routes answer."""
    with httpx.Client(base_url=f"{host.url}/omost/v1/", timeout=60, **options) as client:
        told = {
            path: client.get(path).status_code for path in ("files/page.mjs", "page", "models", "presets", "schema")
        }
        told |= {path: client.post(path, json={"text": CODE}).status_code for path in ("parse", "read", "draft")}
    return told


def test_nobody_is_let_in_without_signing_in(host: RealHost) -> None:
    told = statuses(host)
    assert told.pop("files/page.mjs") == 200
    assert set(told.values()) == {401}
    assert set(statuses(host, auth=("me", "guess")).values()) == {200, 401}
    assert set(statuses(host, cookies={"access-token": "guess"}).values()) == {200, 401}


def test_the_pages_cookie_and_the_apis_password_are_ways_in(host: RealHost) -> None:
    signed_in = httpx.post(f"{host.url}/login", data=dict(zip(("username", "password"), USER, strict=True)))
    assert set(statuses(host, cookies=dict(signed_in.cookies)).values()) == {200}
    assert set(statuses(host, auth=API).values()) == {200}


def test_another_sites_page_changes_nothing(host: RealHost) -> None:
    with httpx.Client(base_url=f"{host.url}/omost/v1/", auth=API, timeout=60) as client:
        client.post("presets/keep", json=PRESET).raise_for_status()
        for headers in (
            EVIL,
            {"Content-Type": ""},
            {"Content-Type": "text/plain"},
            EVIL | {"Content-Type": "text/plain"},
        ):
            for path in ("presets/forget", "presets/keep", "unload", "chat", "draft"):
                body = b'{"name": "guarded", "id": "a-message-1", "message": "a cat"}'
                answer = client.post(path, content=body, headers={"Content-Type": "application/json"} | headers)
                assert answer.status_code in {403, 422}, (path, headers)
        assert client.get("presets").json()["names"] == ["guarded"]
        own = {"Sec-Fetch-Site": "same-origin", "Origin": "https://a-proxy.example"}
        assert client.post("presets/forget", json={"name": "guarded"}, headers=own).json() == {"names": []}


def test_too_much_is_refused_and_the_host_goes_on(host: RealHost) -> None:
    with httpx.Client(base_url=f"{host.url}/omost/v1/", auth=API, timeout=60) as client:
        json = {"Content-Type": "application/json"}
        pieces = (b"[" * 2**20 for _ in range(100))
        for body in (pieces, b"[" * 20 * 2**20):
            answer = client.post("parse", content=body, headers=json)
            assert answer.status_code == 413
            assert "too large" in answer.json()["detail"]
        assert client.post("draft", json={"text": CODE, "width": 8192, "height": 8192}).status_code == 422
        from PIL import Image

        large = client.post("draft", json={"text": CODE, "width": 4096, "height": 4096, "blurred": True}).json()
        assert Image.open(io.BytesIO(base64.b64decode(large["image"]))).size == (4096, 4096)


def test_the_page_works_for_who_has_signed_in(host: RealHost, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    try:
        form = dict(zip(("username", "password"), USER, strict=True))
        assert context.request.post(f"{host.url}/login", form=form).ok
        page = context.new_page()
        page.goto(host.url)
        page.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
        page.wait_for_timeout(3000)
        app = open_accordion(page, "txt2img")
        app.locator(".omost-models input:not(:placeholder-shown)").wait_for(timeout=PAGE_MS)
    finally:
        context.close()
