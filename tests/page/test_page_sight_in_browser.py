"""Pictures that a model looks at, in the page: read as a canvas, and checked, with the next message a click away."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from lib_omost.chat.service import ModelState
from lib_omost.errors import ServerError
from lib_omost.pictures.small import size_of
from tests.app.test_picture_check import picture, png
from tests.chat.sight.test_sight import WHOLE, file
from tests.page.conftest import QueuedChats
from tests.page.driving import button, canvas_of, expect, names, shown_picture, told, wait_for_end, write
from tests.page.replies import OTHER, reply_of

EYES = ModelState("server: vl", "server: vl", "ready")


def read_picture(page: Any) -> None:
    with page.expect_file_chooser() as chooser:
        button(page, "Read a picture").click()
    chooser.value.set_files({"name": "picture.jpg", "mimeType": "image/jpeg", "buffer": file(64, 48, "JPEG")})


def test_without_a_server_nothing_offers_to_read(show: Callable[..., Any]) -> None:
    page = show()
    button(page, "Load canvas").wait_for()
    expect(button(page, "Read a picture")).to_be_hidden()
    expect(button(page, "Check the picture")).to_be_visible()


def test_without_a_server_colours_and_shapes_are_checked(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    button(page, "Check the picture").click()
    assert "no picture yet" in told(page)
    drawn = {"type": "picture", "png": png(picture(), "mini"), "seed": 1, "infotext": "", "notes": []}
    page.route("**/own/draw", lambda route: route.fulfill(body=json.dumps(drawn) + "\n"))
    button(page, "Generate").click()
    shown_picture(page)
    button(page, "Check the picture").click()
    mends = "make the red circle larger; make the blue square larger"
    offered = button(page, mends)
    offered.wait_for()
    assert "Not as the canvas says: A red circle (nothing); A blue square (nothing)." in told(page)
    chats.queued.append(reply_of(OTHER))
    offered.click()
    wait_for_end(page)
    assert chats.asked[-1].message == mends
    assert not chats.seen  # no model was asked


def test_a_picture_is_opened_as_a_canvas_and_the_chat_goes_on_from_it(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    chats.listed.append(EYES)
    page = show()
    chats.answers += [
        ServerError("the model 'vl' takes no pictures", hint="choose a model that sees"),
        json.dumps(WHOLE),
    ]
    read_picture(page)
    assert "takes no pictures" in told(page)
    read_picture(page)
    page.locator(".omost-box").wait_for()
    assert names(page) == ["A red ball."]
    assert size_of(chats.seen[0][0]) == (64, 48)
    expect(page.locator(".omost-progress")).to_be_hidden()
    expect(page.locator(".omost-code")).not_to_have_value("")  # it is written out by the server
    seen = canvas_of(page)
    write(page, chats, OTHER, "make it another")
    assert canvas_of(page) != seen
    assert "A red ball." in chats.asked[-1].rounds[-1].reply


def test_what_a_picture_does_not_show_is_offered_and_a_click_sends_it(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    chats.listed.append(EYES)
    page = show()
    expect(button(page, "Check the picture")).to_be_disabled()  # there is no canvas yet
    write(page, chats)
    button(page, "Check the picture").click()
    assert "no picture yet" in told(page)
    drawn = {"type": "picture", "png": base64.b64encode(file(64, 64)).decode(), "seed": 1, "infotext": "", "notes": []}
    page.route("**/own/draw", lambda route: route.fulfill(body=json.dumps(drawn) + "\n"))
    button(page, "Generate").click()
    shown_picture(page)
    amiss = {"number": 1, "seen": "<b>nothing</b>", "change": "make the circle larger"}
    chats.answers += [json.dumps([amiss]), "[]"]
    button(page, "Check the picture").click()
    offered = button(page, "make the circle larger")
    offered.wait_for()
    assert "A red circle (<b>nothing</b>)" in told(page)
    assert size_of(chats.seen[0][0]) == (64, 64)
    chats.queued.append(reply_of(OTHER))
    offered.click()
    wait_for_end(page)
    assert chats.asked[-1].message == "make the circle larger"
    expect(offered).to_be_hidden()
    button(page, "Check the picture").click()
    page.get_by_text("The picture shows what the canvas says.").wait_for()
