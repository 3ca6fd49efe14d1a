"""The `LanguageModel` at the other end of a worker's pipe."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import CONTEXT_TO_TRUST, Message, Piece, Sampling, never
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.models.parameters import is_tiny
from lib_omost.chat.worker.lines import Answer, Ended, chat_fields
from lib_omost.chat.worker.process import WorkerProcess
from lib_omost.chat.worker.status import Phase
from lib_omost.errors import ServerError, WorkerError
from lib_omost.grammar.rules import Grammar


class WorkerModel:
    """The model `spec` in a process that has loaded it. `drop` ends a process that is of no use any more."""

    plans_by_example = False

    def __init__(self, process: WorkerProcess, spec: ModelSpec, drop: Callable[[WorkerProcess], None]) -> None:
        self.knows_canvas: bool = spec.knows_canvas
        self.is_small = is_tiny(spec.name) or spec.source is Source.EMBEDDED
        self.bounds: Bounds | None = spec.bounds
        self.context_tokens = min(CONTEXT_TO_TRUST, process.status.context_tokens)
        self.composes = process.status.composes
        self._process = process
        self._drop = drop

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, exactly. Raises WorkerError or ServerError when the worker fails."""
        answers = self._answers("count", never, messages=[vars(message) for message in messages])
        return next(answer.tokens for answer in answers if isinstance(answer, Ended))

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: Grammar | None = None,
    ) -> Generator[Piece, None, None]:
        """Yield the reply as it is written.

        Raises WorkerError when the worker has come to its end, ServerError when it can go on. Both have what had come
        in `received`.
        """
        received: list[str] = []
        try:
            for answer in self._answers("chat", should_stop, **chat_fields(messages, sampling, grammar)):
                if isinstance(answer, Piece):
                    received.append(answer.text)
                    yield answer
        except ServerError as error:
            error.received = "".join(received)
            raise

    def _answers(self, order: str, should_stop: Callable[[], bool], **fields: object) -> Generator[Answer, None, None]:
        """What the process answers to an order; one that has ended or failed for good is dropped, and its memory."""
        try:
            for answer in self._process.ask(order, should_stop, **fields):
                if isinstance(answer, Ended) and answer.error:
                    has_failed = self._process.status.phase is Phase.FAILED
                    raise (WorkerError if has_failed else ServerError)(answer.error, hint=answer.hint)
                yield answer
        except WorkerError:
            self._drop(self._process)
            raise
