"""The body of a request, whole, and no longer than it may be: also one that comes in pieces and tells no length."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import Message, Receive

TOO_LARGE = 413
_HEARD_OUT = 2**28  # bytes of a body that is too long: most programs read no answer before they have sent all


async def read_body(headers: Headers, receive: Receive, most: int) -> bytes:
    """The body, of at most `most` bytes; empty when the sender went away. Raises HTTPException for a longer one.

    What is too much is not kept.
    """
    told = headers.get("content-length", "")
    is_long = told.isascii() and told.isdecimal() and (len(told) > 18 or int(told) > most)
    if is_long and "expect" in headers:
        raise _too_large(most)  # it waits for leave to send
    kept, size, more = bytearray(), 0, True
    while more and size <= _HEARD_OUT:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        piece: bytes = message.get("body", b"")
        size += len(piece)
        more = message.get("more_body", False)
        if size <= most and not is_long:
            kept += piece
        else:
            kept.clear()
    if size > most or is_long:
        raise _too_large(most)
    return bytes(kept)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read already, and then what comes after it."""
    coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return coming.pop() if coming else await receive()

    return again


def _too_large(most: int) -> HTTPException:
    return HTTPException(TOO_LARGE, f"the request is too large: at most {most // 2**20} MB are read")
