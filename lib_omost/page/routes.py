"""The only way in: every route of the page is added here, behind the guard, with a bounded body and threads of its own.

It works in the FastAPI that each host brings (0.94 and later), whatever middleware stands before it.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException  # FastAPI's is one of them
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lib_omost.errors import OmostError
from lib_omost.page.body import TOO_LARGE, read_body, replay
from lib_omost.page.guard import ANYONE, FORBIDDEN, JSON, UNAUTHORIZED, UNPROCESSABLE, Guard
from lib_omost.page.threads import BusyError, Desk

TAGS: list[str | Enum] = ["Omost"]
BAD_REQUEST, BUSY = 400, 503
MAX_BODY_BYTES = 8 * 2**20  # the longest conversation that is read, in any script
_MAX_FAULTS = 5  # of one request that are told


class Answer(JSONResponse):
    """JSON in ASCII: half of a character, which Python's strings may hold, has no other form."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True)
class Door:
    """What stands before one route: the guard, whether it wants no sign-in, and how many bytes may be sent to it."""

    guard: Guard
    is_open: bool = False
    most_bytes: int = 0


class Routes:
    """Adds routes to an application. Who may use them is `guard`'s to say."""

    def __init__(self, app: FastAPI, guard: Guard = ANYONE) -> None:
        self._app = app
        self._guard = guard

    def get(self, path: str, endpoint: Callable[..., Any], *, is_open: bool = False, **options: Any) -> None:
        """A route that changes nothing. `is_open`: for those who have not signed in, too."""
        self._add("GET", path, endpoint, Door(self._guard, is_open), **options)

    def post(
        self, path: str, endpoint: Callable[..., Any], *, most_bytes: int = MAX_BODY_BYTES, **options: Any
    ) -> None:
        """A route that is sent JSON, of at most `most_bytes` bytes."""
        self._add("POST", path, endpoint, Door(self._guard, most_bytes=most_bytes), **options)

    def _add(self, method: str, path: str, endpoint: Callable[..., Any], door: Door, **options: Any) -> None:
        route: Any = functools.partial(GuardedRoute, door=door)  # FastAPI calls it as it calls a class
        shared: dict[str, Any] = {"tags": TAGS, "response_class": Answer}
        responses = _refusals(method, door) | options.pop("responses", {})
        self._app.router.add_api_route(
            path,
            _at_a_desk(endpoint),
            methods=[method],
            name=endpoint.__name__,
            route_class_override=route,
            responses=responses,
            **(shared | options),
        )


class GuardedRoute(APIRoute):
    """A route that is reached through its door alone, and tells what it refuses in one form, without an echo."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, door: Door, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app: ASGIApp = _behind(door, self.app)

    def get_route_handler(self) -> Callable[[Request], Any]:
        """FastAPI's, with our words for what it refuses: its own repeat what was sent, which may have no JSON form."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return _told(HTTPException(UNPROCESSABLE, _faults(error)))
            except OmostError as error:
                return _told(_refusal(error))
            except HTTPException as error:
                is_unread = error.status_code == BAD_REQUEST  # FastAPI's, of a body that Python's reader gives up on
                return _told(HTTPException(UNPROCESSABLE, _unread(error.__cause__)) if is_unread else error)

        return told


def _behind(door: Door, app: ASGIApp) -> ASGIApp:
    """An application that is asked only what the door lets through, with a body that has come whole."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            door.guard.check(request, is_open=door.is_open)
            if request.method != "GET":
                receive = replay(await read_body(request.headers, receive, door.most_bytes), receive)
        except HTTPException as error:
            await _told(error)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded


def _at_a_desk(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint as FastAPI calls it, its work done in threads of this route's own."""
    desk = Desk()

    async def answer(**arguments: Any) -> Any:
        return await desk.do(lambda: endpoint(**arguments))

    # FastAPI reads from these what the route takes; hosts' versions find names of types in the caller's module alone
    answer.__signature__ = inspect.signature(endpoint, eval_str=True)  # type: ignore[attr-defined]
    answer.__doc__ = endpoint.__doc__
    return answer


def _refusal(error: OmostError) -> HTTPException:
    """What the page and API callers are told: what happened and what to do."""
    return HTTPException(BUSY if isinstance(error, BusyError) else UNPROCESSABLE, error.told)


def _told(error: HTTPException) -> Response:
    return Answer({"detail": error.detail}, error.status_code, getattr(error, "headers", None))


def _faults(error: RequestValidationError) -> str:
    """Where a request is not what the route takes, and what is wrong there."""
    faults = error.errors()
    told = [_fault(each) for each in faults[:_MAX_FAULTS]]
    more = len(faults) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _fault(told: dict[str, Any]) -> str:
    """`text: Field required`; what is wrong with JSON stands beside FastAPI's words, or is all of them."""
    place = ".".join(str(step)[:40] for step in told["loc"][1:]) or "the request"
    if "json" in told["type"]:
        return f"the JSON cannot be read at character {place}: {told.get('ctx', {}).get('error', told['msg'])}"
    return f"{place}: {told['msg']}"


def _unread(why: BaseException | None) -> str:
    if isinstance(why, RecursionError):
        return "the JSON cannot be read: it is nested too deeply"
    return f"the JSON cannot be read: {why or 'it is damaged'}"


def _refusals(method: str, door: Door) -> dict[int | str, dict[str, Any]]:
    """What may come in place of an answer, for the application's schema."""
    told = {BUSY: "too much waits already"}
    if not door.is_open:
        told[UNAUTHORIZED] = "not signed in"
    if method == "POST":
        told |= {FORBIDDEN: "from another site", TOO_LARGE: "too large", UNPROCESSABLE: "cannot be used"}
    return {status: refused(words) for status, words in told.items()}


def refused(words: str) -> dict[str, Any]:
    """A refusal in the application's schema: JSON, also where the answer is something else."""
    detail = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
    return {"description": words, "content": {JSON: {"schema": detail}}}
