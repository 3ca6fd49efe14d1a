"""Children that misbehave in ways that ours does not: what is told, and that nothing is left of them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.worker import process
from lib_omost.chat.worker.managed import ManagedWorker
from lib_omost.chat.worker.memory import EndAfter, Policy
from lib_omost.chat.worker.status import Phase
from lib_omost.errors import ServerError, WorkerError

from .conftest import CHILD
from .test_worker import ASK, fault, is_gone, said, wait_until

Make = Callable[..., ManagedWorker]

LOADED = """
import json, os, signal, sys, time
def say(said, id=None, **fields):
    os.write(1, (json.dumps({"said": said, "id": id, **fields}) + "\\n").encode())
def piece(id, text):
    say("piece", id, text=text, tokens=1, forwards=1, note="")
json.loads(sys.stdin.readline())
say("status", phase="ready", context_tokens=4000)
"""
ANSWERS = """
for line in sys.stdin:
    order = json.loads(line)
    if order["order"] == "end":
        break
    if order["order"] == "chat":
        piece(order["id"], "hel")
        {then}
        piece(order["id"], "lo")
        say("end", order["id"])
"""


def child(code: str) -> dict[str, Any]:
    return {"command": (sys.executable, "-u", "-c", code)}


def loaded(then: str) -> dict[str, Any]:
    return child(LOADED + ANSWERS.format(then=then))


@pytest.mark.parametrize(
    "garbage",
    [
        "os.write(1, b'\\xff\\xfe no JSON\\n')",
        "os.write(1, b'{\\n[]\\n3\\nnull\\n\\n')",
        "os.write(1, b'[' * 100_000 + b'\\n')",  # too deep for the parser
        "os.write(1, b'x' * 9 * 2**20 + b'\\n')",  # longer than anything that is read
        "say('piece', order['id'], text=7, tokens=1, forwards=1, note='')",
        "say('piece', order['id'], text='x')",
        "say('piece', [order['id']], text='x', tokens=1, forwards=1, note='')",
        "say('piece', 999, text='x', tokens=1, forwards=1, note='')",
        "say('status', phase='dancing')",
        "say('end', order['id'], more=1)",
        "say('song')",
        "sys.stderr.write('e' * 2**20)",
    ],
)
def test_what_is_no_answer_is_passed_over(worker: Make, garbage: str) -> None:
    assert said(worker(**loaded(garbage))) == "hello"


@pytest.mark.parametrize(
    ("then", "message"),
    [
        ("os._exit(3)", "ended unexpectedly (code 3): it said nothing"),
        ("sys.stderr.write('no such kernel\\n'); os._exit(0)", "ended unexpectedly (code 0): no such kernel"),
        ('os.write(1, b\'{"said": "piece", "id": 1\'); os._exit(4)', "ended unexpectedly (code 4)"),
        ("os.close(1); time.sleep(600)", "has closed its pipe"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(600)", "ended unexpectedly (code -15)"),
        ("sys.stderr.write('CUDA error: out of memory\\n'); os.kill(os.getpid(), 9)", "the language model ran out of"),
        ("os.kill(os.getpid(), 9)", "was ended by the system (often: out of memory)"),
        ("os._exit(137)", "was ended by the system (often: out of memory)"),
    ],
)
def test_a_child_that_goes_in_mid_reply(worker: Make, then: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_TO_END", 1.0)
    one = worker(**loaded(then))
    model = one.ready()
    assert model is not None
    pid = one.pid
    assert pid is not None
    with pytest.raises(WorkerError) as caught:
        list(model.stream(ASK, Sampling()))
    assert message in str(caught.value)
    assert caught.value.received == "hel"
    assert "ask again" in caught.value.hint or "smaller model" in caught.value.hint
    assert is_gone(pid)
    assert one.status().phase is Phase.OFF


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit('no such module')", "ended unexpectedly (code 1): no such module"),
        ("print('hello')", "ended unexpectedly (code 0): hello"),
        ("import sys; sys.stdin.readline(); sys.exit(2)", "ended unexpectedly (code 2)"),
        (LOADED.replace("say(", "print(", 1) + "sys.exit(6)", "ended unexpectedly (code 1)"),
    ],
)
def test_a_child_that_goes_before_it_is_ready(worker: Make, code: str, message: str) -> None:
    assert message in str(fault(worker(**child(code))))


def test_a_child_that_goes_when_it_is_to_count(worker: Make) -> None:
    model = worker("count-crash").ready()
    assert model is not None
    with pytest.raises(WorkerError, match=r"code 5"):
        model.count_tokens(ASK)


def test_a_child_that_goes_between_two_messages_is_started_anew(worker: Make) -> None:
    one = worker()
    said(one)
    pid = one.pid
    assert pid is not None
    psutil.Process(pid).kill()
    wait_until(lambda: one.pid is None)
    assert one.status().phase is Phase.OFF
    assert said(one) == "hello 7 {'start': 'x'}"


@pytest.mark.parametrize("words", ["", "import os; os.write(1, b'hello\\n' * 5); "])
def test_a_child_that_never_begins_to_answer_is_ended(worker: Make, words: str) -> None:
    one = worker(**child(words + "import time; time.sleep(600)"), patience=0.5)
    assert "does not begin to answer" in str(fault(one))
    assert one.pid is None


def test_a_child_that_heeds_nothing_is_ended_by_force(worker: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_TO_END", 0.5)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    one = worker(**child(deaf + LOADED + "time.sleep(600)"))
    assert one.ready() is not None
    pid = one.pid
    assert pid is not None
    one.unload()
    assert is_gone(pid)


def test_a_child_that_does_not_read_holds_nobody_up(worker: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_TO_END", 0.5)
    one = worker(**child(LOADED + "time.sleep(600)"))
    model = one.ready()
    assert model is not None
    pid = one.pid
    long = (Message("user", "x" * 2**20),)  # more than a pipe holds
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert list(model.stream(long, Sampling(), stop.is_set)) == []
    one.unload()
    assert pid is not None
    assert is_gone(pid)


def test_a_child_that_ignores_a_stop_is_replaced_when_it_is_wanted_again(worker: Make) -> None:
    one = worker("deaf", patience=5)
    model = one.ready()
    assert model is not None
    first = one.pid
    got: list[Piece] = []
    for piece in model.stream(ASK, Sampling(), lambda: len(got) > 3):
        got.append(piece)
    assert one.status().phase is Phase.WRITING
    with pytest.raises(WorkerError, match="does not stop its last reply"):
        list(model.stream(ASK, Sampling()))  # waits for its turn
    assert one.pid is None
    assert one.ready() is not None
    assert one.pid != first


def test_a_message_that_no_line_can_hold_is_refused_and_the_worker_stays(worker: Make) -> None:
    one = worker()
    model = one.ready()
    assert model is not None
    with pytest.raises(ServerError, match="too long"):
        list(model.stream((Message("user", "x" * 9 * 2**20),), Sampling()))
    assert said(one) == "hello 7 {'start': 'x'}"


def test_a_model_outlives_no_unloading(worker: Make) -> None:
    one = worker()
    model = one.ready()
    assert model is not None
    one.unload()
    for _ in range(2):
        with pytest.raises(WorkerError, match="was unloaded"):
            list(model.stream(ASK, Sampling()))
    assert said(one) == "hello 7 {'start': 'x'}"
    with pytest.raises(WorkerError, match="was unloaded"):
        model.count_tokens(ASK)
    assert one.pid is not None  # the model of before took nothing from the one of now


def test_unloading_that_meets_a_start_leaves_a_worker_that_can_start(worker: Make) -> None:
    one = worker()
    asked = 0

    def should_stop() -> bool:
        """Unload once the child has begun, and give up after it."""
        nonlocal asked
        asked += 1
        if asked == 1:
            wait_until(lambda: one.pid is not None)
            time.sleep(2)
            one.unload()
        return asked > 1

    try:
        assert one.ready(should_stop) is None
    except WorkerError as error:
        assert "was unloaded" in str(error)  # noqa: PT017 (either is a way to end)
    replies: list[str] = []
    thread = threading.Thread(target=lambda: replies.append(said(one)), daemon=True)
    thread.start()
    thread.join(60)
    assert replies == ["hello 7 {'start': 'x'}"]


def test_two_that_wait_for_a_start_get_the_same_worker(worker: Make) -> None:
    one = worker("slow-start")
    models: list[object] = []
    threads = [threading.Thread(target=lambda: models.append(one.ready()), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(models) == 4
    assert None not in models
    children = [child for child in psutil.Process().children() if CHILD[1] in child.cmdline()]
    assert [child.pid for child in children] == [one.pid]


def test_two_replies_at_once_come_one_after_the_other(worker: Make) -> None:
    one = worker("slow-echo")
    model = one.ready()
    assert model is not None
    replies: list[str] = []

    def ask(text: str) -> None:
        replies.append("".join(piece.text for piece in model.stream((Message("user", text),), Sampling())))

    threads = [threading.Thread(target=ask, args=(letter * 30,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(replies) == ["a" * 30, "b" * 30]


def test_a_message_that_meets_the_idle_timer_keeps_its_worker(worker: Make) -> None:
    one = worker(policy=Policy(idle_minutes=0.5 / 60, end=EndAfter.NEVER))
    said(one)
    pid = one.pid
    one.after_message()
    timer = one._idle
    assert timer is not None
    model = one.ready()  # as the timer goes off
    timer.function()
    assert model is not None
    assert "".join(piece.text for piece in model.stream(ASK, Sampling(seed=7))) == "hello 7 None"
    assert one.pid == pid
