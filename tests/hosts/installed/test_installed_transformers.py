"""Regions in the hosts' own transformers, with small random models of their own modules, in their own interpreter."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from webui_process import setting

from tests.hosts.installed.denoisers.checks import checks_of
from tests.hosts.installed.denoisers.tiny import MODELS

ROOT = Path(__file__).parents[3]
CASES = [(host, model, check.__name__) for host in MODELS for model in MODELS[host] for check in checks_of(model, host)]


@cache
def outcomes(host: str) -> Mapping[str, Mapping[str, str]]:
    folder = setting(host, "DIR")
    if folder is None:
        pytest.skip(f"OMOST_{host.upper()}_DIR names no installed {host}")
    python = setting(host, "PYTHON") or str(Path(folder) / "venv" / "bin" / "python")
    script = ROOT / "tests" / "hosts" / "installed" / "denoisers" / "exactness.py"
    run = subprocess.run(
        [python, str(script), host, folder, str(ROOT)], check=False, capture_output=True, text=True, timeout=600
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found: dict[str, dict[str, str]] = json.loads(run.stdout.splitlines()[-1])
    assert found.keys() == set(MODELS[host])
    return found


@pytest.mark.parametrize(
    ("host", "model", "check"),
    CASES,
    ids=[f"{host}-{model}: {check.replace('_', ' ')}" for host, model, check in CASES],
)
def test_the_hosts_own(host: str, model: str, check: str) -> None:
    assert outcomes(host)[model][check] == ""
