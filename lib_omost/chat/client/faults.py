"""What went wrong with a server, as an error that says what to do."""

from __future__ import annotations

import json
from typing import Any

import httpx

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.errors import ServerError, whole_characters

_LONGEST_QUOTE = 300  # characters of what a server says for itself

_REFUSALS = {
    401: ("the server asks for another API key", "set the key that the server was given"),
    403: ("the server does not allow this key to use the model", "check the key and what it may use"),
    404: ("the server has no such model or address", "choose a model from its list, and check the address"),
    408: ("the server gave up waiting", "ask again"),
    413: ("the chat is too long for the server", "start a new chat, or shorten the message"),
    429: ("the server has too many requests, or the account's limit is reached", "wait a little and ask again"),
}


class TooLargeError(ServerError):
    """The server's answer has no end, or is no chat."""

    def __init__(self, most: int) -> None:
        size = f"{most >> 20} MiB" if most >= 2**20 else f"{most} bytes"
        super().__init__(
            f"the server's answer is over {size} and was cut there",
            hint="ask for fewer tokens, or use another model or server",
        )


class GrammarRefusedError(ServerError):
    """The server refuses a grammar without which a reply would be of no use; whole canvases can be asked for."""


def connection_fault(endpoint: Endpoint, error: Exception) -> ServerError:
    """The error for a connection that could not be made or broke."""
    said = endpoint.without_key(str(error)).strip()
    because = f": {said}" if said else ""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return ServerError(
            f"no server answers at {endpoint.root}{because}",
            hint="start the server, or correct its address",
        )
    if isinstance(error, httpx.TimeoutException):
        return ServerError(f"the server at {endpoint.root} takes nothing more{because}", hint="ask again")
    if isinstance(error, httpx.HTTPError):
        return ServerError(
            f"the connection to {endpoint.root} broke{because}",
            hint="what has come is kept; continue it or ask again, and see the server's log if it happens again",
        )
    return ServerError(f"the request to {endpoint.root} failed ({type(error).__name__}){because}", hint="ask again")


def refusal(endpoint: Endpoint, status: int, body: str) -> ServerError:
    """The error for an HTTP status that is no success."""
    if status >= 500:
        what, hint = "the server failed", "see the server's log; a smaller model or a shorter chat may fit its memory"
    elif 300 <= status < 400:
        what, hint = "the server sends elsewhere", "set the address that it sends to, if you trust it"
    else:
        what, hint = _REFUSALS.get(status, ("the server refused the request", "see what it says, or try another model"))
    return ServerError(f"{what} (HTTP {status}){_quote(endpoint, body)}", hint=hint, status=status)


def reported(endpoint: Endpoint, error: Any) -> ServerError:
    """The error for one that the server reports within its stream."""
    code = error.get("code") if isinstance(error, dict) else None
    return ServerError(
        f"the server broke off{_quote(endpoint, json.dumps({'error': error}))}",
        hint="see what it says; a smaller model or a shorter chat may help",
        status=code if isinstance(code, int) and 400 <= code < 600 else None,
    )


def no_text(endpoint: Endpoint, refused: str, tool: str) -> ServerError:
    """The error for an answer without a word of a reply: the model refuses, or calls a tool."""
    if refused:
        return ServerError(refusal_note(endpoint, refused), hint="ask in other words, or choose another model")
    name = endpoint.without_key(tool)[:80]
    return ServerError(
        f"the model calls a tool{'' if tool == '?' else f', {name!r},'} instead of writing a canvas",
        hint="switch its tools off on the server, or choose another model",
    )


def refusal_note(endpoint: Endpoint, refused: str) -> str:
    """What a model says instead of a reply, or behind one."""
    said = endpoint.without_key(whole_characters(refused))
    return f"the model refuses: {' '.join(said.split())[:_LONGEST_QUOTE]}"


def not_a_stream(endpoint: Endpoint, content_type: str) -> ServerError:
    """The error for an answer of a type that no chat has."""
    kind = endpoint.without_key(content_type)[:80] or "no content type"
    return ServerError(
        f"{endpoint.root} answers with {kind!r}, not with a chat",
        hint="check the address: it must be that of an OpenAI-compatible server",
    )


def malformed(endpoint: Endpoint, data: str) -> ServerError:
    """The error for a piece of the stream that cannot be read."""
    return ServerError(
        f"the server's stream cannot be read at {endpoint.without_key(data)[:60]!r}",
        hint="what has come is kept; ask again, and update the server if it happens again",
    )


def _quote(endpoint: Endpoint, body: str) -> str:
    """What the server says for itself, in one line; nothing of a web page."""
    said = _message(body)
    said = " ".join(endpoint.without_key(said).split())
    return f": {said[:_LONGEST_QUOTE]}" if said else ""


def _message(body: str) -> str:
    try:
        data = json.loads(body)
    except (json.JSONDecodeError, RecursionError):
        return "" if body.lstrip().startswith("<") else body
    about = ""
    for name in ("error", "detail", "message"):
        if isinstance(data, dict) and data.get(name):
            about = data["param"] if isinstance(data.get("param"), str) else about
            data = data[name]
    if isinstance(data, str) and about and about not in data:
        return f"{data} ({about})"
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
