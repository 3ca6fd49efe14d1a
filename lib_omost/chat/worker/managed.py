"""The managed worker: started when a message needs it, watched while it loads, ended when it is in the way."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lib_omost.chat.model import never
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.memory import Policy
from lib_omost.chat.worker.process import WorkerProcess
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.chat.worker.worker_model import WorkerModel
from lib_omost.errors import WorkerError
from lib_omost.hosts.memory import HostMemory


def _nobody(status: WorkerStatus) -> None:
    """The listener when nobody listens."""


class ManagedWorker:
    """At most one worker process, for one model.

    `policy` may be changed at any time. `on_status` hears what it does while a caller waits for it. Its methods may be
    called from several threads.
    """

    def __init__(
        self,
        spec: ModelSpec,
        *,
        launch: Launch | None = None,
        policy: Policy | None = None,
        memory: HostMemory | None = None,
        on_status: Callable[[WorkerStatus], None] = _nobody,
    ) -> None:
        self.spec = spec
        self._launch = launch or Launch()
        self.policy = policy or Policy()
        self._memory = memory or HostMemory()
        self._on_status = on_status
        self._lock = threading.Lock()  # held to change any of these two, never while something is waited for
        self._process: WorkerProcess | None = None
        self._idle: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the worker, None when there is none."""
        process = self._process
        return process.pid if process is not None and process.is_running else None

    def status(self) -> WorkerStatus:
        """What the worker is doing now, as it last said."""
        process = self._process
        return process.status if process is not None and process.is_running else WorkerStatus(Phase.OFF)

    def ready(self, should_stop: Callable[[], bool] = never) -> WorkerModel | None:
        """The model, once it is loaded; starts the worker if need be. None when stopped before.

        Raises WorkerError when the worker cannot be started, ends, or cannot load the model.
        """
        process = self._process
        if process is not None and not process.is_running:
            self._drop(process)
        if self._process is None:
            self._memory.make_room(self.spec.memory_needed)  # unlocked: it may wait for a picture that wants to unload
        with self._lock:
            self._stop_idling()
            process = self._process = self._process or WorkerProcess(self.spec, self._launch)
        try:
            return self._loaded(process, should_stop)
        except WorkerError:
            self._drop(process)
            raise

    def _loaded(self, process: WorkerProcess, should_stop: Callable[[], bool]) -> WorkerModel | None:
        told: WorkerStatus | None = None
        while not should_stop():
            process.check()
            status = process.status
            if status is not told:
                self._on_status(status)
                told = status
            if status.phase is Phase.FAILED:
                raise WorkerError(status.error, hint=status.hint)
            if status.phase in {Phase.READY, Phase.WRITING}:
                return WorkerModel(process, self.spec, self._drop)
            process.wait(status)
        return None

    def after_message(self) -> None:
        """Call when a message is done, before the picture: the worker ends if it is in the way, else it idles."""
        if self.is_in_the_way():
            self.unload()
            return
        with self._lock:
            self._stop_idling()
            if self._process is not None:
                self._idle = threading.Timer(self.policy.idle_minutes * 60, self._unload_idle)
                self._idle.daemon = True
                self._idle.start()

    def is_in_the_way(self) -> bool:
        """Whether the policy wants the worker to end, now that its message is done."""
        return self.pid is not None and self.policy.must_end(self._memory)

    def unload(self) -> None:
        """End the worker, whatever it is doing; all its memory is free when this returns."""
        if (process := self._process) is not None:
            self._drop(process)

    close = unload

    def _drop(self, process: WorkerProcess) -> None:
        """End this process; one that has taken its place since stays."""
        with self._lock:
            if self._process is process:
                self._stop_idling()
                self._process = None
        process.end()

    def _unload_idle(self) -> None:
        """By the timer; not when a message came as it went off."""
        with self._lock:
            if self._idle is not threading.current_thread():
                return
            process, self._process, self._idle = self._process, None, None
        if process is not None:
            process.end()

    def _stop_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
