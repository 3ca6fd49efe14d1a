"""Files of other programs in the page: chosen or dropped, told apart by what they hold, with what was lost said."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image

from lib_omost.canvas import parse_canvas, write_canvas
from tests.page.conftest import QueuedChats
from tests.page.driving import button, canvas_of, code, expect, names, told, write
from tests.page.replies import OTHER, TWO

PROMPT = b"a harbour ADDCOMM a red boat ADDCOL a white house\nBase Ratio: 0.2\nDivide Ratio: 1,2\n"
LEGEND = b"#ff0000: a boat\nbackground: a harbour"
DROP = """([app, name, data]) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    for (const type of ["dragover", "drop"])
        app.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def picture() -> bytes:
    file = io.BytesIO()
    image = Image.new("RGB", (90, 90), "white")
    image.paste((255, 0, 0), (0, 15, 30, 75))
    image.save(file, "PNG")
    return file.getvalue()


def load(page: Any, *files: tuple[str, bytes]) -> None:
    with page.expect_file_chooser() as chooser:
        button(page, "Load canvas").click()
    chooser.value.set_files([{"name": name, "mimeType": "", "buffer": data} for name, data in files])


def drop(page: Any, name: str, data: bytes) -> None:
    app = page.locator(".omost-canvas").element_handle()
    page.evaluate(DROP, [app, name, base64.b64encode(data).decode()])


def test_a_prompt_of_another_extension_becomes_boxes_that_the_next_message_starts_from(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    load(page, ("canvas.json", PROMPT))
    expect(page.locator(".omost-box bdi")).to_have_text(["a red boat", "a white house"])
    expect(page.locator(".omost-code")).to_have_value(re.compile("a harbour"))
    canvas = canvas_of(page)
    assert canvas.description == "a harbour"
    assert [tuple(region.rect) for region in canvas.regions] == [(0, 90, 0, 30), (0, 90, 30, 90)]
    assert page.locator(".omost-notice").is_hidden()
    write(page, chats, OTHER)
    assert parse_canvas(chats.asked[-1].rounds[-1].reply) == canvas


def test_a_picture_is_named_after_its_colours_or_by_the_legend_beside_it(show: Callable[..., Any]) -> None:
    page = show()
    load(page, ("areas.txt", picture()))
    expect(page.locator(".omost-box bdi")).to_have_text(["red"])
    assert "write what they show" in told(page)
    load(page, ("areas.png", picture()), ("areas.txt", LEGEND))
    expect(page.locator(".omost-box bdi")).to_have_text(["a boat"])
    expect(page.locator(".omost-code")).to_have_value(re.compile("a boat"))
    assert page.locator(".omost-notice").is_hidden()
    assert tuple(canvas_of(page).regions[0].rect) == (15, 75, 0, 30)


def test_what_is_dropped_is_taken_in_and_what_was_lost_is_said(show: Callable[..., Any]) -> None:
    page = show()
    drop(page, "prompt", PROMPT.replace(b"1,2\n", b"1,2,900\n").replace(b"house", b"house ADDCOL a cat ADDCOL"))
    expect(page.locator(".omost-box")).not_to_have_count(0)
    drop(page, "canvas.py", write_canvas(TWO).encode())
    expect(page.locator(".omost-box bdi")).to_have_text(["A red circle.", "A blue square."])
    expect(page.locator(".omost-code")).to_have_value(write_canvas(TWO))
    drop(page, "rows.txt", b"0, 0.5, 0, 1, 1\n0.5, 1, 0, 1, 3\n\na cat\na dog\n")
    expect(page.locator(".omost-box bdi")).to_have_text(["a cat", "a dog"])
    assert "the weight 3 of row 2 became 2" in told(page)


def test_a_file_that_cannot_be_used_says_why_and_leaves_what_was_there(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats)
    for name, data, reason in (
        ("photo.png", b"\x89PNG\r\n\x1a\n", "this is no picture that can be read"),
        ("boxes.json", b'{"annotations": [], "images": []}', "no boxes"),
        ("x.bin", b"\xff\x00\x01", "not UTF-8 text"),
    ):
        load(page, (name, data))
        expect(page.locator(".omost-notice")).to_contain_text(reason)
        assert names(page) == ["A red circle.", "A blue square."]
        assert code(page) == write_canvas(TWO)
