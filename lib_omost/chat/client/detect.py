"""Finding out what a server is, by what its published API answers; remembered by address."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace

from lib_omost.chat.client.ask import positive, try_ask
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.facts import facts_of
from lib_omost.chat.client.kinds import Constraint, ModelFacts, Server, ServerKind
from lib_omost.chat.client.learned import Learned
from lib_omost.chat.client.listed import Listed, ListedModel, list_models, read_list
from lib_omost.chat.client.names import in_order
from lib_omost.errors import ServerError

_VLLM_NEW = (0, 11)  # the first version with structured_outputs; 0.12 removed guided_grammar
_OLLAMA_WITH_SCHEMA = (0, 5)


def find_server(endpoint: Endpoint) -> Server:
    """What the server is. Raises ServerError when it cannot be reached or refuses the key."""
    listed = _listed(endpoint)
    models = listed.models
    kind, context = _kind_and_context(endpoint, models)
    constraint = Constraint.NONE if kind is None else kind.constraint
    if kind is ServerKind.OLLAMA and _version(endpoint, "/api/version") < _OLLAMA_WITH_SCHEMA:
        constraint = Constraint.NONE
    names = tuple(model.name for model in models)
    to_chat = in_order(_with_what_is_loaded(endpoint, kind, models))
    facts = {model.name: ModelFacts(model.context_tokens, model.parameters) for model in models}
    return Server(kind or ServerKind.OTHER, constraint, names, context, to_chat, facts, listed.prefix)


def _listed(endpoint: Endpoint) -> Listed:
    """The list of models. `transformers serve` lists its cache and fails at that while there is none; it serves all the
    same."""
    try:
        return list_models(endpoint)
    except ServerError as error:
        if error.status == 500 and _is_transformers_serve(endpoint):
            return Listed("/v1")
        raise


def _kind_and_context(endpoint: Endpoint, models: tuple[ListedModel, ...]) -> tuple[ServerKind | None, int | None]:
    owner = models[0].owner if models else ""
    if owner == "vllm":
        new = _version(endpoint, "/version") >= _VLLM_NEW
        return ServerKind.VLLM if new else ServerKind.VLLM_OLD, None
    of_openai = owner in {"openai", "system", "openai-internal"} and "/" not in models[0].name  # the hub has one, too
    if of_openai or endpoint.root.startswith("https://api.openai.com"):
        return ServerKind.OPENAI, None
    found = _at_a_path_of_its_own(endpoint)
    return found if found is not None else (ServerKind.LLAMA_CPP_PYTHON if owner == "me" else None, None)


def _at_a_path_of_its_own(endpoint: Endpoint) -> tuple[ServerKind, int | None] | None:
    """The servers that answer at a path of their own, asked for what only they say."""
    props = try_ask(endpoint, "/props")
    if "default_generation_settings" in props:
        settings = props["default_generation_settings"]
        return ServerKind.LLAMA_CPP, positive(settings.get("n_ctx")) if isinstance(settings, dict) else None
    info = try_ask(endpoint, "/info")
    if "max_total_tokens" in info:
        return ServerKind.TGI, positive(info["max_total_tokens"])
    if "compatibility_type" in str(try_ask(endpoint, "/api/v0/models").get("data")):
        return ServerKind.LM_STUDIO, None
    if "version" in try_ask(endpoint, "/api/version"):
        return ServerKind.OLLAMA, None
    return (ServerKind.TRANSFORMERS, None) if _is_transformers_serve(endpoint) else None


def _with_what_is_loaded(
    endpoint: Endpoint, kind: ServerKind | None, models: tuple[ListedModel, ...]
) -> tuple[ListedModel, ...]:
    """The models with what the server says beyond the list: which are loaded, and which are none to chat with."""
    if kind is ServerKind.LM_STUDIO:
        return read_list(endpoint, try_ask(endpoint, "/api/v0/models")) or models
    if kind is ServerKind.OLLAMA:
        running = try_ask(endpoint, "/api/ps").get("models")
        loaded = (
            {entry.get("name") for entry in running if isinstance(entry, dict)} if isinstance(running, list) else ()
        )
        return tuple(replace(model, is_loaded=model.name in loaded) for model in models)
    return models


def _is_transformers_serve(endpoint: Endpoint) -> bool:
    """Its OpenAPI description names a path that no other server has."""
    paths = try_ask(endpoint, "/openapi.json").get("paths")
    return isinstance(paths, dict) and {"/load_model", "/v1/chat/completions"} <= paths.keys()


def _version(endpoint: Endpoint, path: str) -> tuple[int, ...]:
    """(0, 11, 2) of `{"version": "0.11.2.dev3"}`; the empty one, older than all, when it cannot be read."""
    return tuple(int(number) for number in re.findall(r"\d+", str(try_ask(endpoint, path).get("version", "")))[:3])


class KnownServers:
    """What each server was found to be, by address, and what its models taught; safe to use from several threads.

    `find` is called once for an address. What the user set in the endpoint goes before what was found.
    """

    def __init__(self, find: Callable[[Endpoint], Server] = find_server) -> None:
        self._find = find
        self._found: dict[str, Server] = {}
        self._refusing: set[str] = set()
        self._learned: dict[tuple[str, str], Learned] = {}
        self._lock = threading.Lock()

    def server(self, endpoint: Endpoint) -> Server:
        """The server of an endpoint. Raises ServerError when it must be asked and does not answer."""
        with self._lock:
            known = self._found.get(endpoint.root)
        if known is None:
            known = self._find(endpoint)
        with self._lock:
            known = self._found.setdefault(endpoint.root, known)
            refusing = endpoint.root in self._refusing
        kind = endpoint.kind or known.kind
        offered = known.constraint if kind is known.kind else kind.constraint
        constraint = Constraint.NONE if refusing else offered
        context = endpoint.context_tokens or known.context_tokens
        return replace(known, kind=kind, constraint=constraint, context_tokens=context)

    def facts(self, endpoint: Endpoint, model: str) -> ModelFacts:
        """What the server says of a model now: it may be loaded otherwise than at the last message."""
        return facts_of(endpoint, self.server(endpoint), model)

    def learned(self, endpoint: Endpoint, model: str) -> Learned:
        """What earlier messages to a model taught."""
        with self._lock:
            return self._learned.get((endpoint.root, model), Learned())

    def learn(self, endpoint: Endpoint, model: str, learned: Learned) -> None:
        """From now on ask this model so."""
        with self._lock:
            self._learned[endpoint.root, model] = learned

    def without_constraint(self, endpoint: Endpoint) -> None:
        """From now on ask this server for no form: it refused the one that its kind offers."""
        with self._lock:
            self._refusing.add(endpoint.root)

    def without_models(self, endpoint: Endpoint) -> None:
        """From now on name this server no model by itself: it serves one, whatever it lists."""
        with self._lock:
            if known := self._found.get(endpoint.root):
                self._found[endpoint.root] = replace(known, models=(), to_chat=())

    def forget(self, endpoint: Endpoint) -> None:
        """Ask again at the next use: another program or model may serve there now."""
        with self._lock:
            self._found.pop(endpoint.root, None)
            self._refusing.discard(endpoint.root)
            self._learned = {key: value for key, value in self._learned.items() if key[0] != endpoint.root}
