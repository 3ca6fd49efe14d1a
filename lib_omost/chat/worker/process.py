"""One child process: started, listened to, and ended."""

from __future__ import annotations

import collections
import contextlib
import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO

from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import PORT_TAKEN, Launch, order_to_json
from lib_omost.chat.worker.memory import WHAT_TO_TRY, is_out_of_memory
from lib_omost.errors import WorkerError

_MOST_LINES = 60  # of what the child wrote to stderr
_TO_LISTEN = 120.0  # seconds; importing torch from a slow disk takes a while
_TO_END = 3.0  # seconds it gets to end by itself


class WorkerProcess:
    """A child that was started. Raises WorkerError when it cannot be started."""

    def __init__(self, spec: ModelSpec, launch: Launch, token: str) -> None:
        self._lines: collections.deque[str] = collections.deque(maxlen=_MOST_LINES)
        self._ports: queue.Queue[int | None] = queue.Queue()
        self._launch = launch
        self._ended_by_us = False
        try:
            self._process = subprocess.Popen(
                launch.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=launch.child_environment(),
            )
        except OSError as error:
            raise WorkerError(
                f"the worker cannot be started: {error.strerror or error}", hint="check the Python it is started with"
            ) from error
        self._readers = [self._read(self._process.stdout, self._heard), self._read(self._process.stderr, self._noted)]
        with contextlib.suppress(OSError):  # it may have ended already, and then says why
            self._stdin.write(json.dumps(order_to_json(spec, launch, token)) + "\n")
            self._stdin.flush()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def port(self, should_stop: Callable[[], bool]) -> int | None:
        """Where it listens; waits until it says so. None when stopped. Raises WorkerError when it ends or is mute."""
        over = time.monotonic() + _TO_LISTEN
        while not should_stop():
            try:
                port = self._ports.get(timeout=0.05)
            except queue.Empty:
                if time.monotonic() > over:
                    raise WorkerError("the worker does not start to listen", hint="see its last lines") from None
                continue
            if port is None:
                raise self.why_it_ended()
            return port
        return None

    def why_it_ended(self, received: str = "") -> WorkerError:
        """The error for a child that is gone, in words; waits a little for its end and its last lines."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TO_END)
        for reader in self._readers:
            reader.join(_TO_END)
        code, text = self._process.returncode, "\n".join(self._lines)
        if self._ended_by_us:
            return WorkerError("the worker was unloaded", hint="ask again: it starts anew", received=received)
        if code == PORT_TAKEN and "cannot be listened at" in text:
            return WorkerError(
                f"port {self._launch.port} is taken by another program", hint="set another port, or 0 for a free one"
            )
        if is_out_of_memory(text) or code in {-signal.SIGTERM - 128, 137} or code == _KILLED:
            return WorkerError(
                "the language model ran out of memory and its worker has ended", hint=WHAT_TO_TRY, received=received
            )
        last = self._lines[-1] if self._lines else "it said nothing"
        return WorkerError(
            f"the worker ended unexpectedly (code {code}): {last[:300]}",
            hint="ask again: it starts anew; if it happens again, choose another model or reinstall its packages",
            received=received,
        )

    def end(self) -> None:
        """End it, by asking, then by force; returns when it is gone."""
        self._ended_by_us = True
        with contextlib.suppress(OSError):
            self._stdin.close()  # its lifeline
        for force in (None, self._process.terminate, self._process.kill):
            if force is not None:
                force()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_TO_END)
                break
        for reader in self._readers:
            reader.join(_TO_END)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None  # it was asked for
        return self._process.stdin

    def _read(self, pipe: IO[str] | None, take: Callable[[IO[str]], None]) -> threading.Thread:
        assert pipe is not None  # it was asked for
        thread = threading.Thread(target=take, args=(pipe,), name="omost-worker-output", daemon=True)
        thread.start()
        return thread

    def _heard(self, pipe: IO[str]) -> None:
        for line in pipe:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a library may print there, too
                self._ports.put(int(json.loads(line)["port"]))
        self._ports.put(None)

    def _noted(self, pipe: IO[str]) -> None:
        for line in pipe:
            if line.strip():
                self._lines.append(line.rstrip())


_KILLED = -9  # by the system, on Linux when memory runs out
