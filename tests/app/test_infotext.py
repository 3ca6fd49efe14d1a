"""Pictures of this page and of a WebUI are read back into an order."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lib_omost.app.web.infotext import order_in, order_of_infotext
from lib_omost.canvas import Canvas, Region, read_canvas, write_canvas
from lib_omost.errors import BadInputError

CANVAS = Canvas(
    "A harbour.", regions=(Region("on the left", "no offset", "a small square area", 3.0, 'Bob\'s "Nora".'),)
)
CODE = write_canvas(CANVAS)
TOLD = (
    "oil painting,\nsecond line\nNegative prompt: blurry\n"
    f"Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768, Model: mini, Omost enabled: True, "
    f"Omost canvas: {json.dumps(CODE)}, Omost method: decomposition, Omost draft denoise: 0.93, Version: v1.10.1"
)


def png(told: str) -> bytes:
    chunks = PngInfo()
    chunks.add_itxt("parameters", told)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def test_a_picture_of_a_webui_gives_its_canvas_and_its_settings() -> None:
    order = order_in(png(TOLD))
    assert (order["prompt"], order["negative"]) == ("oil painting,\nsecond line", "blurry")
    assert (order["width"], order["height"], order["steps"], order["cfg"], order["seed"]) == (512, 768, 20, 7.0, 42)
    assert read_canvas(order["omost"]["canvas"]).canvas == CANVAS
    assert order["omost"]["method"] == "decomposition"
    assert order["omost"]["denoise"] == 0.93
    assert order["omost"]["enabled"] is True


def test_a_prompt_that_is_empty() -> None:
    order = order_of_infotext(TOLD.partition("\n")[2].partition("\n")[2])
    assert (order["prompt"], order["negative"]) == ("", "blurry")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("a cat\nSteps: 20, Seed: 1", "no canvas"),
        ("", "no canvas"),
        (TOLD.replace("0.93", "much"), "Omost draft denoise"),
        (TOLD.replace("decomposition", "magic"), "method must be one of"),
        ('{"prompt": 1}', "another program"),
    ],
)
def test_other_pictures_are_refused_by_what_they_lack(told: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        order_in(png(told))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(BadInputError, match="no picture"):
        order_in(base64.b64decode("bm8="))
