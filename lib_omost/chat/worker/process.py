"""One child process: started, given orders, listened to, and ended."""

from __future__ import annotations

import collections
import contextlib
import itertools
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

from lib_omost.chat.model import never
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import Launch, load_order
from lib_omost.chat.worker.lines import Answer, Ended, read_answer, read_lines, to_line
from lib_omost.chat.worker.memory import WHAT_TO_TRY, is_out_of_memory
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ServerError, WorkerError

_MOST_LINES = 60  # of what the child says beside its answers
_TICK = 0.05  # seconds between two looks at whether to go on waiting
_TO_END = 3.0  # seconds it gets to end by itself
_NEVER = float("inf")
_KILLED = frozenset({-9, 128 + 9})  # exit codes: by the system, on Linux when memory runs out, but not only then


class WorkerProcess:
    """A child that was started. Any thread may give it orders. Raises WorkerError when it cannot be started.

    `status` is what it last said.
    """

    def __init__(self, spec: ModelSpec, launch: Launch) -> None:
        self.status = WorkerStatus(Phase.STARTING)
        self._patience = launch.patience
        self._words: collections.deque[str] = collections.deque(maxlen=_MOST_LINES)
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._answers: dict[int, queue.SimpleQueue[Answer]] = {}  # for whoever waits, by the number of the order
        self._open = {0: time.monotonic()}  # orders to be ended, and since when: `load`, by its first word
        self._changed = threading.Condition()  # held to change any of these
        self._has_closed = False
        self._ended_by_us = False
        try:
            self._process = subprocess.Popen(
                launch.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=launch.child_environment(),
            )
        except OSError as error:
            raise WorkerError(
                f"the worker cannot be started: {error.strerror or error}", hint="check the Python it is started with"
            ) from error
        self._send(load_order(spec, launch))
        self._threads = [
            _in_thread(self._write, self._process.stdin),
            _in_thread(self._hear, self._process.stdout),
            _in_thread(self._note_all, self._process.stderr),
        ]

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self, known: WorkerStatus) -> None:
        """Wait a moment for another status than `known`."""
        with self._changed:
            self._changed.wait_for(lambda: self.status is not known or self._has_closed, _TICK)

    def check(self) -> None:
        """Raise WorkerError when it has ended, or does not begin or stop in time."""
        if self._has_closed:
            raise self.why_it_ended()
        self._check_patience()

    def ask(self, order: str, should_stop: Callable[[], bool] = never, **fields: Any) -> Iterator[Answer]:
        """The answers to an order, until the last; it is stopped when nobody listens or once `should_stop()` is true.

        Raises ServerError when the order is too long, WorkerError when the child has ended or does not stop what it
        did before.
        """
        number = next(self._numbers)
        try:
            line = to_line({"order": order, "id": number, **fields})
        except ValueError as error:
            raise ServerError("the chat is too long for the worker", hint="start a new chat") from error
        with self._changed:
            answers = self._answers[number] = queue.SimpleQueue()
            self._open[number] = _NEVER
        self._orders.put(line)
        try:
            while not should_stop():
                has_closed = self._has_closed  # then all that it said is in the queue
                try:
                    answer = answers.get(timeout=0 if has_closed else _TICK)
                except queue.Empty:
                    if has_closed:
                        raise self.why_it_ended() from None
                    self._check_patience()
                    continue
                yield answer
                if isinstance(answer, Ended):
                    return
        finally:
            with self._changed:
                del self._answers[number]
                if number in self._open:
                    self._open[number] = time.monotonic()
                    self._send({"order": "stop", "id": number})

    def why_it_ended(self) -> WorkerError:
        """The error for a child that is gone, in words; waits a little for its end and its last lines."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TO_END)
        for thread in self._threads:
            thread.join(_TO_END)
        code, text = self._process.returncode, "\n".join(self._words)
        if self._ended_by_us:
            return WorkerError("the worker was unloaded", hint="ask again: it starts anew")
        if is_out_of_memory(text):
            return WorkerError("the language model ran out of memory and its worker has ended", hint=WHAT_TO_TRY)
        if code in _KILLED:
            return WorkerError(
                "the worker was ended by the system (often: out of memory)",
                hint=f"ask again: it starts anew; if it happens again, {WHAT_TO_TRY}",
            )
        how = "has closed its pipe" if code is None else f"ended unexpectedly (code {code})"
        return WorkerError(
            f"the worker {how}: {self._last_word()}",
            hint="ask again: it starts anew; if it happens again, choose another model or reinstall its packages",
        )

    def end(self) -> None:
        """End it, by asking, then by force; returns when it is gone."""
        with self._changed:
            self._ended_by_us = self._ended_by_us or self.is_running
        self._send({"order": "end"})
        self._orders.put(None)  # closes its lifeline
        for force in (None, self._process.terminate, self._process.kill):
            if force is not None:
                force()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_TO_END)
                break
        for thread in self._threads:
            thread.join(_TO_END)

    def _check_patience(self) -> None:
        with self._changed:
            since, has_begun = min(self._open.values(), default=_NEVER), 0 not in self._open
        if since + self._patience < time.monotonic():
            what = "does not stop its last reply" if has_begun else "does not begin to answer"
            raise WorkerError(f"the worker {what}: {self._last_word()}", hint="ask again: it starts anew")

    def _last_word(self) -> str:
        return self._words[-1][:300] if self._words else "it said nothing"

    def _send(self, order: dict[str, Any]) -> None:
        self._orders.put(to_line(order))

    def _write(self, pipe: IO[bytes]) -> None:
        """On a thread of its own: a child that does not read must not hold up whoever wants it to end."""
        with contextlib.suppress(OSError):
            while (line := self._orders.get()) is not None:
                pipe.write(line)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _hear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in read_lines(pipe):
                try:
                    self._take(*read_answer(line))
                except ValueError:
                    self._note(line)  # somebody prints there before the child has taken its pipes
        with self._changed:
            self._has_closed = True
            self._orders.put(None)
            self._changed.notify_all()

    def _take(self, number: int | None, answer: Answer) -> None:
        with self._changed:
            self._open.pop(0, None)
            if isinstance(answer, WorkerStatus):
                self.status = answer
                self._changed.notify_all()
            elif number in self._answers:
                self._answers[number].put(answer)
            if isinstance(answer, Ended) and number is not None:
                self._open.pop(number, None)

    def _note_all(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in read_lines(pipe):
                self._note(line)

    def _note(self, line: bytes) -> None:
        if line.strip():
            self._words.append(line[:10_000].decode("utf-8", "replace").rstrip())


def _in_thread(work: Callable[[IO[bytes]], None], pipe: IO[bytes] | None) -> threading.Thread:
    assert pipe is not None  # it was asked for
    thread = threading.Thread(target=work, args=(pipe,), name="omost-worker", daemon=True)
    thread.start()
    return thread
