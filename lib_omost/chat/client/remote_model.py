"""A `LanguageModel` on an OpenAI-compatible server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.chat.client.chunks import DONE, Chunk, read_chunk
from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import GrammarRefusedError, TooLargeError, no_text, not_a_stream, refusal_note
from lib_omost.chat.client.form import FREE, Form, form_of
from lib_omost.chat.client.json_reply import JsonReply
from lib_omost.chat.client.kinds import ModelFacts, Plans
from lib_omost.chat.client.learned import MOST_ATTEMPTS, Learned, after_refusal, context_in
from lib_omost.chat.client.limits import Limits
from lib_omost.chat.client.names import is_pinned, model_name, with_names
from lib_omost.chat.client.request import chat_body
from lib_omost.chat.client.secret import Masked
from lib_omost.chat.client.sse import SseReader
from lib_omost.chat.client.tokens import count_tokens
from lib_omost.chat.client.transfer import Call, Opened, transfer
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.model import CONTEXT_TO_TRUST, CUT_OFF, Message, Piece, Sampling, never
from lib_omost.chat.models.parameters import is_tiny
from lib_omost.errors import ServerError
from lib_omost.grammar.rules import Grammar

CHAT_PATH = "/chat/completions"  # below the prefix of the API
_REFUSES_A_FIELD = frozenset({400, 422, 501})


def server_model(
    endpoint: Endpoint, servers: KnownServers, *, knows_canvas: bool, plans: Plans = Plans.SMALL
) -> RemoteModel:
    """A model of a server that the user runs, held to the canvas, or asked for `plans`, as far as the server can.

    Raises ServerError when the server does not answer, or lists no model and none is named.
    """
    server = servers.server(endpoint)
    name = model_name(endpoint, server)
    knows_canvas = knows_canvas or (not endpoint.model and "omost" in name.lower())
    is_small = not knows_canvas and is_tiny(name, servers.facts(endpoint, name).parameters)
    bounds = OMOST_BOUNDS if knows_canvas else SMALL_MODEL_BOUNDS if is_small else Bounds()
    plans_it = not knows_canvas and (plans is Plans.ALL or (plans is Plans.SMALL and is_small))
    return RemoteModel(endpoint, servers, knows_canvas=knows_canvas, is_small=is_small, bounds=bounds, plans=plans_it)


@dataclass(frozen=True)
class _Asking:
    """How a model is asked at one attempt."""

    form: Form
    learned: Learned


class RemoteModel:
    """One model of one server. `servers` remembers what the server is; nothing is asked before it is needed.

    `bounds` are those of the canvas that the reply is held to, in whatever way the server offers one. With
    `plans` it is asked for plans and edits if the server takes grammars.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        servers: KnownServers,
        *,
        knows_canvas: bool = False,
        is_small: bool = False,
        bounds: Bounds | None = None,
        plans: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.knows_canvas = knows_canvas
        self.is_small = is_small
        self.bounds = bounds
        self.composes = False
        self._plans = plans
        self._servers = servers
        self._limits = limits or Limits()
        self._facts: ModelFacts | None = None
        self._counted: dict[tuple[Message, ...], int] = {}

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and reply together, as the user set it, else as the server reads, but at most 8192.

        Raises ServerError when the server must be asked and does not answer.
        """
        return self.endpoint.context_tokens or min(CONTEXT_TO_TRUST, self._read_by_server() or CONTEXT_TO_TRUST)

    @property
    def model(self) -> str:
        """The model's name on the server, "" for the only one of a server that does not name it.

        Raises ServerError when none is given and the server lists none.
        """
        return model_name(self.endpoint, self._servers.server(self.endpoint))

    @property
    def plans_by_example(self) -> bool:
        """As in `LanguageModel`. Raises ServerError when the server must be asked and does not answer."""
        return self._plans and self._servers.server(self.endpoint).constraint.takes_grammars

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, as the server counts them or estimated."""
        known = tuple(messages)
        if known not in self._counted:
            kind, scale = self._servers.server(self.endpoint).kind, self._learned().scale
            self._counted[known] = count_tokens(self.endpoint, kind, self.model, messages, scale)
        return self._counted[known]

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: Grammar | None = None,
    ) -> Generator[Piece, None, None]:
        """Yield the reply as it comes. Ends early once `should_stop()` is true, also while nothing comes.

        The reply is held to `grammar` in the server's own syntax, where it has one for that. A server that refuses the
        form, or a field of the request, is asked again without it; the model's next message is asked so at once. Raises
        ServerError, with what had come in `received`; GrammarRefusedError when a plan's grammar is refused, after which
        the model is asked for no plans.
        """
        server = self._servers.server(self.endpoint)
        begun = messages[-1].content if messages and messages[-1].role == "assistant" else ""
        form = form_of(server.constraint, grammar, self.bounds, begun)
        asking = _Asking(form, self._learned())
        for _ in range(MOST_ATTEMPTS):
            with closing(self._attempt(asking, messages, sampling, should_stop)) as pieces:
                try:
                    first = next(pieces, None)
                except ServerError as error:
                    asking = self._after(error, asking, messages, sampling)
                    continue
                if first is None:
                    return
                if form.fields and not asking.form.fields:  # it answers now: it refused the form
                    self._servers.without_constraint(self.endpoint)
                self._learn(asking.learned.lasting)
                yield first
                yield from pieces
                return
        raise ServerError("the server refuses the request in whatever form", hint="choose another model")

    def _after(self, error: ServerError, asking: _Asking, messages: Sequence[Message], sampling: Sampling) -> _Asking:
        """How to ask again after a refusal. Raises it, with what to do, when nothing else can be tried."""
        server = self._servers.server(self.endpoint)
        if is_pinned(self.endpoint, server, error):
            self._servers.without_models(self.endpoint)
            return asking
        if error.status in _REFUSES_A_FIELD and not error.received:
            asked = self._body(replace(asking, form=FREE), messages, sampling)
            if learned := after_refusal(asking.learned, asked, str(error)):
                return replace(asking, learned=learned)
            if asking.form.fields and asking.form.is_canvas:
                return replace(asking, form=FREE)
            if context := context_in(str(error)):
                self._learn(replace(self._learned(), context_tokens=context))
                hint = "ask again: how much the server reads is known now, and the chat is shortened to fit"
                raise ServerError(str(error), hint=hint, status=error.status) from error
            if asking.form.fields:
                self._plans = False
                hint = "ask for whole canvases: set no short plans for the server"
                raise GrammarRefusedError(str(error), hint=hint, status=error.status) from error
        raise with_names(self.endpoint, server, error) from error

    def _learned(self) -> Learned:
        return self._servers.learned(self.endpoint, self.model)

    def _learn(self, learned: Learned) -> None:
        self._servers.learn(self.endpoint, self.model, learned)

    def _read_by_server(self) -> int | None:
        """Tokens that it reads of this model's chat, None when it does not say."""
        server = self._servers.server(self.endpoint)
        self._facts = self._facts or self._servers.facts(self.endpoint, self.model)
        told = self._learned().context_tokens, server.context_tokens, self._facts.context_tokens
        return min(filter(None, told), default=None)

    def _body(self, asking: _Asking, messages: Sequence[Message], sampling: Sampling) -> dict[str, Any]:
        server = self._servers.server(self.endpoint)
        used, context = self._counted.get(tuple(messages)), None
        if used is not None:  # the prompt was made for this context, so it is known already
            context = self.endpoint.context_tokens or self._read_by_server()
        if context is not None and used is not None and 0 < context - used < sampling.max_new_tokens:
            sampling = replace(sampling, max_new_tokens=context - used)
        body = chat_body(server, self.model, messages, sampling, as_json=asking.form.is_json)
        return asking.learned.applied({**body, **asking.form.fields})

    def _attempt(
        self,
        asking: _Asking,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool],
    ) -> Generator[Piece, None, None]:
        goes_on = bool(messages) and messages[-1].role == "assistant"
        is_json = asking.form.is_json
        as_json = None if goes_on and not is_json else JsonReply(as_schema=is_json, goes_on=goes_on)
        body = self._body(asking, messages, sampling)
        shown = Masked(self.endpoint.key)
        received = refused = tool = ""
        raw = tokens = forwards = 0
        is_cut = False
        try:
            with closing(self._chunks(body, should_stop)) as chunks:
                for chunk in chunks:
                    tokens = tokens + bool(chunk.text) if chunk.tokens is None else chunk.tokens
                    forwards += bool(chunk.text)
                    raw += len(chunk.text)
                    text = shown.feed(chunk.text)
                    text = text if as_json is None else as_json.feed(text)
                    if max(raw, len(received) + len(text)) > self._limits.most_chars:
                        raise TooLargeError(self._limits.most_chars)
                    received += text
                    refused, tool = refused + chunk.refusal, tool if chunk.tool in {"", "?"} and tool else chunk.tool
                    is_cut = is_cut or chunk.cut
                    if chunk.prompt_tokens:
                        self._calibrate(body, chunk.prompt_tokens)
                    yield Piece(text, tokens, forwards, CUT_OFF if chunk.cut else chunk.reason)
            rest = _rest(shown, as_json, is_cut=is_cut)
            received += rest
            if (refused or tool) and not received.strip():
                raise no_text(self.endpoint, refused, tool)
            if rest or refused:
                yield Piece(rest, tokens, forwards, refusal_note(self.endpoint, refused) if refused else "")
            if asking.form.note:
                yield Piece("", tokens, forwards, asking.form.note)
        except ServerError as error:
            rest = _rest(shown, as_json, is_cut=True)
            error.received = received + rest
            if rest:
                yield Piece(rest, tokens, forwards)
            raise

    def _calibrate(self, body: dict[str, Any], prompt_tokens: int) -> None:
        """Learn from what the server says it has read how its tokens compare with the estimate."""
        asked = [Message(turn["role"], turn["content"]) for turn in body["messages"]]
        learned = self._learned()
        scale = learned.scale.learned(asked, prompt_tokens)
        self._learn(replace(learned, scale=scale))

    def _chunks(self, body: dict[str, Any], should_stop: Callable[[], bool]) -> Generator[Chunk, None, None]:
        """What the server says, event by event. Raises ServerError when it pauses too long or ends without an end."""
        limits = self._limits
        events: SseReader | None = None
        whole = b""
        patience, heard = limits.first, time.monotonic()
        ended = False
        path = f"{self._servers.server(self.endpoint).prefix}{CHAT_PATH}"
        with closing(transfer(Call(self.endpoint, path, body), limits, should_stop)) as items:
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


def _rest(shown: Masked, as_json: JsonReply | None, *, is_cut: bool) -> str:
    """What was kept back of a reply, at its end."""
    rest = shown.end()
    return rest if as_json is None else as_json.feed(rest) + as_json.end(is_cut=is_cut)
