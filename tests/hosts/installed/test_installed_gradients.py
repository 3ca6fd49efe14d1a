"""Guidance by gradients in installed WebUIs: it steers, every sampler is either guided or refused, nothing stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lib_omost.methods.names import BOX_DIFF
from tests.hosts.installed.jobs import JOB, RIGHT_ASKS_ELSE, WAYS, draw, halves, known, omost, same

GUIDED = ("Euler", "Euler a", "Heun", "DPM++ 2M", "DPM++ SDE")
WITHOUT_SCHEDULE = "DDIM"


def test_it_steers_and_nothing_stays(host: Any) -> None:
    before, _ = known(host, steps=8)
    score, _ = known(host, steps=8, **omost(method="score"))
    ours, infotext = draw(host, steps=8, **omost(method=BOX_DIFF))
    again, _ = draw(host, steps=8, **omost(method=BOX_DIFF))
    other, _ = draw(host, steps=8, **omost(method=BOX_DIFF, canvas=RIGHT_ASKS_ELSE))
    after, _ = draw(host, steps=8)
    assert not same(ours[0], before[0])
    assert not same(ours[0], score[0])
    assert same(ours[0], again[0])
    left, right = halves(ours[0], other[0])
    assert right > 1
    assert right > left
    assert same(before[0], after[0])
    assert f"Omost method: {BOX_DIFF}" in infotext
    assert "Omost note" not in infotext
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


@pytest.mark.parametrize("sampler", GUIDED)
def test_samplers_of_any_order_are_guided(host: Any, sampler: str) -> None:
    if sampler not in [one["name"] for one in host.get("sdapi/v1/samplers")]:
        pytest.skip(f"{host.name} has no {sampler}")
    ours, infotext = draw(host, steps=6, sampler_name=sampler, **omost(method=BOX_DIFF))
    mask, _ = known(host, steps=6, sampler_name=sampler, **omost(method="layout"))
    assert np.asarray(ours[0]).std() > 0
    assert not same(ours[0], mask[0])
    assert "Omost note" not in infotext


def test_a_sampler_without_such_a_schedule_is_refused_by_the_methods_name(host: Any) -> None:
    if WITHOUT_SCHEDULE not in [one["name"] for one in host.get("sdapi/v1/samplers")]:
        pytest.skip(f"{host.name} has no {WITHOUT_SCHEDULE}")
    answer = host.call("txt2img", JOB | {"sampler_name": WITHOUT_SCHEDULE} | omost(method=BOX_DIFF))
    assert answer.status_code == 422
    assert BOX_DIFF in answer.text
    draw(host, **omost(method=BOX_DIFF))


@pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS)
def test_in_other_jobs(host: Any, changes: dict[str, Any]) -> None:
    ours, _ = draw(host, **changes, **omost(method=BOX_DIFF))
    score, _ = known(host, **changes, **omost(method="score"))
    assert not same(ours[0], score[0])
    assert np.asarray(ours[0]).std() > 0


def test_pictures_of_a_batch_are_those_drawn_alone(host: Any) -> None:
    batch, _ = draw(host, steps=6, batch_size=2, seed=5, **omost(method=BOX_DIFF))
    alone, _ = draw(host, steps=6, seed=6, **omost(method=BOX_DIFF))
    difference = np.abs(np.asarray(batch[1], np.float32) - np.asarray(alone[0], np.float32)).mean()
    assert difference < 2
