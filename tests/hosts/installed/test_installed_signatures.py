"""The fake WebUIs of `tests/webui/forks.py` are what the real ones are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hosts.installed.jobs import draw
from tests.webui.forks import FORKS


def test_what_the_extension_calls_has_the_signatures_of_the_fake(host: Any) -> None:
    assert host.get("omost-probe/signatures") == FORKS[host.name].signatures


@pytest.mark.parametrize(
    "kind", ["CHECKPOINT", "SDXL_CHECKPOINT"], ids=["built as in the fake", "SDXL, built as in the fake"]
)
def test_a_loaded_model_is_built_as_in_the_fake(host: Any, kind: str) -> None:
    fork = FORKS[host.name]
    draw(host, override_settings={"sd_model_checkpoint": host.named(kind)})
    assert host.get("omost-probe/kinds") == list(fork.kinds)
    assert host.get("omost-probe/parts") == {"engine": fork.engine, "patcher": fork.patcher}
