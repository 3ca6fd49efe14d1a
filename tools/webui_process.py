"""Installed WebUIs, started on loopback with extensions among their own, and stopped again.

OMOST_A1111_DIR, OMOST_FORGE_DIR, OMOST_REFORGE_DIR, OMOST_CLASSIC_DIR and OMOST_NEO_DIR name their folders; …_PYTHON
the interpreter (default: the folder's own venv), …_ARGS the WebUI's options (default: those for a CPU), …_CHECKPOINT
the checkpoint to draw with (default: the WebUI's). A WebUI must be one that starts: what its `config.json` has to say
for that, as the version that Neo asks for, is its installer's to write.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

COMMON = "--skip-prepare-environment --skip-version-check --skip-python-version-check --api"
STARTED = "Startup time:"  # the last line of every host's start
READY_SECONDS, CALL_SECONDS = 600, 600
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Host:
    """One kind of WebUI: its options, `always` and `on_a_cpu`, and which settings, samplers and models it lacks."""

    name: str
    always: str = "--no-download-sd-model"
    on_a_cpu: str = "--skip-torch-cuda-test --always-cpu --all-in-fp32"
    lacks: frozenset[str] = frozenset()


HOSTS = {
    host.name: host
    for host in (
        Host("A1111", on_a_cpu="--skip-torch-cuda-test --use-cpu all --no-half"),
        Host("Forge"),
        Host("reForge"),
        Host("Classic", lacks=frozenset({"pad_cond_uncond", "batch_cond_uncond", "DPM fast", "SD2"})),
        Host(
            "Neo",
            always="",
            on_a_cpu="--skip-torch-cuda-test --cpu",
            lacks=frozenset({"pad_cond_uncond", "batch_cond_uncond", "DPM fast", "SD2"}),
        ),
    )
}


@dataclass(frozen=True)
class RunningWebUI:
    """A WebUI that runs. `call` posts JSON and gives the answer."""

    name: str
    url: str
    pid: int
    checkpoint: str | None
    log: Path
    python: str

    def call(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """The WebUI's answer to `body`, posted to its API at `path`; pictures are drawn with the test's checkpoint."""
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


def setting(name: str, what: str) -> str | None:
    """The environment variable OMOST_`name`_`what`."""
    return os.environ.get(f"OMOST_{name.upper()}_{what}")


@contextmanager
def started(name: str, log: Path, extensions: Mapping[str, Path]) -> Iterator[RunningWebUI]:
    """The WebUI with `extensions` (name → folder) among its own while the block runs.

    Raises LookupError when the environment names none, RuntimeError when it does not start.
    """
    folder = setting(name, "DIR")
    if folder is None:
        raise LookupError(f"OMOST_{name.upper()}_DIR names no installed {name}")
    with ExitStack() as stack:
        stack.enter_context(_ended_in_order())
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
            arguments = HOSTS[name].on_a_cpu
        command = [python, "launch.py", *shlex.split(f"{COMMON} {HOSTS[name].always} {arguments} --port {port}")]
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, server, log, "omost" if "omost" in extensions else "")
            yield RunningWebUI(name, url, server.pid, setting(name, "CHECKPOINT"), log, python)
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM is as Ctrl-C while the block runs: the WebUI ends with us, and its folder is as it was."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python sets handlers in the main thread alone
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
            raise RuntimeError(f"the WebUI ended while it started:\n{log.read_text()[-3000:]}")
        if STARTED not in log.read_text():
            time.sleep(1)  # A1111 ends when a request reaches it before its API is made
            continue
        try:
            scripts = httpx.get(f"{url}/sdapi/v1/scripts", timeout=10)
            if scripts.status_code == UNAUTHORIZED:  # the API is there, and asks for a password
                return
            if scripts.status_code == 200 and script in [*scripts.json()["txt2img"], ""]:
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(2)
    raise RuntimeError(f"the WebUI was not ready in {READY_SECONDS} s:\n{log.read_text()[-3000:]}")
