"""Who may use a route, and what a request to it has to be: found out from its head, before its body is read.

A page of another site can send a request, and the browser adds the user's cookies; it cannot set a header that says
JSON without asking first, nor change what the browser says of where a request comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

UNAUTHORIZED, FORBIDDEN, UNPROCESSABLE = 401, 403, 422
JSON = "application/json"
_OUR_OWN = {"same-origin", "none"}  # `none`: the user, by hand
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Guard:
    """What the program that serves the page knows of those who ask.

    `has_signed_in`: whether a request comes from someone who may use the program. `trusts`: whether pages of an origin
    (`https://name:port`) may send to it though it is another one.
    """

    has_signed_in: Callable[[Request], bool] = lambda _request: True
    trusts: Callable[[str], bool] = lambda _origin: False

    def check(self, request: Request, *, is_open: bool) -> None:
        """Raise HTTPException for a request that goes no further. `is_open`: to a route that wants no sign-in."""
        if not is_open and not self.has_signed_in(request):
            raise HTTPException(UNAUTHORIZED, "sign in to the WebUI first")
        if request.method == "GET":  # changes nothing, and what it tells no other site can read
            return
        if not self._is_from_here(request):
            raise HTTPException(FORBIDDEN, "this came from a page of another site: use the program's own page")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise HTTPException(UNPROCESSABLE, f"the request is no JSON: send it with Content-Type: {JSON}")

    def _is_from_here(self, request: Request) -> bool:
        """Programs say nothing of this, nor do browsers where the page came over plain HTTP from another computer."""
        if request.headers.get("sec-fetch-site", "none").strip().lower() in _OUR_OWN:
            return True
        origin = request.headers.get("origin")
        return origin is None or _is_host(origin, request.headers.get("host", "")) or self.trusts(origin)


ANYONE = Guard()


def _is_host(origin: str, host: str) -> bool:
    """Whether an origin is the place that a Host header names; the scheme's own port may be left out of either."""
    try:
        place = urlsplit(origin)
        named = urlsplit(f"{place.scheme}://{host}")
        usual = _PORTS.get(place.scheme)
        ports = {place.port or usual, named.port or usual}
    except ValueError:  # no address
        return False
    return place.hostname is not None and place.hostname == named.hostname and len(ports) == 1
