"""The editor's modules: their own tests under node, and that they place and paint as `lib_omost.canvas` does."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib_omost.canvas import (
    AREAS,
    COLORS,
    GRID,
    LOCATIONS,
    OFFSETS,
    Canvas,
    Mask,
    Region,
    canvas_to_json,
    draft_grid,
    draft_image,
)
from lib_omost.canvas.mask import cut_out, read_mask, write_mask
from lib_omost.page.data import PageOptions, page_data

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = shutil.which("node")
MAX_BYTES_AT_START = 6_000
MAX_BYTES = 99_600

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed (Node.js 20 or newer)")

VOCABULARY = page_data(PageOptions())["vocabulary"]
WORDS = [
    {"location": location, "offset": offset, "area": area}
    for location, offset, area in itertools.product(LOCATIONS, OFFSETS, AREAS)
]


@pytest.fixture(scope="module")
def canvases() -> list[Canvas]:
    """For each colour one with layers in it and another: a colour over itself is where truncation shows a last bit."""
    chance = random.Random(5)
    return [_layers(chance, [color, color, chance.choice(list(COLORS))]) for color in COLORS]


def _layers(chance: random.Random, colors: list[str]) -> Canvas:
    regions = tuple(
        Region(
            **chance.choice(WORDS),
            distance_to_viewer=chance.choice([1, 1, 2.5, 7]),
            description="",
            color_name=chance.choice(colors),
            mask=_mask(chance) if chance.random() < 0.3 else None,
        )
        for _ in range(chance.randrange(10))
    )
    return Canvas(description="", color_name=colors[0], regions=regions)


def _mask(chance: random.Random) -> Mask:
    width, often = chance.randrange(1, 91), chance.choice([1, 4, 20])
    rows = [sum((chance.randrange(often) == 0) << x for x in range(width)) for _ in range(chance.randrange(1, 91))]
    found = cut_out(rows)
    return Mask(1, (1,)) if found is None else found[0]


@pytest.fixture(scope="module")
def masks() -> list[str]:
    """Codes: those of masks, and others, which none of both programs takes."""
    chance = random.Random(6)
    codes = [write_mask(_mask(chance)) for _ in range(40)]
    torn = [code[: chance.randrange(len(code))] for code in codes]
    changed = ["".join(chance.choice("bF1z") if chance.random() < 0.1 else one for one in code) for code in codes]
    odd = ["", "3x3", "3x3 aa", "91x3 c54", "99x99 b1960", "4x1 d", "3x3 rF", "3x3 r9999", "3x3 2", "0x1 b", "3x3 r n"]
    return [*codes, *torn, *changed, *odd]


@pytest.fixture(scope="module")
def answer(canvases: list[Canvas], masks: list[str]) -> dict[str, Any]:
    """What the modules say to every combination of words, and how they paint the canvases."""
    asked = {
        "vocabulary": VOCABULARY,
        "words": WORDS,
        "canvases": [canvas_to_json(canvas) for canvas in canvases],
        "masks": masks,
    }
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(HERE / "answer.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@needs_node
def test_node_tests_pass() -> None:
    assert NODE is not None
    tests = sorted(map(str, HERE.glob("*.test.mjs")))
    environment = os.environ | {"OMOST_PYTHON": sys.executable}
    done = subprocess.run(
        [NODE, "--test", *tests], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_node
def test_words_lie_where_python_puts_them(answer: dict[str, Any]) -> None:
    assert len(WORDS) == 9**3
    rects = [tuple(Region(**words, distance_to_viewer=1, description="").rect) for words in WORDS]
    assert [tuple(rect) for rect in answer["rects"]] == rects


@needs_node
def test_nearest_words_of_a_rectangle_of_words_lie_there_in_python_too(answer: dict[str, Any]) -> None:
    rects = [tuple(Region(**words, distance_to_viewer=1, description="").rect) for words in answer["nearest"]]
    assert [tuple(rect) for rect in answer["rects"]] == rects


@needs_node
def test_the_colours_are_painted_to_the_last_bit_as_in_python(answer: dict[str, Any], canvases: list[Canvas]) -> None:
    for canvas, drawn in zip(canvases, answer["painted"], strict=True):
        cells = np.frombuffer(base64.b64decode(drawn), np.uint8).reshape(GRID, GRID, 4)
        assert np.array_equal(cells[..., :3], draft_grid(canvas))
        assert np.all(cells[..., 3] == 255)


@needs_node
def test_the_draft_is_what_a_picture_starts_from(answer: dict[str, Any], canvases: list[Canvas]) -> None:
    """To the bit, but for ties of rounding."""
    for canvas, drawn in zip(canvases, answer["drafts"], strict=True):
        cells = np.frombuffer(base64.b64decode(drawn), np.uint8).reshape(GRID, GRID, 4).astype(int)
        start = draft_image(canvas, GRID, GRID, blurred=True).astype(int)
        assert np.abs(cells[..., :3] - start).max() <= 1
        assert (cells[..., :3] != start).mean() < 0.01
        assert np.all(cells[..., 3] == 255)


@needs_node
def test_a_mask_s_code_means_the_same_in_python(answer: dict[str, Any], masks: list[str]) -> None:
    taken = 0
    for code, found in zip(masks, answer["masks"], strict=True):
        try:
            mask = read_mask(code)
        except ValueError:
            assert found is None, code
            continue
        assert (found["width"], found["height"], found["code"]) == (mask.width, mask.height, write_mask(mask))
        cells = [row >> x & 1 for row in mask.rows for x in range(mask.width)]
        assert found["cells"] == cells
        taken += 1
    assert 40 <= taken < len(masks)


def test_page_cost() -> None:
    """What a host's page loads at its start, and all that an opened accordion sends for, as hosts compress it."""
    at_start = [*(ROOT / "javascript").glob("*.*js"), ROOT / "style.css"]
    assert sum(file.stat().st_size for file in at_start) < MAX_BYTES_AT_START
    fetched = {ROOT / "javascript" / "omost" / "app.css"}
    waiting = {ROOT / "javascript" / "omost" / "webui_page.mjs"}
    while waiting:
        module = waiting.pop()
        fetched.add(module)
        imported = re.findall(r'^(?:import|export) .*?from "\./([\w.]+)";$', module.read_text("utf-8"), re.M | re.S)
        waiting |= {module.parent / name for name in imported} - fetched
    assert len(fetched) > 40
    assert sum(len(gzip.compress(file.read_bytes())) for file in [*at_start, *fetched]) < MAX_BYTES
