"""The gates see what is there: right pictures pass, wrong colours and wrong kinds do not."""

import dataclasses

import numpy as np
import pytest
import torch
from mini_training import gates as gates_module
from mini_training.gates import asked_picture, layouts_of, measure, table
from mini_training.judging import shown_in

from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.obedience import obedience
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.pictures import through_vae
from lib_omost.mini.folder import mini_folder
from lib_omost.mini.scenes import Scene, Thing, draw_scene, random_scene
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD

WORLDS = [SHAPES_WORLD, THINGS_WORLD]


def judged(layout, picture, world):
    return [shown_in(picture, asked.rect, world, layout.background) for asked in layout.asked]


@pytest.mark.parametrize("world", WORLDS)
def test_asked_pictures_are_right(world):
    for layout in layouts_of(world, 6):
        shown = judged(layout, asked_picture(layout), world)
        assert [one.color for one in shown] == [asked.color for asked in layout.asked]
        assert [one.kind for one in shown] == [asked.shape for asked in layout.asked]


def test_the_first_worlds_layouts_are_the_benchmarks_own():
    assert layouts_of(SHAPES_WORLD, 3) == make_layouts(3)


def test_the_other_worlds_have_the_same_boxes_and_other_things():
    dressed = layouts_of(THINGS_WORLD, 8)
    for one, other in zip(dressed, make_layouts(8), strict=True):
        assert [asked.rect for asked in one.asked] == [asked.rect for asked in other.asked]
        assert len({asked.color for asked in one.asked}) == len(one.asked)
        assert not {asked.color for asked in one.asked} & set(THINGS_WORLD.backgrounds[one.background])
    assert {asked.shape for one in dressed for asked in one.asked} - set(SHAPES_WORLD.kinds)
    assert {one.background for one in dressed} - set(SHAPES_WORLD.backgrounds)


def test_colours_are_judged_as_the_benchmark_judges_them():
    for number, layout in enumerate(make_layouts(4)):
        others = random_scene(np.random.default_rng(number))
        picture = draw_scene(dataclasses.replace(others, background=layout.background))
        shown = judged(layout, picture, SHAPES_WORLD)
        right = tuple(one.color == asked.color for one, asked in zip(shown, layout.asked, strict=True))
        assert right == obedience(picture, layout).regions


def test_an_empty_box_shows_nothing():
    (layout, *_) = layouts_of(THINGS_WORLD, 1)
    for shown in judged(layout, draw_scene(Scene(layout.background, (), 0.6)), THINGS_WORLD):
        assert (shown.color, shown.kind) == (None, None)


def test_the_kind_is_that_of_the_outline_whatever_its_colour():
    (layout, *_) = layouts_of(SHAPES_WORLD, 1)
    asked = layout.asked[0]
    x, y = (asked.rect.left + asked.rect.right) / 180, (asked.rect.top + asked.rect.bottom) / 180
    picture = draw_scene(Scene(layout.background, (Thing("ring", "purple", x, y, 0.12),)))
    shown = shown_in(picture, asked.rect, SHAPES_WORLD, layout.background)
    assert (shown.color, shown.kind) == ("purple", "ring")


@pytest.fixture(scope="module")
def shipped():
    return load_checkpoint(mini_folder(), torch.device("cpu"))


def test_a_round_trip_gives_the_picture_back(shipped):
    picture = draw_scene(random_scene(np.random.default_rng(3)))
    assert np.abs(through_vae(shipped, picture).astype(int) - picture).mean() < 8


def test_the_shipped_checkpoint_is_measured_and_drawn(monkeypatch, tmp_path):
    monkeypatch.setattr(gates_module, "STEPS", 6)
    sheet = tmp_path / "sheet.png"
    gates = measure(mini_folder(), 1, sheet)
    assert [gate.bar for gate in gates] == [0.995, 0.99, 0.98]
    assert all(gate.colors.count == 9 for gate in gates)
    assert all(gate.both.value <= gate.colors.value for gate in gates)
    assert gates[0].colors.value > 0.5
    assert sheet.exists()
    lines = table(gates).splitlines()
    assert len(lines) == 4
    assert all(line.endswith(("reached", "missed")) for line in lines[1:])


def test_a_folder_that_is_no_checkpoint_ends_with_2(tmp_path, capsys):
    from train_mini import main

    assert main(["--gates", str(tmp_path)]) == 2
    assert capsys.readouterr().err.strip()


@pytest.mark.parametrize("arguments", [[], ["--gates", "a", "--output", "b"]])
def test_one_of_training_and_measuring_is_asked_for(arguments):
    from train_mini import main

    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
