"""A part of the finished picture drawn anew in the page by itself: real pictures of the mini checkpoint, few steps."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from lib_omost.canvas import parse_canvas
from lib_omost.canvas.chosen import pixels_of
from tests.page.conftest import QueuedChats
from tests.page.driving import button, draw, expect, say, shown_picture, wait_for_end, write
from tests.page.replies import OTHER, TWO, reply_of


def pixels(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"), int)


def next_picture(page: Any, before: bytes) -> bytes:
    old = page.locator("img.omost-result").get_attribute("src")
    button(page, "Generate").click()
    expect(page.locator("img.omost-result")).not_to_have_attribute("src", old, timeout=60_000)
    after = shown_picture(page)
    assert after != before
    return after


def infotext(page: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(page.locator(".omost-infotext").text_content())
    return told


def test_one_region_is_redrawn_until_all_of_it_is_drawn_again(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    again = page.get_by_role("button", name="Redraw this region")
    page.locator(".omost-row-name").nth(1).click()
    expect(again).to_be_disabled()
    expect(again).to_have_attribute("title", "There is no picture yet: draw one first.")
    old = draw(page)
    expect(again).to_have_attribute("title", "By its mask and words; the rest of the finished picture stays")
    again.click()
    state = page.locator(".omost-foot .omost-state")
    expect(state).to_contain_text("only region")
    number = int(state.inner_text().partition("only region ")[2].split()[0])
    new = next_picture(page, old)
    told = infotext(page)
    assert told["omost"]["redraw"] == str(number)
    assert "old" not in told
    changed = np.abs(pixels(new) - pixels(old)).max(axis=2) > 0
    inside = pixels_of([TWO.regions[number - 1]], 64, 64)
    other = pixels_of([TWO.regions[2 - number]], 64, 64)
    assert changed[inside].mean() > 0.3
    assert not changed[other].any()
    button(page, "Draw the whole picture").click()
    expect(state).to_contain_text("The next picture has 2 regions")
    assert np.abs(pixels(next_picture(page, new)) - pixels(new)).max(axis=2)[other].any()
    assert infotext(page)["omost"]["redraw"] == ""
    again.click()
    expect(state).to_contain_text("only region")
    chats.queued.append(reply_of(OTHER))
    say(page, "another picture")  # of which nothing was to be redrawn
    wait_for_end(page)
    expect(state).not_to_contain_text("only region")


def test_a_picture_is_extended_on_a_larger_canvas(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    old = draw(page)
    page.locator(".omost-foot summary", has_text="Extend").click()
    page.get_by_label("By", exact=True).select_option("1")
    button(page, "Extend the picture").click()
    expect(page.locator(".omost-foot .omost-state")).to_contain_text("The old picture stays")
    assert [page.get_by_label(side, exact=True).input_value() for side in ("Width", "Height")] == ["128", "64"]
    page.wait_for_function("document.querySelectorAll('.omost-box').length === 2")
    new = pixels(next_picture(page, old))
    assert new.shape == (64, 128, 3)
    assert np.array_equal(new[:, :56], pixels(old)[:, :56])
    for before, after in zip(TWO.regions, parse_canvas(infotext(page)["omost"]["canvas"]).regions, strict=True):
        assert abs(after.rect.right - before.rect.right / 2) <= 1
        assert after.rect[:2] == before.rect[:2]
