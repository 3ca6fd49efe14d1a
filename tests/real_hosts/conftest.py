"""Installed WebUIs, started on loopback for the tests here and stopped after them.

OMOST_A1111_DIR, OMOST_FORGE_DIR and OMOST_REFORGE_DIR name their folders; …_PYTHON the interpreter (default: the
folder's own venv), …_ARGS more options of the WebUI, …_CHECKPOINT the checkpoint to draw with (default: the WebUI's).
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

EXTENSION = Path(__file__).parents[2]
HOSTS = {
    "A1111": "--use-cpu all --no-half",
    "Forge": "--always-cpu --all-in-fp32",
    "reForge": "--always-cpu --all-in-fp32",
}
ON_A_CPU = "--skip-torch-cuda-test"
COMMON = "--skip-prepare-environment --skip-version-check --skip-python-version-check --api --no-download-sd-model"
READY_SECONDS, CALL_SECONDS = 600, 600


@dataclass(frozen=True)
class RealHost:
    """A WebUI that runs. `call` posts JSON and gives the answer."""

    name: str
    url: str
    pid: int
    checkpoint: str | None

    def call(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if self.checkpoint is not None and path.endswith("2img"):
            body = {
                **body,
                "override_settings": {"sd_model_checkpoint": self.checkpoint} | body.get("override_settings", {}),
            }
        return httpx.post(f"{self.url}/sdapi/v1/{path}", json=body, timeout=CALL_SECONDS)


def setting(name: str, what: str) -> str | None:
    return os.environ.get(f"OMOST_{name.upper()}_{what}")


@pytest.fixture(scope="session", params=list(HOSTS))
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    name = request.param
    folder = setting(name, "DIR")
    if folder is None:
        pytest.skip(f"OMOST_{name.upper()}_DIR names no installed {name}")
    log = tmp_path_factory.mktemp(name) / "log.txt"
    with _linked(Path(folder) / "extensions" / "omost"), log.open("w") as output:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        python = setting(name, "PYTHON") or str(Path(folder) / "venv" / "bin" / "python")
        arguments = setting(name, "ARGS")
        if arguments is None:
            arguments = f"{ON_A_CPU} {HOSTS[name]}"
        command = [python, "launch.py", *shlex.split(f"{COMMON} {arguments} --port {port}")]
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, server, log)
            yield RealHost(name, url, server.pid, setting(name, "CHECKPOINT"))
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def _linked(link: Path) -> Iterator[None]:
    """The extension among the host's, unless it is installed there already."""
    made = not (link.exists() or link.is_symlink())
    if made:
        link.symlink_to(EXTENSION, target_is_directory=True)
    try:
        yield
    finally:
        if made:
            link.unlink()


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the WebUI ended while it started:\n{log.read_text()[-3000:]}")
        try:
            scripts = httpx.get(f"{url}/sdapi/v1/scripts", timeout=10)
            if scripts.status_code == 200 and "omost" in scripts.json()["txt2img"]:
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(2)
    pytest.fail(f"the WebUI was not ready in {READY_SECONDS} s:\n{log.read_text()[-3000:]}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """feature × host → passed, failed or not available."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    for outcome, word in (
        ("passed", "passed"),
        ("failed", "failed"),
        ("error", "failed"),
        ("skipped", "not available"),
    ):
        for report in terminalreporter.stats.get(outcome, []):
            if (
                "real_hosts" in report.nodeid
                and "[" in report.nodeid
                and (report.when == "call" or outcome != "passed")
            ):
                test, _, parameters = report.nodeid.rpartition("::")[2].partition("[")
                host, _, case = parameters.rstrip("]").partition("-")
                table[case or test.removeprefix("test_").replace("_", " ")][host] = word
    if not table:
        return
    terminalreporter.write_line("")
    terminalreporter.write_line(f"{'feature':<58}" + "".join(f"{name:<16}" for name in HOSTS))
    for feature, row in table.items():
        cells = "".join(f"{row.get(name, 'not available'):<16}" for name in HOSTS)
        terminalreporter.write_line(f"{feature:<58}{cells}")


@pytest.fixture
def host_call(host: RealHost) -> Callable[..., httpx.Response]:
    return host.call
