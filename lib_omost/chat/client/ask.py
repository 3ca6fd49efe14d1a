"""Questions to a server that are no chat: a path, and the JSON that it answers with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.limits import QUESTION, Limits
from lib_omost.chat.client.transfer import Call, Opened, transfer
from lib_omost.chat.model import never
from lib_omost.errors import ServerError


class NotJsonError(ServerError):
    """A path answers with something else than JSON."""


def ask(
    endpoint: Endpoint,
    path: str,
    body: dict[str, Any] | None = None,
    should_stop: Callable[[], bool] = never,
    limits: Limits = QUESTION,
) -> Any:
    """The JSON that a path answers with, by POST when there is a body. Raises ServerError when it answers none."""
    data = b""
    for item in transfer(Call(endpoint, path, body), limits, should_stop):
        data += b"" if isinstance(item, Opened) else item
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise NotJsonError(
            f"{endpoint.root}{path} answers with something else than JSON",
            hint="check the address: it must be that of an OpenAI-compatible server",
        ) from None


def try_ask(endpoint: Endpoint, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The object that a path answers with, an empty one when it is not there or answers something else."""
    try:
        answer = ask(endpoint, path, body)
    except ServerError:
        return {}
    return answer if isinstance(answer, dict) else {}


def positive(value: object) -> int | None:
    """The value when it is a whole number above 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
