"""Regions in the hosts' own transformers, with small random models of their own modules, in their own interpreter."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from webui_process import setting

from tests.hosts.installed.neo.checks import CHECKS, CROSS_CHECKS
from tests.hosts.installed.neo.tiny import JOINT, MODELS

ROOT = Path(__file__).parents[3]
CASES = [(name, check.__name__) for name in MODELS for check in (CHECKS if name in JOINT else CROSS_CHECKS)]


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, Mapping[str, str]]:
    folder = setting("Neo", "DIR")
    if folder is None:
        pytest.skip("OMOST_NEO_DIR names no installed Neo")
    python = setting("Neo", "PYTHON") or str(Path(folder) / "venv" / "bin" / "python")
    script = ROOT / "tests" / "hosts" / "installed" / "neo" / "exactness.py"
    run = subprocess.run(
        [python, str(script), folder, str(ROOT)], check=False, capture_output=True, text=True, timeout=600
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found: dict[str, dict[str, str]] = json.loads(run.stdout.splitlines()[-1])
    assert found.keys() == set(MODELS)
    return found


@pytest.mark.parametrize(
    ("model", "check"), CASES, ids=[f"Neo-{model}: {check.replace('_', ' ')}" for model, check in CASES]
)
def test_in_neo(outcomes: Mapping[str, Mapping[str, str]], model: str, check: str) -> None:
    assert outcomes[model][check] == ""
