"""Servers on loopback that answer what a test tells them to, and a client of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lib_omost.chat.client.detect import KnownServers
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.limits import Limits
from lib_omost.chat.client.remote_model import RemoteModel
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.model import Message, Sampling

ASK = (Message("system", "Compose."), Message("user", "a circle"))
KEY = "sk-a-key-that-nobody-may-see"


@dataclass
class Answer:
    """What a path answers: a status, headers, and either one body or pieces with seconds before each."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    pieces: list[tuple[float, bytes]] | None = None
    endless: bytes = b""
    cut: bool = False  # the connection, in mid-stream
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Served:
    """A running server: its address, what it was asked, and its table of answers, which a test may change."""

    url: str
    answers: dict[str, Answer | Callable[[dict[str, Any]], Answer]]
    asked: list[tuple[str, dict[str, Any], dict[str, str]]]
    gone: threading.Event  # set once a client that was being sent something has left

    def bodies(self, path: str = "/v1/chat/completions") -> list[dict[str, Any]]:
        return [body for where, body, _ in self.asked if where == path]


def event(data: object) -> bytes:
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def delta(text: str | None, finish: str | None = None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


def spoken(*texts: str, usage: int | None = None) -> Answer:
    """A whole streamed reply."""
    events = [delta(text) for text in texts] + [delta(None, "stop")]
    if usage is not None:
        events.append(event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": usage}}))
    return streamed(*events, event("[DONE]"))


def streamed(*pieces: bytes | tuple[float, bytes], **rest: Any) -> Answer:
    timed = [piece if isinstance(piece, tuple) else (0.0, piece) for piece in pieces]
    return Answer(content_type="text/event-stream", pieces=timed, **rest)


def as_json(data: object, status: int = 200) -> Answer:
    return Answer(json.dumps(data).encode(), status)


MODELS = as_json({"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": "someone"}]})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Served
    closing: threading.Event

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        self.served.asked.append((self.path, body, dict(self.headers)))
        answer = self.served.answers.get(self.path, as_json({"error": {"message": "not found"}}, 404))
        answer = answer(body) if callable(answer) else answer
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        if answer.pieces is None:
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for seconds, piece in answer.pieces:
                self.closing.wait(seconds)
                self._chunk(piece)
            while answer.endless and not self.closing.is_set():
                self._chunk(answer.endless)
            if not answer.cut:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.served.gone.set()
        self.close_connection = True

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """`serve({path: Answer})` starts a server; all are closed at the end."""
    running: list[ThreadingHTTPServer] = []
    closing = threading.Event()

    def start(answers: dict[str, Any]) -> Served:
        served = Served("", {"/v1/models": MODELS, **answers}, [], threading.Event())
        handler = type("Handler", (_Handler,), {"served": served, "closing": closing})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        served.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append(server)
        return served

    yield start
    closing.set()
    for server in running:
        server.shutdown()
        server.server_close()


def client(
    url: str,
    *,
    limits: Limits | None = None,
    bounds: Bounds | None = None,
    servers: KnownServers | None = None,
    **rest: Any,
) -> RemoteModel:
    """A model of the server, and with the `servers` of an earlier one, what that has learned."""
    endpoint = Endpoint(url, **{"key": KEY, **rest})
    return RemoteModel(endpoint, servers or KnownServers(), bounds=bounds, limits=limits)


@pytest.fixture
def recorded() -> Callable[[str], dict[str, Answer]]:
    """The answers of a kind of server, made from its published API: `tests/data/servers/NAME.json`."""

    def read(name: str) -> dict[str, Answer]:
        file = Path(__file__).parents[2] / "data" / "servers" / f"{name}.json"
        data = json.loads(file.read_text(encoding="utf-8"))
        answers = {path: as_json(answer) for path, answer in data["answers"].items()}
        lines = "".join(f"data: {json.dumps(each)}\n\n" for each in data["stream"]) + "data: [DONE]\n\n"
        return answers | {"/v1/chat/completions": streamed(lines.encode())}

    return read


def said(model: RemoteModel, *, held: bool = False) -> str:
    """The reply to `ASK`; `held` to the canvas of the model's bounds."""
    grammar = canvas_rules(model.bounds or Bounds()) if held else None
    return "".join(piece.text for piece in model.stream(ASK, Sampling(seed=0, max_new_tokens=64), grammar=grammar))
