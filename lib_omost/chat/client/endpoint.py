"""Where a language model is reached: a server's address, the key to it, and the model's name there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.client.secret import holds_secret, without_key
from lib_omost.errors import BadInputError

_ENDINGS = ("/chat/completions", "/completions", "/models")  # what people copy along with the address
_QUERY = re.compile(r"api-version=[\w.-]+")  # the one thing behind a path that a server asks for: Azure's


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible server and one model of it.

    `url` is its address, with or without `/v1`, or with another path in front of `/chat/completions`. `key` is sent as
    a bearer token and shown nowhere. `model` "" takes one that the server lists (see `names.model_name`). `kind` and
    `context_tokens` override what the server is found to be.
    Raises BadInputError, without the key in it, when the address or the key cannot be used.
    """

    url: str
    key: str = field(default="", repr=False)
    model: str = ""
    kind: ServerKind | None = None
    context_tokens: int | None = None

    def __post_init__(self) -> None:
        hint = "write it as http://127.0.0.1:8080"
        try:
            parts = urlsplit(self.url.strip())
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise BadInputError("the server's address cannot be read", hint=hint) from None
        if parts.username is not None or parts.password is not None:
            raise BadInputError("the server's address holds a user name or password", hint="give the key on its own")
        if parts.scheme not in {"http", "https"} or not host:
            raise BadInputError(f"{self.url!r} is no address of a server", hint=hint)
        behind = (parts.query and not _QUERY.fullmatch(parts.query)) or parts.fragment
        if behind or not self.url.isprintable():
            raise BadInputError("the server's address ends in more than a path", hint=hint)
        if not (self.key.isascii() and self.key.isprintable()) or self.key != self.key.strip():
            raise BadInputError("the API key holds characters that no key has", hint="copy it again, without spaces")
        if self.context_tokens is not None and self.context_tokens < 1:
            raise BadInputError("the context must have at least one token")

    @property
    def root(self) -> str:
        """The address without `/v1` and without a slash at its end."""
        return self._address().removesuffix("/v1").rstrip("/")

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Where the API may lie below `root`, the likelier place first: not every service has it at `/v1`."""
        has_path = bool(urlsplit(self.root).path) and not self._address().endswith("/v1")
        return ("", "/v1") if has_path else ("/v1",)

    @property
    def query(self) -> str:
        """What stands behind every path, with its question mark, or ""."""
        query = urlsplit(self.url.strip()).query
        return f"?{query}" if query else ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request; the one place where the key is used."""
        if not self.key:
            return {}
        azure = {"api-key": self.key} if "/openai/deployments/" in self.root else {}
        return {"Authorization": f"Bearer {self.key}", **azure}

    def _address(self) -> str:
        """The address as it was given, without what people copy along."""
        address = self.url.strip().partition("?")[0].rstrip("/")
        for ending in _ENDINGS:
            address = address.removesuffix(ending).rstrip("/")
        return address

    @property
    def is_on_this_computer(self) -> bool:
        """Whether the address is a loopback one, which no proxy may be asked for."""
        host = urlsplit(self.root).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def without_key(self, text: str) -> str:
        """`text`, which may quote what a server answered, with the key made unreadable in whatever form it stands."""
        return without_key(text, self.key)

    def betrays(self, text: str) -> bool:
        """Whether the key stands in `text`; what is too short to be a secret is none."""
        return holds_secret(text, self.key)
