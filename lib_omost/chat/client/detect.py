"""Finding out what a server is, by what its published API answers; remembered by address."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import Constraint, Server, ServerKind
from lib_omost.chat.client.limits import QUESTION
from lib_omost.chat.client.transfer import Call, Opened, transfer
from lib_omost.chat.model import never
from lib_omost.errors import ServerError

_OLLAMA_CONTEXT = 4096  # tokens; what Ollama reads unless it is told otherwise. It drops the rest without a word
_VLLM_NEW = (0, 11)  # the first version with structured_outputs; 0.12 removed guided_grammar
_OLLAMA_WITH_SCHEMA = (0, 5)


def ask(
    endpoint: Endpoint,
    path: str,
    body: dict[str, Any] | None = None,
    should_stop: Callable[[], bool] = never,
) -> Any:
    """The JSON that a path answers with, by POST when there is a body. Raises ServerError when it answers none."""
    data = b""
    for item in transfer(Call(endpoint, path, body), QUESTION, should_stop):
        data += b"" if isinstance(item, Opened) else item
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ServerError(
            f"{endpoint.root}{path} answers with something else than JSON",
            hint="check the address: it must be that of an OpenAI-compatible server",
        ) from None


def find_server(endpoint: Endpoint) -> Server:
    """What the server is. Raises ServerError when it cannot be reached or refuses the key."""
    listed = _list_of_models(endpoint)
    entries = listed.get("data") if isinstance(listed, dict) else None
    listed_models = entries if isinstance(entries, list) else []
    models = [entry for entry in listed_models if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    names = listed_names(endpoint, listed)
    owner = str(models[0].get("owned_by", "")) if models else ""
    kind, context = _kind_and_context(endpoint, owner, models)
    constraint = Constraint.NONE if kind is None else kind.constraint
    if kind is ServerKind.OLLAMA and _version(endpoint, "/api/version") < _OLLAMA_WITH_SCHEMA:
        constraint = Constraint.NONE
    return Server(kind or ServerKind.OTHER, constraint, names, context)


def listed_names(endpoint: Endpoint, listed: Any) -> tuple[str, ...]:
    """The models of a list that can be shown and asked for: a name that holds the key, or is no text, is none."""
    entries = listed.get("data") if isinstance(listed, dict) else None
    ids = [entry.get("id") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return tuple(name for name in ids if isinstance(name, str) and name.isprintable() and not endpoint.betrays(name))


def _list_of_models(endpoint: Endpoint) -> Any:
    """What `/v1/models` answers; None where there is no such path, as with older servers.

    `transformers serve` lists its cache of models and fails at that while there is none; it can serve all the same.
    """
    try:
        return ask(endpoint, "/v1/models")
    except ServerError as error:
        if error.status in {404, 405} or (error.status == 500 and _is_transformers_serve(endpoint)):
            return None
        raise


def _kind_and_context(
    endpoint: Endpoint, owner: str, models: list[dict[str, Any]]
) -> tuple[ServerKind | None, int | None]:
    first = models[0] if models else {}
    if owner == "vllm":
        new = _version(endpoint, "/version") >= _VLLM_NEW
        return ServerKind.VLLM if new else ServerKind.VLLM_OLD, _positive(first.get("max_model_len"))
    of_openai = owner in {"openai", "system", "openai-internal"} and "/" not in first["id"]  # the hub has one, too
    if of_openai or endpoint.root.startswith("https://api.openai.com"):
        return ServerKind.OPENAI, None
    found = _at_a_path_of_its_own(endpoint)
    return found if found is not None else (ServerKind.LLAMA_CPP_PYTHON if owner == "me" else None, None)


def _at_a_path_of_its_own(endpoint: Endpoint) -> tuple[ServerKind, int | None] | None:
    """The servers that answer at a path of their own, asked for what only they say."""
    if isinstance(props := _try(endpoint, "/props"), dict) and "default_generation_settings" in props:
        settings = props["default_generation_settings"]
        return ServerKind.LLAMA_CPP, _positive(settings.get("n_ctx")) if isinstance(settings, dict) else None
    if isinstance(info := _try(endpoint, "/info"), dict) and "max_total_tokens" in info:
        return ServerKind.TGI, _positive(info["max_total_tokens"])
    native = _try(endpoint, "/api/v0/models")
    if isinstance(native, dict) and "compatibility_type" in str(native.get("data")):
        return ServerKind.LM_STUDIO, _loaded_context(native["data"], endpoint.model)
    if isinstance(found := _try(endpoint, "/api/version"), dict) and "version" in found:
        return ServerKind.OLLAMA, _OLLAMA_CONTEXT
    return (ServerKind.TRANSFORMERS, None) if _is_transformers_serve(endpoint) else None


def _is_transformers_serve(endpoint: Endpoint) -> bool:
    """Its OpenAPI description names a path that no other server has."""
    described = _try(endpoint, "/openapi.json")
    paths = described.get("paths") if isinstance(described, dict) else None
    return isinstance(paths, dict) and {"/load_model", "/v1/chat/completions"} <= paths.keys()


def _try(endpoint: Endpoint, path: str) -> Any:
    """What a path answers with, None when it is not there."""
    try:
        return ask(endpoint, path)
    except ServerError:
        return None


def _version(endpoint: Endpoint, path: str) -> tuple[int, ...]:
    """(0, 11, 2) of `{"version": "0.11.2.dev3"}`; the empty one, older than all, when it cannot be read."""
    answer = _try(endpoint, path)
    text = str(answer.get("version", "")) if isinstance(answer, dict) else ""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _loaded_context(entries: list[Any], model: str) -> int | None:
    """Tokens of the model of that name in LM Studio's own list, or of the first one that is loaded."""
    known = [entry for entry in entries if isinstance(entry, dict)]
    chosen = [entry for entry in known if entry.get("id") == model] or [e for e in known if e.get("state") == "loaded"]
    return _positive(chosen[0].get("loaded_context_length")) if chosen else None


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


class KnownServers:
    """What each server was found to be, by address; safe to use from several threads.

    `find` is called once for an address. What the user set in the endpoint goes before what was found.
    """

    def __init__(self, find: Callable[[Endpoint], Server] = find_server) -> None:
        self._find = find
        self._found: dict[str, Server] = {}
        self._refusing: set[str] = set()
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
        return Server(kind, constraint, known.models, endpoint.context_tokens or known.context_tokens)

    def without_constraint(self, endpoint: Endpoint) -> None:
        """From now on ask this server for no form: it refused the one that its kind offers."""
        with self._lock:
            self._refusing.add(endpoint.root)

    def without_models(self, endpoint: Endpoint) -> None:
        """From now on name this server no model by itself: it serves one, whatever it lists."""
        with self._lock:
            if known := self._found.get(endpoint.root):
                self._found[endpoint.root] = replace(known, models=())

    def forget(self, endpoint: Endpoint) -> None:
        """Ask again at the next use: another program or model may serve there now."""
        with self._lock:
            self._found.pop(endpoint.root, None)
            self._refusing.discard(endpoint.root)
