"""The one model of a worker: loaded, then given one order after the other, and what it is doing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lib_omost.chat.model import LanguageModel
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import Device, spec_from_json
from lib_omost.chat.worker.lines import Answer, Ended, read_chat, read_messages
from lib_omost.chat.worker.memory import WHAT_TO_TRY, is_out_of_memory
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import OmostError

_PAUSE = 0.2  # seconds at least between two statuses of one phase


@dataclass(frozen=True)
class Order:
    """What to load, and how; `report` is told the status while it goes on. `kept` is as in `Launch`."""

    spec: ModelSpec
    device: Device
    offline: bool
    kept: Path | None = None
    report: Callable[[WorkerStatus], None] = lambda status: None  # noqa: ARG005 (the signature is the contract)


Load = Callable[[Order], LanguageModel]
Say = Callable[[Answer, int | None], None]


def read_load(order: Mapping[str, Any]) -> Order:
    """The first order. Raises ValueError, TypeError or KeyError when it is none."""
    kept = None if order["kept"] is None else Path(order["kept"])
    return Order(spec_from_json(order["model"]), Device(order["device"]), bool(order["offline"]), kept)


class Engine:
    """A model that is being loaded, ready, or failed. `say` sends an answer to the order of a number, or to none."""

    def __init__(self, order: Order, load: Load, say: Say) -> None:
        self._order = order
        self._load = load
        self._say = say
        self._orders: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._stops: dict[int, threading.Event] = {}  # by the number of the chat that they stop
        self._status = WorkerStatus(Phase.OFF)
        self._reported = 0.0

    def take(self, order: Mapping[str, Any]) -> None:
        """Hear an order: a stop counts at once, also within a forward pass; all others wait for their turn.

        Raises TypeError when it has no number.
        """
        number = order.get("id")
        if not isinstance(number, int):
            raise TypeError("it has no number")
        if order.get("order") != "stop":
            self._stops[number] = threading.Event()
            self._orders.put(order)
        elif number in self._stops:
            self._stops[number].set()

    def run(self) -> None:
        """Load the model, then answer orders for ever: one at a time, since its cache is one conversation's."""
        self._report(WorkerStatus(Phase.STARTING))
        model: LanguageModel | None = None
        try:
            model = self._load(replace(self._order, report=self._report))
            self._report(_of(model, Phase.READY))
        except Exception as error:  # noqa: BLE001 (whatever a library raises, the parent must be able to tell of it)
            self._report(_failed(error))
        while True:
            order = self._orders.get()
            if model is None or self._status.phase is Phase.FAILED:
                ended = Ended(error=self._status.error, hint=self._status.hint)
            else:
                ended = self._answer(model, order)
            self._say(ended, order["id"])
            del self._stops[order["id"]]

    def _answer(self, model: LanguageModel, order: Mapping[str, Any]) -> Ended:
        """The last answer to an order, whatever happens; out of memory, the model has failed for good."""
        try:
            if order["order"] == "count":
                return Ended(model.count_tokens(read_messages(order)))
            return self._chat(model, order)
        except Exception as error:  # noqa: BLE001 (as when loading)
            failed = _failed(error)
            if is_out_of_memory(failed.error):
                self._report(failed)
            return Ended(error=failed.error, hint=failed.hint)

    def _chat(self, model: LanguageModel, order: Mapping[str, Any]) -> Ended:
        if order["order"] != "chat":
            raise ValueError("the order is not known")
        messages, sampling, grammar = read_chat(order)
        first, status = None, _of(model, Phase.WRITING)
        try:
            for piece in model.stream(messages, sampling, self._stops[order["id"]].is_set, grammar):
                now = time.monotonic()
                first = first or (now, piece.tokens)  # what is read before it is no writing
                rate = (piece.tokens - first[1]) / max(now - first[0], 1e-6)
                status = replace(status, done=piece.tokens, per_second=rate)
                self._report(status)
                self._say(piece, order["id"])
        finally:
            self._report(replace(status, phase=Phase.READY))
        return Ended()

    def _report(self, status: WorkerStatus) -> None:
        """Tell the status: every phase, and within one no more often than anyone looks."""
        now = time.monotonic()
        if status.phase is not self._status.phase or now - self._reported > _PAUSE:
            self._reported = now
            self._say(status, None)
        self._status = status


def _of(model: LanguageModel, phase: Phase) -> WorkerStatus:
    return WorkerStatus(phase, context_tokens=model.context_tokens, composes=model.composes)


def _failed(error: Exception) -> WorkerStatus:
    text = str(error) or type(error).__name__
    if is_out_of_memory(f"{type(error).__name__}: {error}"):
        return WorkerStatus(Phase.FAILED, error=f"the language model ran out of memory: {text}", hint=WHAT_TO_TRY)
    if isinstance(error, OmostError):
        return WorkerStatus(Phase.FAILED, error=text, hint=error.hint)
    return WorkerStatus(
        Phase.FAILED, error=f"the language model failed: {text}", hint="ask again, or choose another model"
    )
