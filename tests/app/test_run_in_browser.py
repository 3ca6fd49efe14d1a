"""`run` as a user starts it: the embedded language model in its worker, the mini checkpoint, a browser."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib_omost.canvas import parse_reply
from tests.conversing import converse

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "out" / "screens"
REPLY_MS = 300_000  # the model is loaded first, on a machine that may be slow


@pytest.fixture
def address(browser: Any, tmp_path: Path) -> Iterator[str]:
    """Where the program serves its page; it is ended as Ctrl+C ends it, and must not mind."""
    command = [sys.executable, "-m", "lib_omost", "run", "--no-browser", "--port", "0"]
    environment = os.environ | {"OMOST_DATA_DIR": str(tmp_path / "data")}
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    said: list[str] = []
    try:
        for line in running.stderr:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                break
        else:
            pytest.fail("it ended: " + "".join(said))
        threading.Thread(target=running.stderr.read, daemon=True).start()  # nothing waits for a full pipe
        yield found[0]
    finally:
        running.send_signal(signal.SIGINT)
        try:
            code = running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
    assert code == 0


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process there")
def test_an_example_becomes_a_picture(new_page: Callable[..., Any], address: str) -> None:
    page = new_page(viewport={"width": 1280, "height": 1000})
    page.goto(address)
    page.locator(".omost-example").first.click()
    page.get_by_role("button", name="Write & generate").click()
    picture = page.locator("img.omost-result")
    picture.wait_for(timeout=REPLY_MS)
    order = json.loads(page.locator(".omost-infotext").text_content())
    canvas = parse_reply(order["omost"]["canvas"]).require_canvas()
    assert [region.description for region in canvas.regions] == page.locator(".omost-box bdi").all_inner_texts()
    assert len(canvas.regions) >= 2
    width, height = picture.evaluate("picture => [picture.naturalWidth, picture.naturalHeight]")
    assert (width, height) == (order["width"], order["height"])
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / "7-embedded-model.png", full_page=True)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process there")
def test_every_turn_of_a_conversation_does_what_it_says(new_page: Callable[..., Any], address: str) -> None:
    page = new_page(viewport={"width": 1280, "height": 1400})
    page.goto(address)
    page.locator(".omost-example").first.wait_for(timeout=REPLY_MS)
    SCREENS.mkdir(parents=True, exist_ok=True)
    converse(page, page.locator("body"), lambda name: page.screenshot(path=SCREENS / f"{name}.png"))
