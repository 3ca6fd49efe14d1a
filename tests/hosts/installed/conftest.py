"""Installed WebUIs for the tests here: `tools/webui_process.py` tells how they are named and started.

Some tests want more, and are skipped without: OMOST_A1111_OTHER_CHECKPOINT of the same kind, …_SD2_CHECKPOINT,
…_SDXL_CHECKPOINT and …_SDXL_REFINER, and …_LORA, …_EMBEDDING and …_CONTROLNET, the names of a LoRA, of a textual
inversion and of a ControlNet for the checkpoint, …_DEPTH_NET, of a ControlNet that fits it and has "depth" in its name,
…_IP_ADAPTER, that of an IP-Adapter whose image encoder is there too, …_UNIT_CHECKPOINT, one with SD1.x's own blocks,
and …_UNIT_ADAPTER, as A1111's ControlNet extension calls one for it; …_WIDE_CHECKPOINT and …_WIDE_CONTROLNET, a
checkpoint and a net with all of SD1.5's own widths; and the same for the other WebUIs. OMOST_BESIDE_DIR names a folder
of other extensions for `test_installed_beside.py`, each in a folder that has its repository's name.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))

from webui_process import HOSTS, RunningWebUI, setting, started

from tests.hosts.installed.driving import opened_page

EXTENSIONS = {"omost": Path(__file__).parents[3], "omost-probe": Path(__file__).parent / "probe"}
CONTROLNET = "sd-webui-controlnet"
NONE: Mapping[str, Path] = MappingProxyType({})


@dataclass(frozen=True)
class RealHost(RunningWebUI):
    """A WebUI that runs, and what its owner named for the tests. `drawn`: pictures by job, for `jobs.known`."""

    drawn: dict[str, tuple[list[Image.Image], str]] = field(default_factory=dict)

    def named(self, what: str) -> str:
        """The setting OMOST_…_`what`; a test without it is skipped."""
        value = setting(self.name, what)
        if value is None:
            pytest.skip(f"OMOST_{self.name.upper()}_{what} is not set")
        return value


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the extension keeps what is its own, empty at first: a first message installs the worker's packages.

    They are 0.2 GB from the package index; OMOST_OVERLAY_DIR keeps them between runs.
    """
    folder = Path(os.environ.get("OMOST_OVERLAY_DIR") or tmp_path_factory.mktemp("data"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMOST_DATA_DIR", str(folder))
        yield folder


@contextlib.contextmanager
def running_host(name: str, folder: Path, others: Mapping[str, Path] = NONE) -> Iterator[RealHost]:
    """A WebUI with the extension and `others`, its log in `folder`; the test is skipped where none is installed."""
    if setting(name, "DIR") is None:
        pytest.skip(f"OMOST_{name.upper()}_DIR names no installed {name}")
    with started(name, folder / "log.txt", EXTENSIONS | dict(others)) as running:
        yield RealHost(**asdict(running))


@contextlib.contextmanager
def with_control_net(host: RealHost, folder: Path) -> Iterator[RealHost]:
    """The same WebUI where it has a ControlNet of its own; another A1111 with the extension."""
    if host.name != "A1111":
        yield host
        return
    extension = Path(os.environ.get("OMOST_BESIDE_DIR") or ".") / CONTROLNET
    if not extension.is_dir():
        pytest.skip(f"OMOST_BESIDE_DIR has no {CONTROLNET}")
    with running_host(host.name, folder, {CONTROLNET: extension}) as running:
        yield running


@pytest.fixture(scope="session", params=list(HOSTS))
def host(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    with running_host(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def page(host: RealHost, browser: Any) -> Iterator[Any]:
    with opened_page(host, browser) as page:
        yield page


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """feature × host → passed, failed or not available, and why what is not available in a host that runs is not."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    reasons: dict[str, list[str]] = defaultdict(list)
    for outcome, word in (
        ("passed", "passed"),
        ("failed", "failed"),
        ("error", "failed"),
        ("skipped", "not available"),
    ):
        for report in terminalreporter.stats.get(outcome, []):
            if (
                "hosts/installed" in report.nodeid
                and "[" in report.nodeid
                and (report.when == "call" or outcome != "passed")
            ):
                test, _, parameters = report.nodeid.rpartition("::")[2].partition("[")
                host, _, case = parameters.rstrip("]").partition("-")
                feature = case or test.removeprefix("test_").replace("_", " ")
                table[feature][host] = word
                if outcome == "skipped" and setting(host, "DIR") is not None:
                    reasons[f"{host}: {report.longrepr[2].removeprefix('Skipped: ')}"].append(feature)
    if not table:
        return
    terminalreporter.write_line("")
    terminalreporter.write_line(f"{'feature':<58}" + "".join(f"{name:<16}" for name in HOSTS))
    for feature, row in table.items():
        cells = "".join(f"{row.get(name, 'not available'):<16}" for name in HOSTS)
        terminalreporter.write_line(f"{feature:<58}{cells}")
    for reason, features in reasons.items():
        terminalreporter.write_line(f"{reason} ({', '.join(features)})")
