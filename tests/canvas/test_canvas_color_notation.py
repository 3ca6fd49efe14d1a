"""Colours in numbers: CSS Color Module Level 4 and 5, and what other programs write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import parse_reply
from lib_omost.canvas.color_notation import read_notation
from lib_omost.canvas.color_spaces import SPACES, mixed
from lib_omost.canvas.color_words import nearest_color

# Named colours in the spaces' numbers, as the specification gives them.
KNOWN = [
    ("#f00f", (255, 0, 0)),
    ("#00ff0080", (0, 255, 0)),
    ("0xffff0000", (255, 0, 0)),
    ("0x80ff0000", (255, 0, 0)),
    ("rgb(100% 0% 0%)", (255, 0, 0)),
    ("rgb(255 0 0 / 50%)", (255, 0, 0)),
    ("lab(54.29% 80.80 69.89)", (255, 0, 0)),
    ("lab(46.278% -47.552 48.586)", (0, 128, 0)),
    ("lch(54.29% 106.84 40.85)", (255, 0, 0)),
    ("lch(29.57% 131.2 301.36)", (0, 0, 255)),
    ("oklab(62.796% 0.22486 0.12585)", (255, 0, 0)),
    ("oklab(0.51975 -0.1403 0.10768)", (0, 128, 0)),
    ("oklch(0.62796 0.25768 29.234)", (255, 0, 0)),
    ("oklch(45.201% 0.31321 264.05deg / 1)", (0, 0, 255)),
    ("oklch(100% none none)", (255, 255, 255)),
    ("color(srgb 1 0.5 0)", (255, 127.5, 0)),
    ("color(display-p3 0.9176 0.2003 0.1386)", (255, 0, 0)),
    ("color-mix(in srgb, red 25%, blue)", (63.75, 0, 191.25)),
    ("color-mix(in srgb, red, blue 75%)", (63.75, 0, 191.25)),
    ("color-mix(in srgb, 20% red, #0000ff 60%)", (63.75, 0, 191.25)),
    ("color-mix(in hsl, red, blue)", None),
    ("color-mix(in oklab, white, black)", (99, 99, 99)),
    ("cmyk(0%, 100%, 100%, 0%)", (255, 0, 0)),
    ("cmyk(0, 50, 100, 50)", (127.5, 63.75, 0)),
    ("device-cmyk(0 1 1 0)", (255, 0, 0)),
    ("np.array([1.0, 0.5, 0.0])", (255, 127.5, 0)),
    ("color(255, 0, 0)", (255, 0, 0)),
    ("foo(1 2 3)", None),
    ("rgb(a b c)", None),
    ("lab(1 2)", None),
    ("color-mix(in srgb, red 0%, blue 0%)", None),
]


@pytest.mark.parametrize(("text", "wanted"), KNOWN)
def test_notations(text: str, wanted: tuple[float, float, float] | None) -> None:
    found = read_notation(text)
    assert found is None if wanted is None else found == pytest.approx(wanted, abs=1.0)


@given(st.sampled_from(list(SPACES)), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_a_space_and_back_is_the_same_color(name: str, rgb: list[float]) -> None:
    assert SPACES[name].to_rgb(SPACES[name].of_rgb(rgb)) == pytest.approx(rgb, abs=1e-6)


@given(st.sampled_from(list(SPACES)), st.lists(st.floats(0.01, 1), min_size=6, max_size=6), st.floats(0, 1))
def test_a_mixture_of_one_color_is_that_and_its_sides_may_be_exchanged(
    name: str, rgbs: list[float], share: float
) -> None:
    one, other = rgbs[:3], rgbs[3:]
    assert mixed(SPACES[name], [one, one], share) == pytest.approx(one, abs=1e-6)
    assert mixed(SPACES[name], [one, other], 1) == pytest.approx(one, abs=1e-6)


@pytest.mark.parametrize(
    "source",
    ["(1.0, 0.0, 0.0)", "np.array([255, 0, 0])", "numpy.array((1.0, 0, 0))", "oklch(62.8% 0.2577 29.2)", "0xFFFF0000",
     "color-mix(in srgb, red 90%, blue)", "'color-mix(in oklab, red 90%, tomato)'", "Color(255, 0, 0)",
     "RGB(255, 0, 0)", "cmyk(0,100,100,0)", "{'r': 255, 'g': 0, 'b': 0}", "{'h': 0, 's': 1.0, 'l': 0.5}",
     "(255/255, 0, 0)", "#F00", "{'hue': 0, 'saturation': 100, 'value': 100}", "tuple([255, 0, 0])", "Color('red')",
     "'lab(54 81 70)'"],
)  # fmt: skip
def test_colors_in_code(source: str) -> None:
    code = (
        f"canvas = Canvas()\ncanvas.set_global_description(description='A.', HTML_web_color_name={source}, tags='t')\n"
    )
    parsed = parse_reply(code)
    assert parsed.canvas is not None
    assert (parsed.canvas.color_name, parsed.canvas.tags, parsed.problems) == ("red", "t", ())


@given(st.text("0123456789.%, /()-+enoklchabrgmixdsp#", max_size=60))
def test_no_notation_raises(text: str) -> None:
    read_notation(text)
    nearest_color("oklch(" + text)
