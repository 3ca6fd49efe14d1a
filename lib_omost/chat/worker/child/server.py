"""The worker's HTTP server: OpenAI's two paths, the status, counting tokens, and the end."""

from __future__ import annotations

import hmac
import json
import os
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.worker.child.engine import Engine
from lib_omost.errors import OmostError

MOST_BYTES = 8 * 2**20  # of a request; a long chat has some hundred kB


def open_server(engine: Engine, token: str, port: int) -> ThreadingHTTPServer:
    """A server on loopback, listening at `port`, or at a free one for 0. Raises OSError when the port is taken."""
    handler = type("WorkerHandler", (_Handler,), {"engine": engine, "token": token})
    server = _Server(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


class _Server(ThreadingHTTPServer):
    allow_reuse_address = os.name != "nt"  # on Windows it would let two programs share a port

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that has gone is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds for a request to arrive
    engine: Engine
    token: str

    def do_GET(self) -> None:
        self._route({"/v1/models": self._models, "/status": self._status})

    def do_POST(self) -> None:
        paths = {"/v1/chat/completions": self._chat, "/tokenize": self._tokenize, "/unload": self._unload}
        self._route(paths)

    def _route(self, paths: dict[str, Callable[[], None]]) -> None:
        # A web page that was led here by its own host name sends that name; the token it does not have.
        if self.headers.get("Host") not in {f"{name}:{self._port()}" for name in ("127.0.0.1", "localhost")}:
            return self._fail(403, "this server answers to its own name only")
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            return self._fail(401, "the token is missing or wrong")
        answer = paths.get(self.path)
        if answer is None:
            return self._fail(404, "there is no such path")
        try:
            answer()
        except OmostError as error:
            self._fail(503, str(error), error.hint)
        except (ValueError, TypeError, KeyError) as error:
            self._fail(400, f"the request cannot be read: {error}")
        return None

    def _port(self) -> int:
        return int(self.connection.getsockname()[1])

    def _models(self) -> None:
        spec = self.engine.spec
        entry: dict[str, Any] = {"id": spec.name, "object": "model", "owned_by": "omost"}
        self._send(200, {"object": "list", "data": [entry | {"context_tokens": self.engine.model().context_tokens}]})

    def _status(self) -> None:
        self._send(200, self.engine.status.to_json())

    def _tokenize(self) -> None:
        self._send(200, {"count": self.engine.model().count_tokens(_messages(self._body()))})

    def _unload(self) -> None:
        self._send(200, {})
        threading.Timer(0.05, os._exit, (0,)).start()  # once the answer is out

    def _chat(self) -> None:
        body = self._body()
        sampling = Sampling(
            float(body.get("temperature", 0.6)),
            float(body.get("top_p", 1.0)),
            int(body.get("max_tokens", 4096)),
            body.get("seed"),
        )
        grammar = body.get("grammar")
        if not isinstance(grammar, (str, type(None))):
            raise TypeError("grammar is no text")
        gone = threading.Event()
        pieces = self.engine.stream(_messages(body), sampling, gone.is_set, grammar)
        piece = next(pieces, None)  # what is refused at once is refused with a status
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while piece is not None:
                self._event(_chunk(piece))
                piece = next(pieces, None)
            self._event(_chunk(Piece("", 0, 0), ended=True))
            self.wfile.write(b"data: [DONE]\n\n")
        except OmostError as error:
            self._event({"error": {"message": str(error), "hint": error.hint, "type": "model_error"}})
        except OSError:
            gone.set()  # the caller has left: so does the reply
        finally:
            pieces.close()

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length", ""))
        if not 0 <= length <= MOST_BYTES:
            raise ValueError("its length is out of range")
        body = json.loads(self.rfile.read(length))
        if not isinstance(body, dict):
            raise TypeError("it is no object")
        return body

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
        self.wfile.flush()

    def _fail(self, status: int, message: str, hint: str = "") -> None:
        self.close_connection = True  # what is left of the request is not read
        self._send(status, {"error": {"message": message, "hint": hint}})

    def _send(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are not logged: they hold what the user wrote."""


def _messages(body: dict[str, Any]) -> list[Message]:
    turns = [Message(turn["role"], turn["content"]) for turn in body["messages"]]
    if any(turn.role not in {"system", "user", "assistant"} or not isinstance(turn.content, str) for turn in turns):
        raise ValueError("a message has no known role, or no text")
    return turns


def _chunk(piece: Piece, *, ended: bool = False) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": piece.text}, "finish_reason": "stop" if ended else None}
    chunk: dict[str, Any] = {"object": "chat.completion.chunk", "choices": [choice]}
    return chunk if ended else chunk | {"omost": {"tokens": piece.tokens, "forwards": piece.forwards}}
