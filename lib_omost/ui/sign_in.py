"""Whom a WebUI lets in: those who signed in to its page, or know a name and password of its API."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import sys
from typing import Any

from fastapi import Request

from lib_omost.page.guard import Guard


def webui_guard(app: Any) -> Guard:
    """The guard for routes in the host's application, which is Gradio's, or plain where the host has no page."""
    return Guard(lambda request: _may_enter(app, request), _is_allowed)


def _may_enter(app: Any, request: Request) -> bool:
    """A page that anyone may open lets anyone use its routes, as Gradio's; without a page they belong to the API."""
    page_asks = getattr(app, "auth", None) is not None
    has_page = getattr(app, "blocks", None) is not None
    accounts = _accounts()
    if not page_asks and (has_page or not accounts):
        return True
    return (page_asks and _has_cookie(app, request)) or _has_password(accounts, request)


def _has_cookie(app: Any, request: Request) -> bool:
    """Gradio knows whom it gave one."""
    known = getattr(app, "tokens", {})
    return any(known.get(value) for name, value in request.cookies.items() if name.startswith("access-token"))


def _has_password(accounts: list[bytes], request: Request) -> bool:
    """HTTP Basic, as the host's own API asks for with `--api-auth`."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        account = base64.b64decode(told.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(secrets.compare_digest(account, each) for each in accounts)


def _accounts() -> list[bytes]:
    """`name:password` of each who may use the API."""
    told = str(getattr(_flags(), "api_auth", None) or "")
    return [account.encode() for account in told.split(",") if ":" in account]


def _is_allowed(origin: str) -> bool:
    """What the host's own pages may be used from: `--cors-allow-origins` and its regular expression."""
    flags = _flags()
    origins = str(getattr(flags, "cors_allow_origins", None) or "").split(",")
    pattern = getattr(flags, "cors_allow_origins_regex", None)
    return "*" in origins or origin in origins or bool(pattern and re.fullmatch(pattern, origin))


def is_open() -> bool:
    """Whether the host was started so that others than this computer's user reach it."""
    flags = _flags()
    served = getattr(flags, "server_name", None) not in (None, "", "127.0.0.1", "localhost")
    return served or any(getattr(flags, name, None) for name in ("listen", "share", "ngrok"))


def _flags() -> Any:
    """What the host was started with; nothing where there is no host."""
    return getattr(sys.modules.get("modules.shared"), "cmd_opts", None)
