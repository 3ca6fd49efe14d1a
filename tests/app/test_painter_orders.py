"""What an order of the page by itself becomes, before anything is drawn."""

from __future__ import annotations

import pytest

from lib_omost.app.web.painter import Order, request_of, single
from lib_omost.settings.model import Settings

CODE = """canvas = Canvas()
canvas.set_global_description(description='a', detailed_descriptions=[], tags='', HTML_web_color_name='white')
canvas.add_local_description(location='on the left', offset='no offset', area='a small square area',
    distance_to_viewer=2.0, description='a ball', detailed_descriptions=[], tags='', atmosphere='', style='',
    quality_meta='', HTML_web_color_name='red')
"""


def order(**omost: object) -> Order:
    return Order("", "", 640, 320, 20, 5.0, 1, "mini", Settings(**{"enabled": True, "canvas": CODE, **omost}))  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [{"redraw": "1"}, {"place": "0, 90, 0, 45"}])
def test_a_part_is_drawn_by_the_first_canvas_alone(part: dict[str, str]) -> None:
    assert len(single(order(variants=CODE.replace("ball", "cube").replace("\n", " ")))) == 2
    (one,) = single(order(variants="nonsense", **part))
    assert (one.omost.canvas, one.omost.variants) == (CODE, "")


def test_the_size_is_the_pictures_own_only_where_a_region_of_it_is_drawn() -> None:
    sizes = [request_of(each, 1)[1] for each in (order(), order(redraw="1"), order(redraw="1", enabled=False))]
    assert [(each.width, each.height) for each in sizes] == [(640, 320), (None, None), (640, 320)]
