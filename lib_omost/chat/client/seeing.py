"""A question about a picture to a model of a server, as OpenAI's image parts say it: one answer, not streamed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from lib_omost.chat.client.ask import ask
from lib_omost.chat.client.chunks import read_chunk
from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import no_text
from lib_omost.chat.client.learned import MOST_ATTEMPTS, after_refusal
from lib_omost.chat.client.limits import Limits
from lib_omost.chat.client.names import model_name, with_names
from lib_omost.chat.client.secret import Masked
from lib_omost.chat.model import never
from lib_omost.errors import ServerError

PATH = "/chat/completions"  # below the prefix of the API
MOST_NEW_TOKENS = 2048
LIMITS = Limits(first=600.0, between=600.0, whole=600.0, most_bytes=2**20)  # a picture on a CPU takes minutes
_REFUSES_A_FIELD = frozenset({400, 422, 501})
_NO_EYES = re.compile(r"image|vision|multi-?modal|mmproj|content (?:type|part)|content\b.*\bstring", re.IGNORECASE)


def see(
    endpoint: Endpoint, servers: KnownServers, png: bytes, question: str, should_stop: Callable[[], bool] = never
) -> str:
    """What a model answers to a question about a picture, a PNG file.

    Raises ServerError when the server does not answer, refuses it, or takes no pictures; "" when it was stopped.
    """
    server = servers.server(endpoint)
    name = model_name(endpoint, server)
    learned = servers.learned(endpoint, name)
    for _ in range(MOST_ATTEMPTS):
        body = learned.applied(_body(name, png, question))
        try:
            answer = ask(endpoint, f"{server.prefix}{PATH}", body, should_stop, LIMITS)
        except ServerError as error:
            if should_stop():
                return ""
            more = after_refusal(learned, body, str(error)) if error.status in _REFUSES_A_FIELD else None
            if more is None:
                raise _explained(endpoint, servers, error, name) from error
            learned = more
            continue
        servers.learn(endpoint, name, learned.lasting)
        return _text(endpoint, answer)
    raise ServerError("the server refuses the request in whatever form", hint="choose another model")


def _body(name: str, png: bytes, question: str) -> dict[str, Any]:
    picture = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    content = [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": picture}}]
    return {
        **({"model": name} if name else {}),
        "messages": [{"role": "user", "content": content}],
        "stream": False,
        "temperature": 0.0,
        "max_tokens": MOST_NEW_TOKENS,
    }


def _explained(endpoint: Endpoint, servers: KnownServers, error: ServerError, name: str) -> ServerError:
    if error.status is not None and error.status not in (401, 403, 429) and _NO_EYES.search(str(error)):
        which = f"the model {name!r}" if name else "the server's model"
        return ServerError(
            f"{which} takes no pictures: {error}",
            hint="choose a model that sees, such as a VL one",
            status=error.status,
        )
    return with_names(endpoint, servers.server(endpoint), error)


def _text(endpoint: Endpoint, answer: object) -> str:
    chunk = read_chunk(endpoint, json.dumps(answer))
    if not chunk.text.strip():
        raise (
            no_text(endpoint, chunk.refusal, chunk.tool)
            if chunk.refusal or chunk.tool
            else ServerError("the model gave an empty answer", hint="ask again, or choose another model")
        )
    shown = Masked(endpoint.key)
    return shown.feed(chunk.text) + shown.end()
