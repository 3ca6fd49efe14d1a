"""Names that are nearly right become the name that was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import AREAS, COLORS, LOCATIONS, OFFSETS, parse_reply
from lib_omost.canvas.color_words import nearest_color, nearest_rgb
from lib_omost.canvas.nearest import nearest_area, nearest_location, nearest_offset

TABLES = [(nearest_location, LOCATIONS), (nearest_offset, OFFSETS), (nearest_area, AREAS), (nearest_color, COLORS)]


@pytest.mark.parametrize(("nearest", "table"), TABLES)
def test_known_names_stay(nearest, table) -> None:
    for name in table:
        assert nearest(name) == name


@pytest.mark.parametrize(("nearest", "table"), TABLES)
def test_case_spaces_underscores_and_articles_do_not_matter(nearest, table) -> None:
    for name in table:
        assert nearest(name.upper()) == name
        assert nearest(name.title()) == name
        assert nearest(f"  {name}. ") == name
        assert nearest(name.replace(" ", "_")) == name
        assert nearest(name.replace("-", " ")) == name


@pytest.mark.parametrize(("nearest", "table"), TABLES[:3])
def test_one_letter_left_out_does_not_matter(nearest, table) -> None:
    for name in table:
        word = max(name.replace("-", " ").split(), key=len)
        assert nearest(name.replace(word, word[:2] + word[3:], 1)) == name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("center", "in the center"),
        ("centre", "in the center"),
        ("in the middle of the image", "in the center"),
        ("left", "on the left"),
        ("left side", "on the left"),
        ("center left", "on the left"),
        ("topleft", "on the top-left"),
        ("in the upper right corner", "on the top-right"),
        ("lower-left", "on the bottom-left"),
        ("bottm", "on the bottom"),
        ("at the lft", "on the left"),
        ("everywhere", "in the center"),
        ("in the background", "in the center"),
        ("in the foreground", "in the center"),
        ("in the foreground, to the left", "on the left"),
        ("on the floor", "on the bottom"),
        ("on the ground", "on the bottom"),
        ("in the sky", "on the top"),
        ("leftmost", "on the left"),
        ("on the far rightmost side", "on the right"),
        ("in the middle", "in the center"),
        ("upper left", "on the top-left"),
        ("around the center", "in the center"),
        ("NW", "on the top-left"),
        ("south east", "on the bottom-right"),
        ("northeast corner", "on the top-right"),
        ("to the west", "on the left"),
        ("behind the house", None),
        ("", None),
    ],
)
def test_locations(text: str, wanted: str | None) -> None:
    assert nearest_location(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("none", "no offset"),
        ("No", "no offset"),
        ("slightly up", "slightly to the upper"),
        ("to the top right", "slightly to the upper-right"),
        ("slightly to the bottom-left", "slightly to the lower-left"),
        ("slightly rigth", "slightly to the right"),
        ("a little higher", "slightly to the upper"),
        ("0", "no offset"),
        ("(0, 0)", "no offset"),
        ("n/a", "no offset"),
        ("not offset", "no offset"),
        ("чуть левее", "slightly to the left"),
        ("a bit", None),
    ],
)
def test_offsets(text: str, wanted: str | None) -> None:
    assert nearest_offset(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("small", "a small square area"),
        ("a big square", "a large square area"),
        ("tall", "a medium-sized vertical area"),
        ("a medium horizontal area", "a medium-sized horizontal area"),
        ("a lrge vertcal area", "a large vertical area"),
        ("large", "a large square area"),
        ("a very large area", "a large square area"),
        ("full width", "a large horizontal area"),
        ("a compact area", "a small square area"),
        ("a moderately large square area", "a large square area"),
        ("an area", None),
    ],
)
def test_areas(text: str, wanted: str | None) -> None:
    assert nearest_area(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Light Blue", "lightblue"),
        ("dark-olive-green", "darkolivegreen"),
        ("#FF0000", "red"),
        ("#fe0102", "red"),
        ("ff000080", "red"),
        ("#f00", "red"),
        ("rgb(0, 0, 254)", "blue"),
        ("rgba(0, 0, 254, 0.5)", "blue"),
        ("(255, 99, 71)", "tomato"),
        ("bright red", "red"),
        ("deep sky blue", "deepskyblue"),
        ("reddish brown", "brown"),
        ("red and shiny", "red"),
        ("firebrik", "firebrick"),
        ("multicolored", None),
        ("colored", None),
        ("textured", None),
        ("textured red", "red"),
        ("multicolored, mostly blue", "blue"),
        ("deepred", "red"),
        ("reddish", "red"),
        ("golden", "gold"),
        ("palegold", "gold"),
        ("brwon", "brown"),
        ("bule", "blue"),
        ("rde", "red"),
        ("bright rde", "red"),
        ("scarlet", "crimson"),
        ("ruby red", "crimson"),
        ("ruby", "crimson"),
        ("cream", "cornsilk"),
        ("charcoal", "darkslategray"),
        ("Deep Burgundy", "maroon"),
        ("bronze", "peru"),
        ("rust", "sienna"),
        ("mustard", "goldenrod"),
        ("peach", "peachpuff"),
        ("lilac", "plum"),
        ("emerald", "mediumseagreen"),
        ("emerald green", "mediumseagreen"),
        ("amber", "orange"),
        ("olive green", "olive"),
        ("teal blue", "teal"),
        ("charcoal gray", "darkslategray"),
        ("ivory black", "black"),  # not a shade of it
        ("golden brown", "brown"),
        ("dunkelrot", "darkred"),
        ("hellblau", "lightblue"),
        ("bleu clair", "lightblue"),
        ("rojo oscuro", "darkred"),
        ("türkis", "turquoise"),
        ("天蓝色", "skyblue"),
        ("ピンク", "pink"),
        ("blauw", "blue"),
        ("hsl(0.5turn 100% 50%)", "aqua"),
        ("hsv(0, 100%, 100%)", "red"),
        ("[255, 0, 0]", "red"),
        ("255 0 0", "red"),
        ("(1.0, 0.0, 0.0)", "red"),
        ("(1, 0, 0)", "black"),  # of 255
        ("#ff0000;", "red"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_colors(text: str, wanted: str | None) -> None:
    assert nearest_color(text) == wanted


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_no_color_is_nearer(rgb: tuple[int, int, int]) -> None:
    def distance(other: tuple[int, int, int]) -> int:
        return sum((a - b) ** 2 for a, b in zip(rgb, other, strict=True))

    assert distance(COLORS[nearest_rgb(rgb)]) == min(map(distance, COLORS.values()))
    assert nearest_color(f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}") == nearest_rgb(rgb)


@given(st.text())
def test_any_text_gives_a_known_name_or_none(text: str) -> None:
    for nearest, table in TABLES:
        name = nearest(text)
        assert name is None or name in table


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("(250, 1, 2)", "red"),
        ("[0, 0, 255, 255]", "blue"),
        ("['red']", "red"),
        ("red", "red"),
        ("'Bright Red'", "red"),
        ("(1, 2)", "gray"),
        ("(True, 1, 2)", "gray"),
        ("0xff0000", "red"),
        ("'qqqq'", "gray"),
    ],
)
def test_colors_of_a_canvas(source: str, wanted: str) -> None:
    reply = parse_reply(f"canvas.set_global_description('A sky.', [], 'sky', {source})")
    assert reply.canvas is not None
    assert reply.canvas.color_name == wanted
    assert len(reply.corrections) == 1
    assert len(reply.problems) == (wanted == "gray")
