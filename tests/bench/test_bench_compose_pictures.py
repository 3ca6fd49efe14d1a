"""`bench picture`: pictures of coloured shapes are read back as canvases, and judged by what their messages ask."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.bench.compose.answers import Answer
from lib_omost.bench.compose.checks import judge
from lib_omost.bench.compose.messages import Message, Relation, Thing
from lib_omost.bench.compose.pictures import draw_all, look, picture_messages, report, table
from lib_omost.bench.compose.reading import read_picture
from lib_omost.bench.compose.sheet import contact_sheet
from lib_omost.bench.things import opened, pieces, shape_of
from lib_omost.canvas import GRID, Canvas, parse_canvas, write_canvas
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, SHAPES, Image, Scene, draw_scene, random_scene
from lib_omost.mini.scenes import Thing as Drawn
from tests.bench.compose_oracle import meant


def picture_of(canvas: Canvas) -> Image:
    """Each region's shape and colour, by its words, in the middle of its rectangle on the canvas's background."""
    things = []
    for region in canvas.regions:
        words = region.description.lower().replace(".", "").split()
        color = next(color for color in OBJECT_COLORS if color in words)
        shape = next(shape for shape in SHAPES if shape in words)
        top, bottom, left, right = (cell / GRID for cell in region.rect)
        things.append(Drawn(shape, color, (left + right) / 2, (top + bottom) / 2, 0.12))
    background = canvas.color_name if canvas.color_name in BACKGROUND_COLORS else "white"
    return draw_scene(Scene(background, tuple(things)))


def are_apart(canvas: Canvas) -> bool:
    middles = [((r.rect.top + r.rect.bottom) / 2, (r.rect.left + r.rect.right) / 2) for r in canvas.regions]
    return all(max(abs(a[0] - b[0]), abs(a[1] - b[1])) > 25 for a, b in itertools.combinations(middles, 2))


def answer_of(message: Message, reply: str) -> Answer:
    return Answer(message, reply, "", judge(message, reply), 10, 1.0, 0.0)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_drawn_scene_is_read_back(seed: int) -> None:
    scene = random_scene(np.random.default_rng(seed), 3)
    canvas = read_picture(draw_scene(scene))
    assert canvas.color_name == scene.background
    apart = all(
        max(abs(a.x - b.x), abs(a.y - b.y)) > a.radius + b.radius
        for a in scene.things
        for b in scene.things
        if a is not b
    )
    if not apart:  # one may hide a part of another
        return
    assert Counter(r.description for r in canvas.regions) == Counter(
        f"{'An' if t.color[0] in 'aeiou' else 'A'} {t.color} {t.shape}." for t in scene.things
    )
    for thing in scene.things:
        (region,) = (r for r in canvas.regions if r.color_name == thing.color)
        top, bottom, left, right = region.rect
        assert (left + right) / 2 / GRID == pytest.approx(thing.x, abs=0.03)
        assert (top + bottom) / 2 / GRID == pytest.approx(thing.y, abs=0.03)


def test_thin_edges_and_specks_are_no_things() -> None:
    mask = np.zeros((20, 20), bool)
    mask[2, :] = mask[:, 5] = mask[10:12, 10:12] = True
    assert not opened(mask).any()
    mask[10:13, 10:13] = True
    assert int(opened(mask).sum()) == 9
    assert not read_picture(np.full((64, 64, 3), 245, np.uint8)).regions


def test_pieces_hang_together_along_sides_alone() -> None:
    mask = np.array([[1, 1, 0, 0], [0, 0, 1, 0], [1, 0, 1, 1]], bool)
    found = sorted(int(piece.sum()) for piece in pieces(mask))
    assert found == [1, 2, 3]
    assert np.logical_or.reduce(list(pieces(mask))).tolist() == mask.tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_told_apart(shape: str) -> None:
    picture = draw_scene(Scene("white", (Drawn(shape, "red", 0.4, 0.6, 0.2),)))
    assert shape_of(picture[:, :, 1] < 120) == shape


MESSAGE = Message(
    *("1", "sides", "a red circle on the left and a blue square on the right"),
    (Thing(("circle",), colors=("red",), place="left"), Thing(("square",), colors=("blue",), place="right")),
    (Relation(0, "left_of", 1),),
)
RIGHT = Scene("white", (Drawn("circle", "red", 0.2, 0.5, 0.15), Drawn("square", "blue", 0.8, 0.5, 0.15)))


def test_a_picture_that_shows_what_was_asked_is_right() -> None:
    seen = look(answer_of(MESSAGE, ""), draw_scene(RIGHT))
    assert (seen.right, seen.things, seen.failed) == (True, (True, True), ())


@pytest.mark.parametrize(
    ("circle", "things", "failed"),
    [
        (replace(RIGHT.things[0], shape="ring"), (False, True), "present"),
        (replace(RIGHT.things[0], color="green"), (False, True), "present"),
        (replace(RIGHT.things[0], x=0.6, y=0.2, radius=0.1), (False, True), "place"),
    ],
)
def test_a_thing_of_another_shape_color_or_place_is_not_found(
    circle: Drawn, things: tuple[bool, ...], failed: str
) -> None:
    seen = look(answer_of(MESSAGE, ""), draw_scene(replace(RIGHT, things=(circle, RIGHT.things[1]))))
    assert seen.things == things
    assert failed in seen.failed


def test_colors_that_are_exchanged_are_not_found() -> None:
    red, blue = RIGHT.things
    exchanged = replace(RIGHT, things=(replace(red, color="blue"), replace(blue, color="red")))
    assert look(answer_of(MESSAGE, ""), draw_scene(exchanged)).things == (False, False)


def test_one_thing_too_many_makes_a_picture_wrong_and_not_its_things() -> None:
    more = replace(RIGHT, things=(*RIGHT.things, Drawn("ring", "pink", 0.5, 0.15, 0.12)))
    seen = look(answer_of(MESSAGE, ""), draw_scene(more))
    assert (seen.things, seen.failed) == ((True, True), ("extra",))


def test_there_are_sixty_messages_and_each_can_be_drawn_right() -> None:
    messages = picture_messages()
    assert len(messages) == 60
    assert len({message.message for message in messages}) == 60
    for message in messages:
        assert all(len(thing.colors) == 1 and thing.nouns[0] in SHAPES for thing in message.things)
        assert all(thing.colors[0] in OBJECT_COLORS for thing in message.things)
        if message.category == "counts":
            continue  # the search puts several of a thing into one place
        code = meant(message)
        assert code is not None, message.id
        shown = parse_canvas(code)
        if are_apart(shown):  # the search does not care whether one hides another
            assert look(answer_of(message, code), picture_of(shown)).right, message.id


def test_figures_of_canvases_pictures_and_things() -> None:
    code = write_canvas(read_picture(draw_scene(RIGHT)))
    wrong = replace(RIGHT, things=RIGHT.things[:1])
    pictures = iter((draw_scene(RIGHT), draw_scene(wrong)))
    seeds: list[int] = []

    def draw(_: Canvas, seed: int) -> Image:
        seeds.append(seed)
        return next(pictures)

    edit = replace(MESSAGE, id="2", category="edits")
    seen = draw_all(draw, [answer_of(MESSAGE, code), answer_of(edit, code), answer_of(edit, "")])
    assert seeds == [0, 1]
    data = json.loads(json.dumps(report(seen)))
    assert data["categories"]["all"]["canvas"]["right"] == 2
    assert data["categories"]["all"]["picture"]["right"] == 1
    assert data["categories"]["all"]["things"] == {
        "right": 3,
        "count": 6,
        "value": 0.5,
        "error": pytest.approx(0.2887, abs=1e-3),
    }
    assert data["messages"][2]["failed_checks"] == ["parses"]
    shown = table(seen)
    assert "50.0 ± 28.9" in shown
    assert shown.splitlines()[1].split()[:2] == ["sides", "1"]
    assert contact_sheet(seen).size[0] > 1000
