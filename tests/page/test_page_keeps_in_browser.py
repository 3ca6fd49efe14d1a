"""What somebody made or typed is not lost on the page, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib_omost.page.presets import Presets
from tests.page.conftest import CANVAS, QueuedChats
from tests.page.driving import button, expect, told, write
from tests.page.replies import OTHER, TWO


def test_a_preset_is_replaced_by_its_name_and_a_second_press_alone(
    show: Callable[..., Any], chats: QueuedChats, tmp_path: Path
) -> None:
    presets = Presets(tmp_path / "presets")
    presets.keep("one", OTHER)
    presets.keep("two", CANVAS)
    page = show()
    write(page, chats, TWO)
    page.get_by_text("Presets", exact=True).click()
    name, options = page.get_by_label("Name of a new preset"), page.locator(".omost-presets option")
    expect(options).to_have_text(["one", "two"])
    assert button(page, "Keep as preset").is_disabled()
    name.fill("  ")
    assert button(page, "Keep as preset").is_disabled()
    name.fill("One")
    button(page, "Keep as preset").dblclick()
    assert told(page) == "There is a preset of that name already."
    name.fill("one")
    expect(button(page, "Replace the preset")).to_be_hidden()  # that was of the other name
    button(page, "Keep as preset").click()
    button(page, "Replace the preset").wait_for()
    assert (presets.get("one"), presets.get("two")) == (OTHER, CANVAS)
    button(page, "Replace the preset").click()
    expect(name).to_have_value("")
    expect(page.get_by_label("Preset", exact=True)).to_have_value("one")
    assert (presets.get("one"), presets.get("two")) == (TWO, CANVAS)
    assert presets.names() == ["one", "two"]
