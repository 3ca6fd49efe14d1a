from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker
from lib_omost.chat.worker.memory import End, HostMemory, Policy
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ServerError, WorkerError

Make = Callable[..., ManagedWorker]
ASK = (Message("user", "hello"),)
PATIENCE = 60  # seconds; the machine may be busy


def said(worker: ManagedWorker) -> str:
    model = worker.ready()
    assert model is not None
    return "".join(piece.text for piece in model.stream(ASK, Sampling(seed=7), grammar="start: /x/"))


def fault(worker: ManagedWorker) -> ServerError:
    with pytest.raises(ServerError) as caught:
        said(worker)
    assert caught.value.hint
    return caught.value


def wait_until(true: Callable[[], bool]) -> None:
    over = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < over
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_it_starts_with_the_first_message_and_answers_the_next_ones(worker: Make) -> None:
    heard: list[WorkerStatus] = []
    one = worker(on_status=heard.append)
    assert one.pid is None
    assert one.status().phase is Phase.OFF
    assert said(one) == "hello 7 start: /x/"
    first = one.pid
    assert said(one) == "hello 7 start: /x/"
    assert one.pid == first
    phases = [status.phase for status in heard]
    assert phases[0] is Phase.STARTING
    assert phases[-1] is Phase.READY
    status = one.status()
    assert (status.phase, status.done) == (Phase.READY, 18)
    assert "tokens/s" in status.line()
    model = one.ready()
    assert model is not None
    assert (model.context_tokens, model.knows_canvas, model.count_tokens(ASK)) == (8191, True, 5)


def test_unloading_ends_the_process_and_the_next_message_starts_another(worker: Make) -> None:
    one = worker()
    said(one)
    first = one.pid
    assert first is not None
    one.unload()
    assert is_gone(first)
    assert one.status().phase is Phase.OFF
    said(one)
    assert one.pid != first


@pytest.mark.parametrize("name", ["killed", "crash", "oom", "error"])
def test_a_failure_in_mid_reply_keeps_what_came_and_the_next_message_works(worker: Make, name: str) -> None:
    one = worker(name)
    error = fault(one)
    assert error.received == "hell"
    expected = {
        "killed": "ran out of memory and its worker has ended",
        "crash": "ended unexpectedly (code 3): Segmentation fault in a kernel",
        "oom": "ran out of memory: CUDA out of memory",
        "error": "the grammar cannot be followed",
    }
    assert expected[name] in str(error)
    assert isinstance(error, WorkerError) == (name != "error")
    assert ("smaller model" in error.hint) == (name in {"killed", "oom"})
    assert (one.pid is None) == (name != "error")  # out of memory, all of it is given back
    assert fault(one).received == "hell"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("load-oom", "ran out of memory", "smaller model"),
        ("load-error", "no chat template", "instruct"),
        ("load-crash", "ended unexpectedly (code 7)", "starts anew"),
    ],
)
def test_a_model_that_cannot_be_loaded(worker: Make, name: str, message: str, hint: str) -> None:
    one = worker(name)
    error = fault(one)
    assert message in str(error)
    assert hint in error.hint
    assert one.pid is None


def test_a_port_that_is_taken(worker: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = fault(worker(port=port))
    assert f"port {port} is taken" in str(error)
    assert "0 for a free one" in error.hint


def test_a_program_that_cannot_be_started() -> None:
    spec = ModelSpec("x", Source.PATH, "x")
    one = ManagedWorker(spec, None, launch=Launch(command=("/no/such/program",)))
    assert "cannot be started" in str(fault(one))


def test_progress_is_told_and_waiting_can_be_stopped(worker: Make) -> None:
    heard: list[WorkerStatus] = []
    one = worker("slow", on_status=heard.append)
    assert one.ready(should_stop=lambda: heard[-1:] != [] and heard[-1].phase is Phase.DOWNLOADING) is None
    assert heard[-1].line() == "downloading 5.0 MB of 20.0 MB, 2.5 MB/s"
    assert one.pid is not None


def test_a_stopped_reply_ends_in_the_worker_too(worker: Make) -> None:
    one = worker("endless")
    model = one.ready()
    assert model is not None
    got: list[str] = []
    for piece in model.stream(ASK, Sampling(), should_stop=lambda: len(got) > 3):
        got.append(piece.text)
    wait_until(lambda: one.status().phase is Phase.READY)
    assert one.status().done < 1000


def test_unloading_in_mid_reply_says_so(worker: Make) -> None:
    one = worker("endless")
    model = one.ready()
    assert model is not None
    pieces = model.stream(ASK, Sampling())
    next(pieces)
    threading.Timer(0.2, one.unload).start()
    with pytest.raises(WorkerError, match="was unloaded"):
        list(pieces)


def test_strangers_are_turned_away(worker: Make) -> None:
    one = worker()
    said(one)
    assert one._endpoint is not None
    url, token = one._endpoint.root, one._endpoint.key
    good = {"Authorization": f"Bearer {token}"}

    def get(headers: dict[str, str], path: str = "/status") -> int:
        return httpx.get(url + path, headers=headers, trust_env=False).status_code

    assert get(good) == 200
    assert get({}) == 401
    assert get({"Authorization": "Bearer guess"}) == 401
    assert get({"Authorization": "Bearer ключ".encode()}) == 401  # type: ignore[dict-item]
    assert get({**good, "Host": "evil.example"}) == 403
    assert get({**good, "Host": f"evil.example:{url.rpartition(':')[2]}"}) == 403
    assert get(good, "/nothing") == 404
    assert len(token) >= 32
    assert token not in " ".join(psutil.Process(one.pid).cmdline())
    assert token not in json.dumps(psutil.Process(one.pid).environ())
    (listening,) = [each for each in psutil.Process(one.pid).net_connections() if each.status == psutil.CONN_LISTEN]
    assert listening.laddr.ip == "127.0.0.1"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"messages": 3}',
        b'{"messages": [{"role": "god", "content": "x"}]}',
        b'{"messages": [{"role": "user", "content": 7}]}',
        b'{"messages": [], "temperature": 99}',
        b'{"messages": [], "grammar": 5}',
    ],
)
def test_odd_requests_are_refused(worker: Make, body: bytes) -> None:
    one = worker()
    one.ready()
    assert one._endpoint is not None
    url = one._endpoint.root + "/v1/chat/completions"
    assert httpx.post(url, content=body, headers=one._endpoint.headers, trust_env=False).status_code == 400


def test_it_ends_after_idle_minutes(worker: Make) -> None:
    one = worker(policy=Policy(idle_minutes=0.2 / 60, end=End.NEVER))
    said(one)
    pid = one.pid
    assert pid is not None
    one.after_message()
    wait_until(lambda: is_gone(pid))
    assert said(one) == "hello 7 start: /x/"


@pytest.mark.parametrize(
    ("end", "free", "stays"),
    [(End.ALWAYS, None, False), (End.NEVER, 1, True), (End.WHEN_SHORT, 99, False), (End.WHEN_SHORT, 100, True)],
)
def test_it_makes_way_for_the_picture(worker: Make, end: End, free: int | None, stays: bool) -> None:
    memory = HostMemory(free_bytes=lambda: free, picture_memory_needed=lambda: 100)
    one = worker(policy=Policy(end=end), memory=memory)
    said(one)
    one.after_message()
    assert (one.pid is not None) is stays


@pytest.mark.parametrize(("free", "asked"), [(None, []), (99, [100]), (100, [])])
def test_the_host_is_asked_for_memory_only_when_it_is_short(worker: Make, free: int | None, asked: list[int]) -> None:
    freed: list[int] = []
    memory = HostMemory(lambda: free, freed.append, worker_memory_needed=lambda spec: spec.size)
    said(worker(memory=memory))
    assert freed == asked


PARENT = """
import sys, time
sys.path.insert(0, {root!r})
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker
worker = ManagedWorker(ModelSpec("w", Source.PATH, {name!r}), None, launch=Launch(command={child!r}))
stop = (lambda: worker._endpoint is not None) if {name!r} == "slow" else (lambda: False)
worker.ready(stop)
print(worker.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("name", ["good", "slow"])
def test_no_orphan_is_left_when_the_parent_is_killed(name: str) -> None:
    child = (sys.executable, str(Path(__file__).with_name("fake_child.py")))
    code = PARENT.format(root=str(Path(__file__).parents[3]), name=name, child=child)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)
    os.kill(parent.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    parent.wait()
    wait_until(lambda: is_gone(pid))  # by itself it would stay for ten minutes
    parent.stdout.close()
