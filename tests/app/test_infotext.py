"""Pictures of this page and of a WebUI are read back into an order."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
    assert order["omost"]["syntax"] == "literal"  # it is older than the field


@pytest.mark.parametrize("syntax", ["literal", "as in the prompt box"])
def test_signs_in_the_words_are_read_as_they_were_when_it_was_drawn(syntax: str) -> None:
    told = TOLD.replace("Omost method", f"Omost words: {syntax}, Omost method")
    assert order_in(png(told))["omost"]["syntax"] == syntax
    own = {"prompt": "", "omost": {"enabled": True, "canvas": CODE}}
    assert order_in(png(json.dumps(own)))["omost"]["syntax"] == "literal"
    own["omost"] |= {"syntax": syntax}  # type: ignore[operator]
    assert order_in(png(json.dumps(own)))["omost"]["syntax"] == syntax


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


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def odd_png(*chunks: bytes, width: int = 8, height: int = 8) -> bytes:
    """A PNG with these chunks ahead of its pixels, of which there are none."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


ZEROS = zlib.compress(b" " * 200_000_000, 9)
OURS = {"prompt": "a", "omost": {"enabled": True, "canvas": CODE}}


@pytest.mark.parametrize(
    "bomb",
    [
        odd_png(chunk(b"zTXt", b"parameters\0\0" + ZEROS)),
        odd_png(chunk(b"iTXt", b"parameters\0\1\0\0\0" + ZEROS)),
        odd_png(*[chunk(b"zTXt", b"x%d\0\0" % number + zlib.compress(b" " * 900_000)) for number in range(80)]),
        odd_png(chunk(b"iCCP", b"x\0\0" + ZEROS)),
        odd_png(chunk(b"tEXt", b"parameters\0" + b"x" * 2_000_000)),
        odd_png(width=2**31 - 1, height=2**31 - 1),
        odd_png(width=0, height=5),
        odd_png(chunk(b"zTXt", b"parameters\0\0broken")),
        odd_png(chunk(b"iTXt", b"parameters")),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
        odd_png()[:40],
        b"GIF89a" + bytes(100),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_a_bomb_or_a_broken_picture_is_refused_without_being_unpacked(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BadInputError, match="picture"):
            order_in(bomb)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_picture_of_any_size_gives_its_order_since_no_pixel_is_read() -> None:
    told = chunk(b"iTXt", b"parameters\0\0\0\0\0" + json.dumps(OURS).encode())
    assert order_in(odd_png(told, width=12_000, height=12_000))["prompt"] == "a"


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1" * 5000, "NaN", "1e400", "-Infinity", '"7"', "true", "[[1]]"])
@pytest.mark.parametrize("name", ["width", "height", "steps", "cfg", "seed"])
def test_a_number_that_the_panel_cannot_hold_is_left_out_or_refused(name: str, number: str) -> None:
    text = json.dumps(OURS)[:-1] + f', "{name}": {number}}}'
    try:
        assert name not in order_in(png(text))
    except BadInputError:
        assert number == "1" * 5000  # more digits than Python reads
    key = {"steps": "Steps", "cfg": "CFG scale", "seed": "Seed"}.get(name)
    if key and number.isalnum():
        assert name not in order_of_infotext(f"p\n{key}: {number}, Omost canvas: {json.dumps(CODE)}")


@pytest.mark.parametrize(
    "omost",
    [5, [], {"denoise": float("nan")}, {"denoise": 10**400}, {"canvas": None}, {"colour": 1}, {"style": ["x"] * 9}],
)
def test_settings_that_do_not_fit_are_refused(omost: object) -> None:
    with pytest.raises(BadInputError):
        order_in(png(json.dumps(OURS | {"omost": omost})))


def test_what_is_nested_deeply_is_refused_and_half_a_character_replaced() -> None:
    for nested in ("[" * 100_000, '{"prompt": ' + "[" * 900 + "]" * 900 + ', "omost": {}}'):
        with contextlib.suppress(BadInputError):
            assert order_in(png(nested)) == {"omost": {}}
    assert order_in(png(json.dumps(OURS | {"prompt": "a\ud800b"})))["prompt"] == "a\ufffdb"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from([TOLD, json.dumps(OURS)]), st.integers(0, 400))
def test_whatever_a_picture_tells_is_an_order_or_refused(text: str, told: str, place: int) -> None:
    """Every order has a form in JSON, strictly read."""
    cut = min(place, len(told))
    for each in (text, told[:cut] + text + told[cut:], told[:cut]):
        with contextlib.suppress(BadInputError):
            json.dumps(order_in(png(each.encode("utf-8", "replace").decode())), allow_nan=False).encode()


@pytest.mark.parametrize(
    "long",
    ["x" + " " * 500_000 + "y", 'a:"' * 150_000, ("a" * 59 + " ") * 8000, 'a:"' + '\\"' * 200_000, "(" * 500_000],
)
def test_reading_a_long_text_takes_no_longer_than_its_length(long: str) -> None:
    started = time.process_time()
    with pytest.raises(BadInputError):
        order_of_infotext("p\n" + long)
    assert time.process_time() - started < 3
