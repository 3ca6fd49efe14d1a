"""The language model that the command line's options name, open for as long as a block runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lib_omost.chat.model import LanguageModel
from lib_omost.chat.models.catalogue import EMBEDDED, ModelSpec, Source, find_model

if TYPE_CHECKING:
    from lib_omost.chat.service import ChatService
    from lib_omost.chat.worker.status import WorkerStatus

KEY_VARIABLE = "OMOST_API_KEY"  # of the environment: a command line can be read by every user of the computer


@contextlib.contextmanager
def open_server_model(url: str, model: str, *, knows_canvas: bool) -> Iterator[LanguageModel]:
    """A model of a server that the user runs; "" is the first one that it lists. Raises OmostError."""
    from lib_omost.chat.client.detect import KnownServers
    from lib_omost.chat.client.endpoint import Endpoint
    from lib_omost.chat.client.remote_model import server_model

    endpoint = Endpoint(url, os.environ.get(KEY_VARIABLE, ""), model)
    yield server_model(endpoint, KnownServers(), knows_canvas=knows_canvas)


@contextlib.contextmanager
def page_chats(model: str | None, server: str | None) -> Iterator[ChatService]:
    """What writes replies for the page; its worker ends with the block."""
    from lib_omost.chat.service import ChatService, ChatSettings

    settings = ChatSettings(model or EMBEDDED.name, server or "", os.environ.get(KEY_VARIABLE, ""))
    service = ChatService(lambda: settings)
    try:
        yield service
    finally:
        service.close()


@contextlib.contextmanager
def open_worker_model(
    spec: ModelSpec, on_status: Callable[[WorkerStatus], None], *, offline: bool = False
) -> Iterator[LanguageModel]:
    """A model in a worker process, which is ended after the block. Raises OmostError."""
    from lib_omost.chat.worker.launch import Launch
    from lib_omost.chat.worker.managed import ManagedWorker

    worker = ManagedWorker(spec, launch=Launch(offline=offline), on_status=on_status)
    try:
        model = worker.ready()
        assert model is not None  # nothing stops it here but an exception
        yield model
    finally:
        worker.close()


@contextlib.contextmanager
def open_model_here(spec: ModelSpec) -> Iterator[LanguageModel]:
    """A model in this process, for a command that needs torch anyway: a worker would load that twice."""
    from lib_omost.chat.local.load import load_embedded_model

    if spec.source is not Source.EMBEDDED:
        raise ValueError("only the embedded model is small enough to share a process with a picture")
    yield load_embedded_model()


def named_model(name: str | None, *, omost: bool) -> ModelSpec:
    """The model of `--model` and `--omost`. Raises BadInputError when the name means nothing."""
    return EMBEDDED if name is None else find_model(name, knows_canvas=omost or None)
