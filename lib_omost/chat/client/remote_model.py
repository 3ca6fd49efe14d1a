"""A `LanguageModel` on an OpenAI-compatible server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any

from lib_omost.chat.client.chunks import DONE, Chunk, read_chunk
from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import TooLargeError, not_a_stream
from lib_omost.chat.client.json_reply import JsonReply
from lib_omost.chat.client.kinds import Constraint, Server
from lib_omost.chat.client.limits import Limits
from lib_omost.chat.client.names import is_pinned, model_name, with_names
from lib_omost.chat.client.request import chat_body, constraint_fields
from lib_omost.chat.client.secret import Masked
from lib_omost.chat.client.sse import SseReader
from lib_omost.chat.client.tokens import count_tokens
from lib_omost.chat.client.transfer import Call, Opened, transfer
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, Bounds
from lib_omost.chat.grammar.json_schema import canvas_from_schema_reply
from lib_omost.chat.model import CONTEXT_TO_TRUST, CUT_OFF, Message, Piece, Sampling, never
from lib_omost.errors import ServerError

CHAT_PATH = "/v1/chat/completions"
_REFUSES_A_FIELD = frozenset({400, 422, 501})


def server_model(endpoint: Endpoint, servers: KnownServers, *, knows_canvas: bool) -> RemoteModel:
    """A model of a server that the user runs, held to the canvas as far as the server can."""
    bounds = OMOST_BOUNDS if knows_canvas else Bounds()
    return RemoteModel(endpoint, servers, knows_canvas=knows_canvas, bounds=bounds)


class RemoteModel:
    """One model of one server. `servers` remembers what the server is; nothing is asked before it is needed.

    `bounds` are those of the form that the reply is held to, in whatever way the server offers one.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        servers: KnownServers,
        *,
        knows_canvas: bool = False,
        bounds: Bounds | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.knows_canvas = knows_canvas
        self.bounds = bounds
        self.composes = False
        self._servers = servers
        self._limits = limits or Limits()

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and reply together. Raises ServerError when the server must be asked and does not answer."""
        return min(CONTEXT_TO_TRUST, self._servers.server(self.endpoint).context_tokens or CONTEXT_TO_TRUST)

    @property
    def model(self) -> str:
        """The model's name on the server, "" for the only one of a server that does not name it.

        Raises ServerError when none is given and the server lists none.
        """
        return model_name(self.endpoint, self._servers.server(self.endpoint))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, as the server counts them or estimated from above."""
        server = self._servers.server(self.endpoint)
        return count_tokens(self.endpoint, server.kind, self.model, messages)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: str | None = None,
    ) -> Generator[Piece, None, None]:
        """Yield the reply as it comes. Ends early once `should_stop()` is true, also while nothing comes.

        A server is held to the canvas of `bounds` in its own form, whatever the rest of `grammar` says; one that
        refuses the form is asked again without it. A last message of the assistant's is gone on with. Raises
        ServerError, with what had come in `received`.
        """
        server = self._servers.server(self.endpoint)
        goes_on = bool(messages) and messages[-1].role == "assistant"
        constraint = Constraint.NONE
        if grammar is not None and self.bounds is not None and not goes_on:  # the forms begin at the beginning
            constraint = server.constraint
        if constraint is not Constraint.NONE:
            body = self._body(server, messages, sampling, constraint)
            with closing(self._stream(body, constraint, should_stop)) as pieces:
                try:
                    first = next(pieces, None)
                except ServerError as error:
                    if error.status not in _REFUSES_A_FIELD:
                        raise with_names(self.endpoint, server, error) from error
                else:
                    if first is not None:
                        yield first
                        yield from pieces
                    return
        body = self._body(server, messages, sampling, Constraint.NONE)
        with closing(self._stream(body, Constraint.NONE, should_stop)) as pieces:
            try:
                for piece in pieces:
                    if constraint is not Constraint.NONE:
                        self._servers.without_constraint(self.endpoint)  # it answers now: it refused the form
                        constraint = Constraint.NONE
                    yield piece
            except ServerError as error:
                if not is_pinned(self.endpoint, server, error):
                    raise with_names(self.endpoint, server, error) from error
                self._servers.without_models(self.endpoint)
                yield from self.stream(messages, sampling, should_stop, grammar)

    def _body(
        self,
        server: Server,
        messages: Sequence[Message],
        sampling: Sampling,
        constraint: Constraint,
    ) -> dict[str, Any]:
        fields = {} if self.bounds is None else constraint_fields(constraint, self.bounds)
        return chat_body(server, self.model, messages, sampling, as_json=constraint.is_json) | fields

    def _stream(
        self, body: dict[str, Any], constraint: Constraint, should_stop: Callable[[], bool]
    ) -> Generator[Piece, None, None]:
        as_json = JsonReply(canvas_from_schema_reply) if constraint.is_json else None
        received = ""
        shown = Masked(self.endpoint.key)
        tokens = forwards = 0
        try:
            with closing(self._chunks(body, should_stop)) as chunks:
                for chunk in chunks:
                    said = bool(chunk.text)
                    tokens = tokens + said if chunk.tokens is None else chunk.tokens
                    forwards += said
                    text = shown.feed(chunk.text)
                    text = text if as_json is None else as_json.feed(text)
                    if len(received) + len(text) > self._limits.most_chars:
                        raise TooLargeError(self._limits.most_chars)
                    received += text
                    yield Piece(text, tokens, forwards, CUT_OFF if chunk.cut else "")
            if rest := _rest(shown, as_json):
                received += rest
                yield Piece(rest, tokens, forwards)
        except ServerError as error:
            if as_json is None and (rest := shown.end()):
                received += rest
                yield Piece(rest, tokens, forwards)
            error.received = received
            raise

    def _chunks(self, body: dict[str, Any], should_stop: Callable[[], bool]) -> Generator[Chunk, None, None]:
        """What the server says, event by event. Raises ServerError when it pauses too long or ends without an end."""
        limits = self._limits
        events: SseReader | None = None
        whole = b""
        patience, heard = limits.first, time.monotonic()
        ended = False
        with closing(transfer(Call(self.endpoint, CHAT_PATH, body), limits, should_stop)) as items:
            for item in items:
                if isinstance(item, Opened):
                    kind = item.content_type.partition(";")[0].strip().lower()
                    if kind not in {"text/event-stream", "application/json"}:
                        raise not_a_stream(self.endpoint, item.content_type)
                    events = SseReader() if kind == "text/event-stream" else None
                    continue
                if events is None:
                    whole += item
                for data in events.feed(item) if events is not None else ():
                    if data.strip() == DONE:
                        return
                    chunk = read_chunk(self.endpoint, data)
                    patience = limits.between if chunk.text else patience
                    ended = ended or chunk.ended
                    yield chunk
                    heard = time.monotonic()  # how long the caller took does not count
                if time.monotonic() - heard > patience:
                    raise ServerError(
                        f"the server has said nothing for {patience:g} seconds",
                        hint="it may still be loading the model or be busy: ask again, or use a smaller model",
                    )
        if should_stop():
            return
        for data in [whole.decode("utf-8", "replace")] if whole.strip() else events.end() if events is not None else []:
            if data.strip() == DONE:
                return
            chunk = read_chunk(self.endpoint, data)
            ended = ended or chunk.ended
            yield chunk
        if not ended:
            raise ServerError(
                "the server ended the reply midway",
                hint="what has come is kept; continue it or ask again, and see the server's log if it happens again",
            )


def _rest(shown: Masked, as_json: JsonReply | None) -> str:
    """What was kept back of a reply, at its end."""
    rest = shown.end()
    return rest if as_json is None else as_json.feed(rest) + as_json.end()
