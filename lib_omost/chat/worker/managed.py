"""The managed worker: started when a message needs it, watched while it answers, ended when it is in the way."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace

from lib_omost.chat.client.detect import KnownServers, ask
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.forms import CanvasForms
from lib_omost.chat.client.kinds import Constraint, Server, ServerKind
from lib_omost.chat.client.remote_model import RemoteModel
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import Message, Piece, Sampling, never
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.memory import HostMemory, Policy
from lib_omost.chat.worker.process import WorkerProcess
from lib_omost.chat.worker.status import Phase, WorkerStatus, status_from_json
from lib_omost.errors import ServerError, WorkerError

_TICK = 0.1  # seconds between two looks at a worker that is loading


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
        forms: CanvasForms | None,
        *,
        launch: Launch | None = None,
        policy: Policy | None = None,
        memory: HostMemory | None = None,
        on_status: Callable[[WorkerStatus], None] = _nobody,
    ) -> None:
        self.spec = spec
        self._forms = forms
        self._launch = launch or Launch()
        self.policy = policy or Policy()
        self._memory = memory or HostMemory()
        self._on_status = on_status
        self._lock = threading.RLock()
        self._process: WorkerProcess | None = None
        self._endpoint: Endpoint | None = None
        self._idle: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the worker, None when there is none."""
        process = self._process
        return process.pid if process is not None and process.is_running else None

    def status(self) -> WorkerStatus:
        """What the worker is doing now."""
        process, endpoint = self._process, self._endpoint
        if process is None or not process.is_running:
            return WorkerStatus(Phase.OFF)
        if endpoint is None:
            return WorkerStatus(Phase.STARTING)
        try:
            return status_from_json(ask(endpoint, "/status"))
        except (ServerError, ValueError):
            return WorkerStatus(Phase.STARTING if process.is_running else Phase.OFF)

    def ready(self, should_stop: Callable[[], bool] = never) -> WorkerModel | None:
        """The model, once it is loaded; starts the worker if need be. None when stopped before.

        Raises WorkerError when the worker cannot be started, ends, or cannot load the model.
        """
        with self._lock:
            self._stop_idling()
            if self._process is not None and not self._process.is_running:
                self.unload()
            is_off = self._process is None
        if is_off:
            self._memory.make_room(self.spec)  # unlocked: it may wait for a picture, whose start may unload
        with self._lock:
            if self._process is None:
                self._on_status(WorkerStatus(Phase.STARTING))
                token = secrets.token_urlsafe(32)
                self._process = process = WorkerProcess(self.spec, self._launch, token)
            else:
                process, token = self._process, self._endpoint.key if self._endpoint else ""
        if self._endpoint is None:
            try:
                port = process.port(should_stop)
            except WorkerError:
                self.unload()
                raise
            if port is None:
                self.unload()  # nobody waits for it any more
                return None
            self._endpoint = Endpoint(f"http://127.0.0.1:{port}", token, self.spec.name)
        return self._loaded(process, self._endpoint, should_stop)

    def _loaded(
        self, process: WorkerProcess, endpoint: Endpoint, should_stop: Callable[[], bool]
    ) -> WorkerModel | None:
        while not should_stop():
            status = self.status()
            if not process.is_running:
                error = process.why_it_ended()
                self.unload()
                raise error
            self._on_status(status)
            if status.phase is Phase.FAILED:
                self.unload()
                raise WorkerError(status.error, hint=status.hint)
            if status.phase in {Phase.READY, Phase.WRITING}:
                return WorkerModel(
                    self,
                    RemoteModel(
                        endpoint,
                        KnownServers(_worker_server),
                        self._forms,
                        knows_canvas=self.spec.knows_canvas,
                        bounds=self.spec.bounds,
                    ),
                )
            time.sleep(_TICK)
        return None

    def after_message(self) -> None:
        """Call when a message is done, before the picture: the worker ends if it is in the way, else it idles."""
        if self.is_in_the_way():
            self.unload()
            return
        with self._lock:
            self._stop_idling()
            if self._process is not None:
                self._idle = threading.Timer(self.policy.idle_minutes * 60, self.unload)
                self._idle.daemon = True
                self._idle.start()

    def is_in_the_way(self) -> bool:
        """Whether the policy wants the worker to end, now that its message is done."""
        return self.pid is not None and self._memory.must_end(self.policy)

    def unload(self) -> None:
        """End the worker, whatever it is doing; all its memory is free when this returns."""
        with self._lock:
            self._stop_idling()
            process, self._process, self._endpoint = self._process, None, None
        if process is not None:
            process.end()

    close = unload

    def explain(self, error: ServerError) -> ServerError:
        """What a broken request means: the worker may be gone, or have failed for good, and then it is ended."""
        process = self._process
        if process is None:
            return WorkerError("the worker was unloaded", hint="ask again: it starts anew", received=error.received)
        broken = error.status is None
        if broken and _has_ended(process):
            why = process.why_it_ended(error.received)
            self.unload()
            return why
        status = self.status()
        if status.phase is Phase.FAILED:
            self.unload()
            return WorkerError(status.error, hint=status.hint, received=error.received)
        return error

    def _stop_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


class WorkerModel:
    """The `LanguageModel` in a worker. Its errors say what became of the worker."""

    def __init__(self, worker: ManagedWorker, remote: RemoteModel) -> None:
        self._worker = worker
        self._remote = remote
        self._context: int | None = None

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and reply together."""
        return self._remote.context_tokens

    @property
    def knows_canvas(self) -> bool:
        """Whether the model was trained to write canvases."""
        return self._remote.knows_canvas

    @property
    def bounds(self) -> Bounds | None:
        """What a reply is held to."""
        return self._remote.bounds

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, exactly."""
        return self._remote.count_tokens(messages)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: str | None = None,
    ) -> Generator[Piece, None, None]:
        """Yield the reply as it is written. Raises WorkerError, with what had come, when the worker fails."""
        try:
            with closing(self._remote.stream(messages, sampling, should_stop, grammar)) as pieces:
                yield from pieces
        except ServerError as error:
            raise self._worker.explain(error) from error


def _worker_server(endpoint: Endpoint) -> Server:
    """What our own worker is known to be; only its context must be asked for."""
    listed = ask(endpoint, "/v1/models")
    return replace(
        Server(ServerKind.WORKER, Constraint.LARK, (endpoint.model,)),
        context_tokens=listed["data"][0]["context_tokens"],
    )


def _has_ended(process: WorkerProcess) -> bool:
    """Whether a process is gone, or goes within a moment: its connection breaks before its end is known."""
    over = time.monotonic() + 1
    while process.is_running and time.monotonic() < over:
        time.sleep(0.02)
    return not process.is_running
