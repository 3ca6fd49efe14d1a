"""What a checkpoint can be asked for: things told apart by shape and colour, and a file that says which world it is."""

import itertools

import numpy as np
import pytest

from lib_omost.errors import ModelError
from lib_omost.mini.folder import mini_folder
from lib_omost.mini.palette import COLORS, FIGURES, KINDS, TONES
from lib_omost.mini.scenes import (
    BACKGROUND_COLORS,
    OBJECT_COLORS,
    SHAPES,
    Scene,
    Thing,
    background_phrase,
    draw,
    draw_scene,
    random_scene,
)
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD, WORLD_FILE, world_of, write_world

NAMED = {**TONES, **COLORS}


def outline(kind, radius, over=32):
    """A kind's mask stretched to over × over."""
    drawn = draw((0, 0, 0), [(Thing(kind, "", 0.5, 0.5, radius), (255, 255, 255))])[:, :, 0] > 90
    cut = drawn[np.ix_(drawn.any(1), drawn.any(0))]
    at = (np.arange(over) + 0.5) / over
    return cut[np.ix_((at * cut.shape[0]).astype(int), (at * cut.shape[1]).astype(int))]


def nearest(picture):
    """The name of each pixel's nearest colour, of things and of backgrounds."""
    palette = np.array(list(NAMED.values()), float)
    difference = picture[:, :, None, :].astype(float) - palette
    return np.array(list(NAMED))[np.square(difference).sum(-1).argmin(-1)]


class TestWorlds:
    def test_the_first_one_is_what_it_was(self):
        assert SHAPES_WORLD.kinds == SHAPES == ("circle", "square", "triangle", "ring")
        assert SHAPES_WORLD.colors == OBJECT_COLORS
        assert SHAPES_WORLD.tones == BACKGROUND_COLORS

    def test_the_second_holds_the_first_and_more(self):
        assert set(SHAPES_WORLD.kinds) < set(THINGS_WORLD.kinds) == set(KINDS)
        assert len(FIGURES) >= 12
        assert SHAPES_WORLD.colors.items() <= THINGS_WORLD.colors.items()
        assert SHAPES_WORLD.tones.items() <= THINGS_WORLD.tones.items()
        assert len(THINGS_WORLD.colors) == 12
        assert sum(len(tones) == 2 for tones in THINGS_WORLD.backgrounds.values()) >= 6

    def test_colours_are_far_apart(self):
        for (a, one), (b, other) in itertools.combinations(NAMED.items(), 2):
            assert np.linalg.norm(np.subtract(one, other)) >= 70, (a, b)

    @pytest.mark.parametrize("radius", [0.1, 0.2])
    def test_kinds_are_told_apart_by_their_outline(self, radius):
        shown = {kind: outline(kind, radius) for kind in KINDS}
        for a, b in itertools.combinations(KINDS, 2):
            assert (shown[a] & shown[b]).sum() / (shown[a] | shown[b]).sum() < 0.87, (a, b)

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_is_seen_in_its_colour(self, kind):
        for color in COLORS:
            behind = "white" if color == "black" else "black"
            names = nearest(draw_scene(Scene(behind, (Thing(kind, color, 0.5, 0.5, 0.4),)), 64))
            names, counts = np.unique(names[names != behind], return_counts=True)
            assert names[counts.argmax()] == color
            assert counts.max() / counts.sum() > 0.5

    def test_a_colour_shows_where_it_is_neither_a_tone_nor_between_two(self):
        assert not any(world.shows(name, name) for world in (THINGS_WORLD,) for name in BACKGROUND_COLORS)
        assert all(SHAPES_WORLD.shows(color, behind) for color in OBJECT_COLORS for behind in BACKGROUND_COLORS)
        assert not THINGS_WORLD.shows("gray", "evening sky over sea")
        assert THINGS_WORLD.shows("gray", "day sky over sea")
        for behind in THINGS_WORLD.backgrounds:
            assert sum(THINGS_WORLD.shows(color, behind) for color in COLORS) >= 8


class TestScenes:
    def test_everything_comes_up_and_nothing_vanishes_in_its_background(self):
        rng = np.random.default_rng(0)
        scenes = [random_scene(rng, world=THINGS_WORLD) for _ in range(600)]
        things = [thing for scene in scenes for thing in scene.things]
        assert {thing.shape for thing in things} == set(KINDS)
        assert {thing.color for thing in things} == set(COLORS)
        assert {scene.background for scene in scenes} == set(THINGS_WORLD.backgrounds)
        for scene in scenes:
            assert not {thing.color for thing in scene.things} & set(THINGS_WORLD.backgrounds[scene.background])
            assert all(THINGS_WORLD.shows(thing.color, scene.background) for thing in scene.things)
        assert np.mean([not scene.things for scene in scenes]) == pytest.approx(0.1, abs=0.04)
        plain = np.mean([len(THINGS_WORLD.backgrounds[scene.background]) == 1 for scene in scenes])
        assert plain == pytest.approx(0.6, abs=0.06)

    def test_a_landscape_has_its_ground_below_the_horizon(self):
        picture = draw_scene(Scene("evening sky over sea", (), horizon=0.625), 64)
        assert (picture[:40] == TONES["evening sky"]).all()
        assert (picture[40:] == TONES["sea"]).all()
        assert background_phrase("evening sky over sea") == "an evening sky over sea"

    def test_an_edge_between_pixels_is_smooth(self):
        picture = draw_scene(Scene("night sky over sand", (), horizon=0.5 + 0.25 / 64), 64)
        mixed = 0.25 * np.array(TONES["night sky"]) + 0.75 * np.array(TONES["sand"])
        assert np.abs(picture[32] - mixed).max() <= 0.5


class TestFolders:
    def test_the_shipped_checkpoint_says_which_it_knows(self):
        assert world_of(mini_folder()).name in {"shapes", "things"}

    @pytest.mark.parametrize("world", [SHAPES_WORLD, THINGS_WORLD])
    def test_what_is_written_is_read(self, tmp_path, world):
        write_world(world, tmp_path)
        assert world_of(tmp_path) is world

    def test_a_folder_of_the_first_checkpoint_has_no_file(self, tmp_path):
        assert world_of(tmp_path) is SHAPES_WORLD

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"world": "oz"}', '{"world": []}'])
    def test_a_damaged_file_is_reported(self, tmp_path, text):
        (tmp_path / WORLD_FILE).write_text(text)
        with pytest.raises(ModelError, match=r"world\.json") as caught:
            world_of(tmp_path)
        assert caught.value.hint
