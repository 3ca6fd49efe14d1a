"""ADetailer beside us: what it finds is drawn by the words of the region that it lies in."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from lib_omost.canvas import Canvas, Lora, Rect, Region, write_canvas
from tests.webui.conftest import Job

PLAIN = Region("in the center", "no offset", "a large square area", 1.0, "")
KNIGHT = replace(
    PLAIN,
    description="A knight (in armour)",
    detailed_descriptions=("a helmet",),
    free_rect=Rect(10, 90, 5, 45),
    negative="beard",
    loras=(Lora("armour", 0.5),),
)
LADY = replace(PLAIN, description="A lady", free_rect=Rect(10, 90, 40, 85), distance_to_viewer=2.0)
CANVAS = Canvas("A garden", ("roses",), regions=(LADY, KNIGHT), absent=("people",))
CODE = write_canvas(CANVAS)
FACE = (10, 12, 30, 40)  # left, top, right, bottom in pixels of a picture of 90 × 90: the knight's


class Runner:
    """The host's script runner: it keeps who is called for a hook by how many scripts there are."""

    def __init__(self, scripts: list[Any]) -> None:
        self.alwayson_scripts = scripts
        self.callback_map: dict[str, Any] = {}

    def call(self, hook: str, p: Any, *more: Any) -> None:
        count, scripts = self.callback_map.get(hook, (-1, []))
        if count != len(self.alwayson_scripts):
            scripts = list(self.alwayson_scripts)
            self.callback_map[hook] = len(scripts), scripts
        for script in scripts:
            if hasattr(script, hook):
                getattr(script, hook)(p, *more, *p.script_args[script.args_from : script.args_to])


@dataclass
class Unit:
    """The arguments of one of ADetailer's tabs."""

    ad_prompt: str = ""
    ad_negative_prompt: str = ""


@dataclass
class ADetailer:
    """Its ways with a job, and what its inner jobs were drawn from."""

    found: list[Any]
    units: list[Unit] = field(default_factory=lambda: [Unit()])
    selects: bool = True
    drawn: list[SimpleNamespace] = field(default_factory=list)
    args_from: int = 0
    args_to: int = 0

    def title(self) -> str:
        return "ADetailer"

    def script_filter(self, p: Any, _unit: Unit) -> tuple[Any, Any]:
        runner = copy(p.scripts)
        if self.selects:
            runner.alwayson_scripts = [script for script in runner.alwayson_scripts if script is None]
        return runner, copy(p.script_args)

    def postprocess_image(self, p: Any, *_: Any) -> None:
        if getattr(p, "_ad_disabled", False):
            return
        if p.batch_index == 0:
            p.scripts.call("postprocess", copy(p), None)
        place = p.iteration * p.batch_size + p.batch_index
        for unit in self.units:
            inner = SimpleNamespace(_ad_inner=True, _ad_disabled=True, extra_generation_params={}, init_images=[None])
            inner.extra_generation_params = {
                key: value for key, value in p.extra_generation_params.items() if not callable(value)
            }
            inner.scripts, inner.script_args = self.script_filter(p, unit)
            for mask in self.found:
                one = copy(inner)
                one.image_mask = mask
                one.prompt = unit.ad_prompt or p.all_prompts[place]
                one.negative_prompt = unit.ad_negative_prompt or p.all_negative_prompts[place]
                told = dict(one.extra_generation_params)
                for hook in ("before_process", "process"):
                    one.scripts.call(hook, one)
                self.drawn.append(SimpleNamespace(prompt=one.prompt, negative=one.negative_prompt))
                one.scripts.call("postprocess", one, None)
                assert one.extra_generation_params == told
        if p.batch_index == p.batch_size - 1:
            outer = copy(p)
            p.scripts.call("before_process", outer)
            p.scripts.call("process", outer)


def mask_of(box: tuple[int, int, int, int], size: tuple[int, int] = (90, 90)) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


@pytest.fixture
def host(script: Any, job: Job) -> SimpleNamespace:
    """Draws a job with both extensions; `draw` returns what the inner jobs were drawn from."""
    detailer = ADetailer([mask_of(FACE)])
    script.args_from, script.args_to = 0, 1
    runner = Runner([detailer, script])

    def draw(order: dict[str, Any], *, pictures: int = 1, prompt: str = "oil painting") -> list[SimpleNamespace]:
        p = copy(job)
        p.extra_generation_params = {}
        p.scripts, p.script_args = runner, (order,)
        p.n_iter, p.batch_size, p.all_seeds = 1, pictures, list(range(pictures))
        p.all_prompts, p.all_negative_prompts = [prompt] * pictures, ["ugly"] * pictures
        del detailer.drawn[:]
        for hook in ("before_process", "process"):
            runner.call(hook, p)
        for place in range(p.n_iter * pictures):
            p.iteration, p.batch_index = divmod(place, pictures)
            runner.call("postprocess_image", p)
        host.told = dict(p.extra_generation_params)
        runner.call("postprocess", p, None)
        assert "script_filter" not in vars(detailer)
        return detailer.drawn

    host = SimpleNamespace(detailer=detailer, draw=draw, runner=runner, script=script)
    return host


def test_what_is_found_is_drawn_by_the_words_of_the_region_that_it_lies_in(host: SimpleNamespace) -> None:
    (drawn,) = host.draw({"canvas": CODE})
    assert drawn.prompt == "A garden. A knight (in armour). a helmet. <lora:armour:0.5> oil painting"
    assert drawn.negative == "ugly, people, beard"
    assert host.told["Omost detailer"] is True


def test_each_thing_that_is_found_has_its_own_region_and_in_none_the_prompt_stays(host: SimpleNamespace) -> None:
    host.detailer.found = [mask_of((60, 20, 80, 40)), mask_of((86, 0, 90, 9)), mask_of(FACE), mask_of((0, 0, 0, 0))]
    lady, nowhere, knight, nothing = host.draw({"canvas": CODE})
    assert lady.prompt == "A garden. A lady. oil painting"
    assert lady.negative == "ugly, people"
    assert "knight" in knight.prompt
    assert nowhere.prompt == nothing.prompt == "oil painting"


def test_where_regions_overlap_the_nearer_one_is_it(host: SimpleNamespace) -> None:
    host.detailer.found = [mask_of((40, 20, 45, 40))]
    assert "knight" in host.draw({"canvas": CODE})[0].prompt


def test_a_picture_of_another_size_has_its_regions_where_they_are(host: SimpleNamespace) -> None:
    host.detailer.found = [mask_of((120, 40, 160, 80), (180, 180))]
    assert "lady" in host.draw({"canvas": CODE})[0].prompt


def test_its_own_prompt_wins(host: SimpleNamespace) -> None:
    host.detailer.units = [Unit("a face"), Unit(), Unit("", "blurry")]
    first, second, third = host.draw({"canvas": CODE})
    assert (first.prompt, first.negative) == ("a face", "ugly, people")
    assert "knight" in second.prompt
    assert third.negative == "blurry"
    assert "knight" in third.prompt


@pytest.mark.parametrize("order", [{"canvas": CODE, "detailer": False}, {"canvas": CODE, "enabled": False}])
def test_switched_off_its_jobs_are_what_they_are_without_us(host: SimpleNamespace, order: dict[str, Any]) -> None:
    (drawn,) = host.draw(order)
    assert drawn.prompt == "oil painting"
    assert host.told.get("Omost detailer", False) is False


@pytest.mark.parametrize("selects", [True, False])
@pytest.mark.parametrize("more", [0, 1, 2])
def test_whichever_scripts_it_takes_along_ours_is_asked_once(host: SimpleNamespace, selects: bool, more: int) -> None:
    others = [SimpleNamespace(args_from=0, args_to=0, title=lambda: "another") for _ in range(more)]
    host.runner.alwayson_scripts += others
    host.detailer.selects = selects
    (drawn,) = host.draw({"canvas": CODE})
    assert drawn.prompt.count("knight") == 1


def test_all_pictures_of_a_job_are_detailed_alike_and_the_next_job_too(host: SimpleNamespace) -> None:
    once = host.draw({"canvas": CODE}, pictures=3)
    assert len(once) == 3
    assert len({drawn.prompt for drawn in once}) == 1
    other = write_canvas(replace(CANVAS, regions=(replace(KNIGHT, description="A king"),)))
    (drawn,) = host.draw({"canvas": other})
    assert drawn.prompt.startswith("A garden. A king.")
    (drawn,) = host.draw({"canvas": CODE, "enabled": False})
    assert drawn.prompt == "oil painting"


def test_further_canvases_are_each_their_own_picture_s(host: SimpleNamespace) -> None:
    from lib_omost.canvas import canvas_to_line

    other = canvas_to_line(replace(CANVAS, regions=(replace(KNIGHT, description="A king"),)))
    first, second = host.draw({"canvas": CODE, "variants": other})
    assert "knight" in first.prompt
    assert "king" in second.prompt


def test_the_prompt_box_joins_where_it_joins_regions_and_its_lora_always_hold(host: SimpleNamespace) -> None:
    prompt = "oil painting <lora:oil:1>"
    (drawn,) = host.draw({"canvas": CODE, "mixing": "ignore"}, prompt=prompt)
    assert drawn.prompt == "A garden. A knight (in armour). a helmet. <lora:armour:0.5> <lora:oil:1>"
    (drawn,) = host.draw({"canvas": CODE, "syntax": "literal"}, prompt=prompt)
    assert "A knight \\(in armour\\)." in drawn.prompt


def test_in_a_part_that_is_redrawn_things_lie_where_they_lie_in_the_picture(script: Any, job: Job) -> None:
    from lib_omost.settings.model import read_arguments
    from lib_omost.ui.jobs import _turn_of

    p = copy(job)
    p.scripts, p.all_prompts, p.all_negative_prompts = None, ["x"], [""]
    p.batch_size = p.n_iter = 1
    script.process(p, {"canvas": CODE})
    p.paste_to, p.mask_for_overlay, p.inpaint_full_res = (45, 0, 45, 45), Image.new("L", (90, 90)), True
    turn = _turn_of(read_arguments([{"canvas": CODE}]), p, Unit())
    inner = SimpleNamespace(image_mask=mask_of((10, 30, 60, 60)), prompt="", negative_prompt="")
    turn(inner)
    assert inner.prompt == "A garden. A lady."
