"""What tests of several rooms share: a browser where one is installed, pages that may log no error, a server."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("omost", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("omost")

REFUSED = "the server responded with a status of 422"  # what Chromium logs of an answer that the page shows in words


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path  # what `playwright install chromium` fetches
        chromium = os.environ.get("OMOST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        chromium = chromium or (own if Path(own).is_file() else None)
        if chromium is None:
            pytest.skip("no Chromium is installed: `playwright install chromium`, or OMOST_CHROMIUM names one")
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages that share nothing, with the options of a browser's context; none may have logged an error."""
    contexts, errors = [], []

    def listen(message: Any) -> None:
        if message.type == "error" and REFUSED not in message.text:
            errors.append(message.text)

    def open_page(**options: Any) -> Any:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        contexts[-1].set_default_timeout(20_000)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", listen)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@contextlib.contextmanager
def served(app: Any) -> Iterator[int]:
    """An application behind a real server on this computer; the port that it took."""
    import uvicorn

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    server, socket = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    over = time.monotonic() + 20
    while not server.started and time.monotonic() < over:
        time.sleep(0.02)
    try:
        yield socket.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
