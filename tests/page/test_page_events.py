"""A page that goes away stops its task, also while nothing comes of it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from lib_omost.chat.service import ChatRequest, End, Event
from lib_omost.page.chat_routes import add_chat_routes
from tests.page.conftest import QueuedChats


@pytest.fixture
def port(chats: QueuedChats) -> Iterator[int]:
    app = FastAPI()
    add_chat_routes(app, lambda: chats)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    server, socket = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    over = time.monotonic() + 20
    while not server.started and time.monotonic() < over:
        time.sleep(0.02)
    yield socket.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def test_a_page_that_is_closed_stops_its_silent_reply(port: int, chats: QueuedChats) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def silent(_request: ChatRequest, should_stop: Callable[[], bool]) -> Iterator[Event]:
        begun.set()
        over = time.monotonic() + 20
        while not should_stop() and time.monotonic() < over:
            time.sleep(0.02)
        if should_stop():
            stopped.set()
        yield End("", 1)

    chats.queued.append(silent)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"id": "reply-00001", "message": "a cat"})
    connection.request("POST", "/omost/v1/chat", body, {"Content-Type": "application/json"})
    assert begun.wait(10)
    connection.sock.close()
    assert stopped.wait(10)
