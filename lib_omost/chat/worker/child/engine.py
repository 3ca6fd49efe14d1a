"""The one model of a worker: loaded, then given one order after the other, and what it is doing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.chat.model import LanguageModel, Message, Sampling
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.chat.worker.launch import Device, spec_from_json
from lib_omost.chat.worker.lines import Answer, Counted, Done, Loaded, Refused, read_chat, read_messages
from lib_omost.chat.worker.memory import WHAT_TO_TRY, is_out_of_memory
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import OmostError

_PAUSE = 0.2  # seconds at least between two statuses of one phase


@dataclass(frozen=True)
class Order:
    """What to load, and how; `report` is told the status while it goes on."""

    spec: ModelSpec
    device: Device
    offline: bool
    report: Callable[[WorkerStatus], None] = lambda status: None  # noqa: ARG005 (the signature is the contract)


Load = Callable[[Order], LanguageModel]
Say = Callable[[Answer, int | None], None]


def read_load(order: Mapping[str, Any]) -> Order:
    """The first order. Raises ValueError, TypeError or KeyError when it is none."""
    return Order(spec_from_json(order["model"]), Device(order["device"]), bool(order["offline"]))


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
        except Exception as error:  # noqa: BLE001 (whatever a library raises, the parent must be able to tell of it)
            self._fail(error)
        else:
            self._say(Loaded(model.context_tokens), None)
            self._report(WorkerStatus(Phase.READY))
        while True:
            order = self._orders.get()
            number = order["id"]
            self._say(self._answer(model, order, number), number)
            del self._stops[number]

    def _answer(self, model: LanguageModel | None, order: Mapping[str, Any], number: int) -> Answer:
        """The last answer to an order, whatever happens; the ones before it are said."""
        if model is None or self._status.phase is Phase.FAILED:
            return Refused(self._status.error, self._status.hint)
        try:
            if order.get("order") == "count":
                messages = read_messages(order)
                return self._guarded(lambda: Counted(model.count_tokens(messages)))
            if order.get("order") == "chat":
                chat = read_chat(order)
                return self._guarded(lambda: self._chat(model, number, *chat))
        except (ValueError, TypeError, KeyError) as error:
            return Refused(f"the order cannot be read: {error}", "update the program")
        return Refused("the order is not known", "update the program")

    def _chat(
        self,
        model: LanguageModel,
        number: int,
        messages: Sequence[Message],
        sampling: Sampling,
        grammar: str | None,
    ) -> Answer:
        started, tokens = time.monotonic(), 0
        try:
            for piece in model.stream(messages, sampling, self._stops[number].is_set, grammar):
                tokens = piece.tokens
                self._report(WorkerStatus(Phase.WRITING, done=tokens, per_second=_rate(tokens, started)))
                self._say(piece, number)
        finally:
            self._report(WorkerStatus(Phase.READY, done=tokens, per_second=_rate(tokens, started)))
        return Done()

    def _guarded(self, work: Callable[[], Answer]) -> Answer:
        """What the model answers, or why it failed; out of memory, it fails for good."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 (as when loading)
            if is_out_of_memory(f"{type(error).__name__}: {error}"):
                self._fail(error)
                return Refused(self._status.error, self._status.hint)
            if isinstance(error, OmostError):
                return Refused(str(error), error.hint)
            return Refused(f"the language model failed: {error}", "ask again, or in other words")

    def _report(self, status: WorkerStatus) -> None:
        """Tell the status: every phase, and within one no more often than anyone looks."""
        now = time.monotonic()
        if status.phase is not self._status.phase or now - self._reported > _PAUSE:
            self._reported = now
            self._say(status, None)
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
