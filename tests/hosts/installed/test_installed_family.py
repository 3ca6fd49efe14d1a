"""Methods of others' papers in installed WebUIs: each draws, steers its regions apart and leaves the host as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lib_omost.methods.registry import METHODS
from tests.hosts.installed.jobs import JOB, RIGHT_ASKS_ELSE, WAYS, draw, halves, known, omost, same
from tests.kinds import FAMILY


@pytest.mark.parametrize("method", FAMILY)
def test_it_steers_and_nothing_stays(host: Any, method: str) -> None:
    before, _ = known(host, steps=8)
    score, _ = known(host, steps=8, **omost(method="score"))
    ours, infotext = draw(host, steps=8, **omost(method=method))
    other, _ = draw(host, steps=8, **omost(method=method, canvas=RIGHT_ASKS_ELSE))
    after, _ = draw(host, steps=8)
    assert not same(ours[0], before[0])
    assert not same(ours[0], score[0])
    left, right = halves(ours[0], other[0])
    assert right > 1
    assert right > left
    assert same(before[0], after[0])
    assert f"Omost method: {method}" in infotext
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


@pytest.mark.parametrize("method", FAMILY)
@pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS)
def test_in_other_jobs(host: Any, changes: dict[str, Any], method: str) -> None:
    ours, _ = draw(host, **changes, **omost(method=method))
    score, _ = known(host, **changes, **omost(method="score"))
    assert not same(ours[0], score[0])
    assert np.asarray(ours[0]).std() > 0


@pytest.mark.parametrize("method", FAMILY)
def test_a_name_that_is_no_methods_is_refused_with_those_there_are(host: Any, method: str) -> None:
    answer = host.call("txt2img", JOB | omost(method=f"{method}-2"))
    assert answer.status_code == 422
    assert method in answer.text


@pytest.mark.parametrize("method", [name for name in FAMILY if METHODS[name].pixels is not None])
def test_token_merging_is_refused(host: Any, method: str) -> None:
    options = host.get("sdapi/v1/options")
    if "token_merging_ratio" not in options:
        pytest.skip(f"{host.name} has no token merging")
    try:
        host.call("options", {"token_merging_ratio": 0.5})
        answer = host.call("txt2img", JOB | omost(method=method))
    finally:
        host.call("options", {"token_merging_ratio": options["token_merging_ratio"]})
    assert answer.status_code == 422
    assert method in answer.text
    draw(host, **omost(method=method))
