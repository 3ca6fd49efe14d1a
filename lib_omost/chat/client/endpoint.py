"""Where a language model is reached: a server's address, the key to it, and the model's name there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.client.secret import holds_secret, without_key
from lib_omost.errors import BadInputError

_ENDINGS = ("/chat/completions", "/v1")  # what people copy along with the address


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible server and one model of it.

    `url` is its address, with or without `/v1`. `key` is sent as a bearer token and shown nowhere. `model` "" takes the
    only or first one that the server lists. `kind` and `context_tokens` override what the server is found to be.
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
        if parts.query or parts.fragment or not self.url.isprintable():
            raise BadInputError("the server's address ends in more than a path", hint=hint)
        if not (self.key.isascii() and self.key.isprintable()) or self.key != self.key.strip():
            raise BadInputError("the API key holds characters that no key has", hint="copy it again, without spaces")
        if self.context_tokens is not None and self.context_tokens < 1:
            raise BadInputError("the context must have at least one token")

    @property
    def root(self) -> str:
        """The address without `/v1` and without a slash at its end."""
        root = self.url.strip().rstrip("/")
        for ending in _ENDINGS:
            root = root.removesuffix(ending).rstrip("/")
        return root

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request; the one place where the key is used."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

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
