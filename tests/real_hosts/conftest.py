"""Installed WebUIs, started on loopback for the tests here and stopped after them.

OMOST_A1111_DIR, OMOST_FORGE_DIR and OMOST_REFORGE_DIR name their folders; …_PYTHON the interpreter (default: the
folder's own venv), …_ARGS more options of the WebUI, …_CHECKPOINT the checkpoint to draw with (default: the WebUI's).
Some tests want more, and are skipped without: …_OTHER_CHECKPOINT of the same kind, …_SDXL_CHECKPOINT, …_LORA and
…_EMBEDDING, the names of a LoRA and of a textual inversion for the checkpoint.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

EXTENSIONS = {"omost": Path(__file__).parents[2], "omost-probe": Path(__file__).parent / "probe"}
HOSTS = {
    "A1111": "--use-cpu all --no-half",
    "Forge": "--always-cpu --all-in-fp32",
    "reForge": "--always-cpu --all-in-fp32",
}
ON_A_CPU = "--skip-torch-cuda-test"
COMMON = "--skip-prepare-environment --skip-version-check --skip-python-version-check --api --no-download-sd-model"
STARTED = "Startup time:"  # the last line of every host's start
READY_SECONDS, CALL_SECONDS = 600, 600


@dataclass(frozen=True)
class RealHost:
    """A WebUI that runs. `call` posts JSON and gives the answer."""

    name: str
    url: str
    pid: int
    checkpoint: str | None
    log: Path
    python: str

    def call(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if self.checkpoint is not None and path.endswith("2img"):
            body = {
                **body,
                "override_settings": {"sd_model_checkpoint": self.checkpoint} | body.get("override_settings", {}),
            }
        return httpx.post(f"{self.url}/sdapi/v1/{path}", json=body, timeout=CALL_SECONDS)

    def get(self, path: str) -> Any:
        """The JSON that the WebUI answers at `path`, one of its own or an extension's."""
        answer = httpx.get(f"{self.url}/{path}", timeout=CALL_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def named(self, what: str) -> str:
        """The setting OMOST_…_`what`; a test without it is skipped."""
        value = setting(self.name, what)
        if value is None:
            pytest.skip(f"OMOST_{self.name.upper()}_{what} is not set")
        return value


def setting(name: str, what: str) -> str | None:
    return os.environ.get(f"OMOST_{name.upper()}_{what}")


@pytest.fixture(scope="session", params=list(HOSTS))
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    with started(request.param, tmp_path_factory.mktemp(request.param) / "log.txt", EXTENSIONS) as running:
        yield running


@contextmanager
def started(name: str, log: Path, extensions: Mapping[str, Path]) -> Iterator[RealHost]:
    """The WebUI with `extensions` (name → folder) among its own while the block runs."""
    folder = setting(name, "DIR")
    if folder is None:
        pytest.skip(f"OMOST_{name.upper()}_DIR names no installed {name}")
    with ExitStack() as stack:
        for extension, source in extensions.items():
            stack.enter_context(_linked(Path(folder) / "extensions" / extension, source))
        stack.enter_context(_settings_kept(Path(folder)))
        output = stack.enter_context(log.open("w"))
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
            _wait_until_ready(url, server, log, "omost" if "omost" in extensions else "")
            yield RealHost(name, url, server.pid, setting(name, "CHECKPOINT"), log, python)
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def _settings_kept(folder: Path) -> Iterator[None]:
    """The WebUI's own settings files are what they were when the block ends."""
    files = [folder / name for name in ("config.json", "ui-config.json")]
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        yield
    finally:
        for file, content in before.items():
            if content is not None:
                file.write_bytes(content)
            else:
                file.unlink(missing_ok=True)


@contextmanager
def _linked(link: Path, source: Path) -> Iterator[None]:
    """The extension among the host's, unless it is installed there already."""
    made = not (link.exists() or link.is_symlink())
    if made:
        link.symlink_to(source, target_is_directory=True)
    try:
        yield
    finally:
        if made:
            link.unlink()


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path, script: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the WebUI ended while it started:\n{log.read_text()[-3000:]}")
        if STARTED not in log.read_text():
            time.sleep(1)  # A1111 ends when a request reaches it before its API is made
            continue
        try:
            scripts = httpx.get(f"{url}/sdapi/v1/scripts", timeout=10)
            if scripts.status_code == 200 and script in [*scripts.json()["txt2img"], ""]:
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
