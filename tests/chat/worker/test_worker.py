from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker
from lib_omost.chat.worker.memory import EndAfter, Policy
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ServerError, WorkerError
from lib_omost.grammar.rules import Grammar, Literal
from lib_omost.hosts.memory import HostMemory

Make = Callable[..., ManagedWorker]
ASK = (Message("user", "hello"),)
GRAMMAR = Grammar({"start": Literal("x")})
PATIENCE = 60  # seconds; the machine may be busy


def said(worker: ManagedWorker) -> str:
    model = worker.ready()
    assert model is not None
    return "".join(piece.text for piece in model.stream(ASK, Sampling(seed=7), grammar=GRAMMAR))


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
    assert said(one) == "hello 7 {'start': 'x'}"
    first = one.pid
    assert said(one) == "hello 7 {'start': 'x'}"
    assert one.pid == first
    phases = [status.phase for status in heard]
    assert set(phases) <= {Phase.STARTING, Phase.READY}  # READY alone where the child was faster than we looked
    assert phases[-1] is Phase.READY
    status = one.status()
    assert (status.phase, status.done) == (Phase.READY, len("hello 7 {'start': 'x'}"))
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
        "killed": "was ended by the system (often: out of memory)",
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


def test_a_program_that_cannot_be_started() -> None:
    spec = ModelSpec("x", Source.PATH, "x")
    one = ManagedWorker(spec, launch=Launch(command=("/no/such/program",)))
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


def test_nothing_listens_and_nobody_else_can_speak_to_it(worker: Make) -> None:
    one = worker("endless")
    model = one.ready()
    assert model is not None
    pieces = model.stream(ASK, Sampling())
    next(pieces)
    assert psutil.Process(one.pid).net_connections() == []
    assert ASK[0].content not in " ".join(psutil.Process(one.pid).cmdline())
    pieces.close()


def test_what_libraries_print_is_no_answer_and_orders_are_not_theirs_to_read(worker: Make) -> None:
    assert said(worker("prints")) == "hello 7 {'start': 'x'}"


def test_tokens_passes_and_notes_come_through(worker: Make) -> None:
    model = worker("noted").ready()
    assert model is not None
    assert list(model.stream(ASK, Sampling())) == [Piece("", 0, 1), Piece("two", 2, 1, "a note")]


def test_the_status_is_what_was_last_heard(worker: Make) -> None:
    one = worker("endless")
    model = one.ready()
    assert model is not None
    pieces = model.stream(ASK, Sampling())
    next(pieces)
    wait_until(lambda: one.status().done > 50)  # nobody reads the pieces meanwhile
    assert one.status().phase is Phase.WRITING
    assert one.status().per_second > 0
    assert one.pid is not None
    psutil.Process(one.pid).suspend()  # it can be asked nothing now
    began = time.process_time()
    for _ in range(1000):
        one.status()
    assert time.process_time() - began < 1
    psutil.Process(one.pid).resume()
    pieces.close()


def test_a_stop_is_heard_within_a_forward_pass(worker: Make) -> None:
    one = worker("slow-pass")
    model = one.ready()
    assert model is not None
    stop = threading.Event()
    for piece in model.stream(ASK, Sampling(), stop.is_set):
        if piece.tokens == 2:
            threading.Timer(0.1, stop.set).start()  # the third pass has begun
    assert one.status().phase is Phase.WRITING  # whoever stops does not wait for the pass
    wait_until(lambda: one.status().phase is Phase.READY)
    assert one.status().done == 3


def test_it_ends_after_idle_minutes(worker: Make) -> None:
    one = worker(policy=Policy(idle_minutes=0.2 / 60, end=EndAfter.NEVER))
    said(one)
    pid = one.pid
    assert pid is not None
    one.after_message()
    wait_until(lambda: is_gone(pid))
    assert said(one) == "hello 7 {'start': 'x'}"


@pytest.mark.parametrize(
    ("end", "free", "stays"),
    [
        (EndAfter.ALWAYS, None, False),
        (EndAfter.NEVER, 1, True),
        (EndAfter.WHEN_SHORT, 99, False),
        (EndAfter.WHEN_SHORT, 100, True),
    ],
)
def test_it_makes_way_for_the_picture(worker: Make, end: EndAfter, free: int | None, stays: bool) -> None:
    memory = HostMemory(free_bytes=lambda: free, picture_memory_needed=lambda: 100)
    one = worker(policy=Policy(end=end), memory=memory)
    said(one)
    one.after_message()
    assert (one.pid is not None) is stays


@pytest.mark.parametrize(("lacking", "is_asked"), [(None, False), (1, True), (0, False)])
def test_the_host_is_asked_for_memory_only_when_it_is_short(worker: Make, lacking: int | None, is_asked: bool) -> None:
    freed: list[int] = []
    free = None if lacking is None else ModelSpec("", Source.PATH, "", size=100).memory_needed - lacking
    one = worker(memory=HostMemory(lambda: free, freed.append))
    said(one)
    assert freed == ([one.spec.memory_needed] if is_asked else [])


PARENT = """
import sys, time
sys.path.insert(0, {root!r})
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker
worker = ManagedWorker(ModelSpec("w", Source.PATH, {name!r}), launch=Launch(command={child!r}))
stop = (lambda: worker.status().phase.value == "downloading") if {name!r} == "slow" else (lambda: False)
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
