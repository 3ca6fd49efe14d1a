"""The list of a server's models: where it is, and what it says of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.chat.client.ask import NotJsonError, ask, positive
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.limits import QUESTION
from lib_omost.chat.model import never
from lib_omost.errors import ServerError

_NO_SUCH_PATH = frozenset({404, 405})
_LIST = replace(QUESTION, most_bytes=32 * 2**20)  # a service with 1,000 models describes each in a few kilobytes
# tokens of prompt and reply together, by the names that services have for it, the surest first
_CONTEXTS = ("loaded_context_length", "max_model_len", "context_length", "context_window", "max_context_length")


@dataclass(frozen=True)
class ListedModel:
    """What a list says of one model: `context_tokens` and `parameters` are None where it says nothing of them.

    `is_chat` is false for what is said to be of another kind, such as embeddings; `is_loaded` is true where the server
    says so.
    """

    name: str
    owner: str = ""
    context_tokens: int | None = None
    parameters: float | None = None
    is_chat: bool = True
    is_loaded: bool = False


@dataclass(frozen=True)
class Listed:
    """`models` of the API at `prefix` below the server's root."""

    prefix: str
    models: tuple[ListedModel, ...] = ()


def list_models(endpoint: Endpoint, should_stop: Callable[[], bool] = never) -> Listed:
    """The server's models; none where there is no such list, as with older servers.

    Of the places where the API may lie, the one that has a list is taken, else the one that takes messages. Raises
    ServerError when the server cannot be reached, refuses the key or fails.
    """
    prefixes = endpoint.prefixes
    for prefix in prefixes:
        try:
            return Listed(
                prefix, read_list(endpoint, ask(endpoint, f"{prefix}/models", should_stop=should_stop, limits=_LIST))
            )
        except NotJsonError:
            if len(prefixes) == 1 or should_stop():
                raise
        except ServerError as error:
            if error.status not in _NO_SUCH_PATH:
                raise
    taking = [prefix for prefix in prefixes[:-1] if _takes_messages(endpoint, prefix, should_stop)]
    return Listed((*taking, prefixes[-1])[0])


def _takes_messages(endpoint: Endpoint, prefix: str, should_stop: Callable[[], bool]) -> bool:
    """Whether messages may be sent there: an empty request is refused, but not as an unknown path."""
    try:
        ask(endpoint, f"{prefix}/chat/completions", {}, should_stop)
    except NotJsonError:
        return False
    except ServerError as error:
        return error.status is not None and error.status not in _NO_SUCH_PATH
    return True


def read_list(endpoint: Endpoint, answer: Any) -> tuple[ListedModel, ...]:
    """The models in `{"data": […]}`, or in a list alone, as some services answer, that can be shown and asked for.

    A name that holds the key, or is no text, is none.
    """
    entries = answer.get("data") if isinstance(answer, dict) else answer
    known = entries if isinstance(entries, list) else []
    return tuple(_read(entry) for entry in known if isinstance(entry, dict) and _is_name(endpoint, entry.get("id")))


def _is_name(endpoint: Endpoint, name: object) -> bool:
    return isinstance(name, str) and name.isprintable() and not endpoint.betrays(name)


def _read(entry: dict[str, Any]) -> ListedModel:
    meta = entry.get("meta")
    count = positive(meta.get("n_params")) if isinstance(meta, dict) else None
    return ListedModel(
        str(entry["id"]),
        str(entry.get("owned_by", "")),
        next((tokens for name in _CONTEXTS if (tokens := positive(entry.get(name)))), None),
        None if count is None else float(count),
        _is_chat(entry),
        entry.get("state") == "loaded",
    )


def _is_chat(entry: dict[str, Any]) -> bool:
    """What LM Studio, Together (`type`), OpenRouter (`architecture`) and Mistral (`capabilities`) say of it."""
    kind, architecture, capabilities = (entry.get(name) for name in ("type", "architecture", "capabilities"))
    if isinstance(kind, str) and kind not in {"llm", "vlm", "chat", "language", "model", "code", "text"}:
        return False
    out = architecture.get("output_modalities") if isinstance(architecture, dict) else None
    if isinstance(out, list) and "text" not in out:
        return False
    return not (isinstance(capabilities, dict) and capabilities.get("completion_chat") is False)
