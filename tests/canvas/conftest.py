from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from lib_omost.canvas import AREAS, COLORS, GRID, LOCATIONS, OFFSETS, Canvas, Lora, Mask, Rect, Reference, Region
from lib_omost.canvas.loras import is_name
from lib_omost.canvas.mask import cut_out
from lib_omost.canvas.model import is_negative

CHAT = Path(__file__).parents[2] / "lib_omost" / "bench" / "dragon_chat.md"


@pytest.fixture(scope="session")
def dragon_chat() -> str:
    """The two-turn transcript of the Omost readme: a dragon, then a dinosaur."""
    return CHAT.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def dragon_reply(dragon_chat: str) -> str:
    return dragon_chat[: dragon_chat.index("### User", 1)]


@pytest.fixture(scope="session")
def texts() -> st.SearchStrategy[str]:
    """Any text a canvas may hold: everything but halves of surrogate pairs, with quotes and backslashes often."""
    marks = ["'", '"', "\\", "'''", '"""', "\n", "\r\n", "\0", "```", "’", "“", ", ", "#", "{", "\\N"]
    turn_tokens = ["<|eot_id|>", "<|0|>", "</s>", "[INST]", "<｜end｜>", "<|x", "|>"]
    thinking = ["<think>", "</think>", "<Thought>", "<reasoning>"]
    awkward = st.sampled_from(marks + turn_tokens + thinking)
    return st.lists(st.text(max_size=12) | awkward, max_size=5).map("".join)


@pytest.fixture(scope="session")
def regions(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Region]:
    return st.builds(
        Region,
        location=st.sampled_from(list(LOCATIONS)),
        offset=st.sampled_from(list(OFFSETS)),
        area=st.sampled_from(list(AREAS)),
        distance_to_viewer=st.floats(min_value=0, exclude_min=True, allow_infinity=False),
        description=texts,
        detailed_descriptions=st.lists(texts, max_size=4).map(tuple),
        tags=texts,
        atmosphere=texts,
        style=texts,
        quality_meta=texts,
        color_name=st.sampled_from(list(COLORS)),
        free_rect=st.none() | rects(),
        loras=st.lists(loras(), max_size=2).map(tuple),
        negative=st.just("")
        | texts.filter(is_negative)
        | st.text(max_size=20).filter(is_negative)
        | st.sampled_from(["no [INST] marks", "<s>", "<think>", "a \\u003cs> b", "\\u005c<|im_end|>"]),
        weight=st.just(1.0) | st.floats(0, 2),
        edge=st.just(0.0) | st.floats(0, 45),
        mask=st.none() | masks(),
        reference=st.none() | references(),
    )


def references() -> st.SearchStrategy[Reference]:
    names = st.from_regex(r"[^\W_][\w.-]{0,30}", fullmatch=True)
    return st.builds(Reference, names, st.just(1.0) | st.floats(0, 2))


def masks() -> st.SearchStrategy[Mask]:
    rows = st.lists(st.integers(0, 2**12 - 1), min_size=1, max_size=20)
    found = rows.map(cut_out)
    return found.map(lambda cut: Mask(5, (31, 31)) if cut is None else cut[0])


def loras() -> st.SearchStrategy[Lora]:
    names = st.text(max_size=12).filter(is_name) | st.sampled_from(
        ["a b", "x.y-z_1", "été (v2)", "#1", "dir/file", "'\"\\"]
    )
    weights = st.floats(-100, 100)
    return st.builds(Lora, names, weights, st.none() | weights)


def absent_things() -> st.SearchStrategy[str]:
    return st.from_regex(r"[\w'’-]{1,6}( [\w'’-]{1,6}){0,3}", fullmatch=True)


def rects() -> st.SearchStrategy[Rect]:
    edges = st.lists(st.integers(0, GRID), min_size=2, max_size=2, unique=True).map(sorted)
    return st.tuples(edges, edges).map(lambda pair: Rect(*pair[0], *pair[1]))


@pytest.fixture(scope="session")
def canvases(texts: st.SearchStrategy[str], regions: st.SearchStrategy[Region]) -> st.SearchStrategy[Canvas]:
    return st.builds(
        Canvas,
        description=texts,
        detailed_descriptions=st.lists(texts, max_size=4).map(tuple),
        tags=texts,
        color_name=st.sampled_from(list(COLORS)),
        regions=st.lists(regions, max_size=4).map(tuple),
        absent=st.lists(absent_things(), max_size=3, unique=True).map(tuple),
    )


@pytest.fixture(scope="session")
def local_call() -> Callable[..., str]:
    """The code of one local description; keyword arguments replace the source of single values, None leaves one out."""

    def build(**changes: str | None) -> str:
        values: dict[str, str | None] = {
            "location": "'on the left'",
            "offset": "'slightly to the right'",
            "area": "'a small square area'",
            "distance_to_viewer": "3.0",
            "description": "'A cat.'",
            "detailed_descriptions": "['Furry.', 'Soft.']",
            "tags": "'cat, fur'",
            "atmosphere": "'calm'",
            "style": "'photo'",
            "quality_meta": "'sharp'",
            "HTML_web_color_name": "'red'",
        }
        values.update(changes)
        inner = "".join(f"    {name}={value},\n" for name, value in values.items() if value is not None)
        return f"canvas.add_local_description(\n{inner})\n"

    return build


@pytest.fixture(scope="session")
def global_call() -> str:
    return (
        "canvas = Canvas()\n"
        "canvas.set_global_description(\n"
        "    description='A sky.',\n"
        "    detailed_descriptions=['Blue.'],\n"
        "    tags='sky, blue',\n"
        "    HTML_web_color_name='skyblue',\n"
        ")\n"
    )
