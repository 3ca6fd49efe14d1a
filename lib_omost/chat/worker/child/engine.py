"""The one model of a worker: loaded in the background, used by one reply at a time, and what it is doing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from lib_omost.chat.model import LanguageModel, Message, Piece, Sampling
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import Device, spec_from_json
from lib_omost.chat.worker.memory import WHAT_TO_TRY, is_out_of_memory
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ModelError, OmostError


@dataclass(frozen=True)
class Order:
    """What to load, and how; `report` is told the status while it goes on."""

    spec: ModelSpec
    device: Device
    offline: bool
    report: Callable[[WorkerStatus], None]


Load = Callable[[Order], LanguageModel]


class Engine:
    """A model that is being loaded, ready, or failed."""

    def __init__(self, order: dict[str, Any], load: Load) -> None:
        self.spec = spec_from_json(order["model"])
        self._order = Order(self.spec, Device(order["device"]), bool(order["offline"]), self._report)
        self._load = load
        self._status = WorkerStatus(Phase.STARTING)
        self._model: LanguageModel | None = None
        self._turn = threading.Lock()  # one reply at a time: the model's cache is one conversation's

    @property
    def status(self) -> WorkerStatus:
        """What it is doing now."""
        return self._status

    def load(self) -> None:
        """Load the model; what fails is kept in the status."""
        self._report(WorkerStatus(Phase.LOADING))
        try:
            self._model = self._load(self._order)
        except Exception as error:  # noqa: BLE001 (whatever a library raises, the parent must be able to tell of it)
            self._fail(error)
        else:
            self._report(WorkerStatus(Phase.READY))

    def model(self) -> LanguageModel:
        """The model. Raises ModelError while it is not ready."""
        if self._model is None or self._status.phase is Phase.FAILED:
            raise ModelError(
                f"the model is not ready: {self._status.line()}", hint=self._status.hint or "wait a little"
            )
        return self._model

    def stream(
        self, messages: Sequence[Message], sampling: Sampling, should_stop: Callable[[], bool], grammar: str | None
    ) -> Generator[Piece, None, None]:
        """The reply, piece by piece. Raises ModelError when the model fails; out of memory, it fails for good."""
        model = self.model()
        with self._turn:
            started, tokens = time.monotonic(), 0
            try:
                for piece in model.stream(messages, sampling, should_stop, grammar):
                    tokens = piece.tokens
                    self._report(WorkerStatus(Phase.WRITING, done=tokens, per_second=_rate(tokens, started)))
                    yield piece
            except Exception as error:
                if is_out_of_memory(f"{type(error).__name__}: {error}"):
                    self._fail(error)
                    raise ModelError(self._status.error, hint=self._status.hint) from error
                if isinstance(error, OmostError):
                    raise
                raise ModelError(f"the language model failed: {error}", hint="ask again, or in other words") from error
            finally:
                if self._status.phase is not Phase.FAILED:
                    self._report(WorkerStatus(Phase.READY, done=tokens, per_second=_rate(tokens, started)))

    def _report(self, status: WorkerStatus) -> None:
        self._status = status

    def _fail(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        if is_out_of_memory(f"{type(error).__name__}: {error}"):
            failed = WorkerStatus(Phase.FAILED, error=f"the language model ran out of memory: {text}", hint=WHAT_TO_TRY)
        else:
            hint = error.hint if isinstance(error, OmostError) else "see the message, or choose another model"
            failed = WorkerStatus(Phase.FAILED, error=text, hint=hint)
        self._report(failed)


def _rate(tokens: int, started: float) -> float:
    return tokens / max(time.monotonic() - started, 1e-6)
