"""The one chat behind a page: which models there are, one message at a time, and the worker between messages."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.remote_model import server_model
from lib_omost.chat.client.seeing import see
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.model import LanguageModel, Sampling, never
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.service.events import INSTALLING, End, Event, Failed, Note, Status, status_of
from lib_omost.chat.service.listing import (
    ON_SERVER,
    ModelState,
    endpoint_of,
    find_local,
    find_on_server,
    is_of_canvases,
    list_models,
)
from lib_omost.chat.service.meanwhile import meanwhile
from lib_omost.chat.service.message import Writing
from lib_omost.chat.service.packages import prepare
from lib_omost.chat.service.settings import ChatRequest, ChatSettings
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import BadInputError, OmostError, ServerError
from lib_omost.hosts.memory import HostMemory

_MOST_SEED = 2**31 - 1
_NO_COMPOSER = "the composer's weights are missing or damaged, so this reply is poor: install the program anew"
_MADE_WAY = OmostError("the picture needed the language model's memory", hint="go on with the reply afterwards")


class ChatService:
    """Answers one message at a time; its methods may be called from any thread.

    `settings` is asked anew for every message. `launch` is how a worker is started; folder of packages, device and
    downloads come from the settings.
    """

    def __init__(
        self,
        settings: Callable[[], ChatSettings],
        memory: HostMemory | None = None,
        launch: Launch | None = None,
    ) -> None:
        self._settings = settings
        self._memory = memory or HostMemory()
        self._launch = launch or Launch()
        self._servers = KnownServers()
        self._turn = threading.Lock()  # held while a message is written
        self._closed = threading.Event()
        self._on_status: Callable[[Status], None] = _nobody
        self._last: Status | None = None  # of the message that is being written
        self._made_way = False  # whether the message's worker was ended for a picture
        self._worker: ManagedWorker | None = None
        self._started_with: tuple[object, ...] = ()

    def models(self) -> list[ModelState]:
        """Every model that a message may name. Waits some seconds for a server that does not answer."""
        worker = self._worker
        running = worker.spec if worker is not None and _is_loaded(worker) else None
        return list_models(self._settings(), running)

    def chosen(self) -> str:
        """The name, as `models` lists it, of the one that answers when a message names none. Raises BadInputError."""
        settings = self._settings()
        if settings.model.startswith(ON_SERVER):
            return settings.model
        return find_local(settings, settings.model).name

    def status(self) -> Status:
        """What is going on now."""
        last, worker = self._last, self._worker
        if last is not None and last.phase == INSTALLING:
            return last
        return status_of(worker.status() if worker is not None else WorkerStatus(Phase.OFF))

    def write(self, request: ChatRequest, should_stop: Callable[[], bool] = never) -> Iterator[Event]:
        """Begin to answer a message; yields what happens, an `End` or a `Failed` last.

        A reply that is stopped, also by closing the iterator, keeps what has come. Raises BadInputError at once when
        another message is being written, when the message is empty, and for a model that `models` does not list.
        """
        settings = self._settings()
        conversation = Conversation(request.rounds).ask(request.message)
        try:
            chosen = self._chosen(settings, request.model or settings.model)
        except ServerError as error:
            return iter([Failed(str(error), error.hint, request.begun)])
        self._take_turn()
        told = self._in_turn(self._answer(settings, conversation, chosen, request, should_stop))
        next(told)  # says nothing: the work has begun, and has the turn
        return told

    def install(self, should_stop: Callable[[], bool] = never) -> Iterator[Event]:
        """Begin to make the chosen model ready, so that the first message waits for nothing: its packages, its files.

        Yields what happens, an `End` or a `Failed` last. Raises BadInputError at once when a message is being written,
        and for a model of a server.
        """
        settings = self._settings()
        if settings.model.startswith(ON_SERVER):
            raise BadInputError("the chosen model is its server's", hint="there is nothing to install here")
        chosen = find_local(settings, settings.model)
        self._take_turn()
        told = self._in_turn(self._made_ready(settings, chosen, should_stop))
        next(told)
        return told

    def look(self, png: bytes, question: str, model: str = "", should_stop: Callable[[], bool] = never) -> str:
        """What a model of the owner's server answers to a question about a picture; "" when it was stopped.

        `model` is as `models` lists it; one of this computer sees nothing, and the server's own looks. Raises
        BadInputError when there is no server or no such model, ServerError when it does not answer or sees nothing.
        """
        settings = self._settings()
        names = (name for name in (model, settings.model) if name.startswith(ON_SERVER))
        name = next(names, "")
        endpoint = find_on_server(settings, name, self._servers) if name else endpoint_of(settings)
        return see(endpoint, self._servers, png, question, lambda: should_stop() or self._closed.is_set())

    def before_picture(self) -> None:
        """Call before a picture is made: its share of the graphics memory is given back.

        A worker that idles ends if the policy wants it to; one that writes, only when memory is short.
        """
        worker = self._worker
        if worker is not None and worker.pid is not None:
            writes = self._turn.locked()
            if self._memory.is_short() if writes else worker.is_in_the_way():
                self._made_way = writes
                worker.unload()
        self._memory.take_back()

    def unload(self) -> None:
        """End the worker; a message that it is writing fails and keeps what has come."""
        worker = self._worker
        if worker is not None:
            worker.unload()

    def close(self) -> None:
        """End the message that is being written and the worker, for good."""
        self._closed.set()
        self.unload()
        self._memory.take_back()

    def _chosen(self, settings: ChatSettings, name: str) -> ModelSpec | Endpoint:
        if name.startswith(ON_SERVER):
            return find_on_server(settings, name, self._servers)
        return find_local(settings, name)

    def _take_turn(self) -> None:
        if self._closed.is_set() or not self._turn.acquire(blocking=False):
            raise BadInputError("another message is being written", hint="wait for its end, or stop it")

    def _in_turn(self, answer: Generator[Event, None, Event]) -> Iterator[Event]:
        """All events of a message, in the thread that asks for them; the turn is given back however it ends."""
        try:
            last = yield from answer
        finally:
            self._last = None
            self._turn.release()  # before the end is told: the next message may follow at once
        yield last

    def _answer(
        self,
        settings: ChatSettings,
        conversation: Conversation,
        chosen: ModelSpec | Endpoint,
        request: ChatRequest,
        should_stop: Callable[[], bool],
    ) -> Generator[Event, None, Event]:
        """What happens before the last event of a message, and that one."""
        left = threading.Event()

        def is_over() -> bool:
            if should_stop() or self._closed.is_set():
                left.set()  # for good, whatever is answered later
            return left.is_set()

        def opened(tell: Callable[[Status], None]) -> LanguageModel | None:
            return self._opened(settings, chosen, is_over, tell)

        writing = Writing(conversation, request.begun, request.unlike, is_reviewed=settings.is_reviewed)
        self._made_way = False
        seed = random.randint(0, _MOST_SEED) if request.seed is None else request.seed  # told, so that it comes again
        try:
            model = yield from meanwhile(opened, left.set, begun=Status("", ""))
            if model is not None and not is_over():
                self._last = Status(Phase.WRITING.value, Phase.WRITING.value)
                yield self._last
                if isinstance(chosen, ModelSpec) and chosen.source is Source.EMBEDDED and not model.composes:
                    yield Note(_NO_COMPOSER)
                yield from writing.events(model, replace(_sampling(request, model), seed=seed), is_over)
        except OmostError as error:
            if is_over():
                return End(writing.reply(), seed)
            why = _MADE_WAY if self._made_way else error
            return Failed(str(why), why.hint, writing.reply())
        except Exception as error:  # noqa: BLE001 (whatever a library raises: the page must hear of the end)
            return Failed(f"the message failed: {error}", "ask again", writing.reply())
        finally:
            if isinstance(chosen, ModelSpec) and self._worker is not None:
                self._worker.after_message()
        return End(writing.reply(), seed, writing.does_less())

    def _made_ready(
        self, settings: ChatSettings, spec: ModelSpec, should_stop: Callable[[], bool]
    ) -> Generator[Event, None, Event]:
        """What happens before the last event, and that one."""
        left = threading.Event()

        def is_over() -> bool:
            if should_stop() or self._closed.is_set():
                left.set()
            return left.is_set()

        try:
            yield from meanwhile(
                lambda tell: self._opened(settings, spec, is_over, tell), left.set, begun=Status("", "")
            )
        except OmostError as error:
            return End("", 0) if is_over() else Failed(str(error), error.hint, "")
        except Exception as error:  # noqa: BLE001 (whatever a library raises: the page must hear of the end)
            return Failed(f"the language model cannot be installed: {error}", "try again", "")
        finally:
            if self._worker is not None:
                self._worker.after_message()
        return End("", 0)

    def _prepared(self, settings: ChatSettings, spec: ModelSpec, is_over: Callable[[], bool]) -> ManagedWorker:
        """The worker for a model, with its packages there, in place of one that is no longer wanted."""
        launch = replace(
            self._launch,
            overlay=settings.overlay,
            kept=settings.kept,
            device=settings.device,
            offline=settings.offline,
        )
        wanted = (spec, launch)
        if self._worker is not None and self._started_with != wanted:
            self._worker.close()
            self._worker = None
        prepare(settings.overlay, spec, self._installing, is_over)
        if self._worker is None:
            self._started_with = wanted
            self._worker = ManagedWorker(
                spec,
                launch=launch,
                memory=self._memory,
                on_status=lambda status: self._on_status(status_of(status)),
            )
        self._worker.policy = settings.policy
        return self._worker

    def _opened(
        self,
        settings: ChatSettings,
        chosen: ModelSpec | Endpoint,
        is_over: Callable[[], bool],
        tell: Callable[[Status], None],
    ) -> LanguageModel | None:
        """The model, ready to write; None when stopped before. `tell` hears each status that is news."""

        def news(status: Status) -> None:
            if status != self._last:
                self._last = status
                tell(status)

        if isinstance(chosen, Endpoint):
            knows_canvas = is_of_canvases(settings, chosen)
            return server_model(chosen, self._servers, knows_canvas=knows_canvas, plans=settings.server_plans)
        self._on_status = news
        return self._prepared(settings, chosen, is_over).ready(is_over)

    def _installing(self, text: str) -> None:
        self._on_status(Status(f"installing what it needs: {text}", INSTALLING))


def _nobody(status: Status) -> None:
    """The listener between messages."""


def _is_loaded(worker: ManagedWorker) -> bool:
    return worker.status().phase in {Phase.READY, Phase.WRITING}


def _sampling(request: ChatRequest, model: LanguageModel) -> Sampling:
    """A model that was not trained to write canvases digresses unless it takes the likeliest tokens."""
    return request.sampling(Sampling.temperature if model.knows_canvas else 0.0)
