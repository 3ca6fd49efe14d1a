"""A page that goes away stops its task, also while nothing comes of it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from lib_omost.chat.service import ChatRequest, End, Event, Status
from lib_omost.page.chat_routes import add_chat_routes
from tests.conftest import served
from tests.page.conftest import QueuedChats


@pytest.fixture
def port(chats: QueuedChats) -> Iterator[int]:
    app = FastAPI()
    app.add_middleware(GZipMiddleware, minimum_size=1000)  # as the WebUIs do
    add_chat_routes(app, lambda: chats)
    with served(app) as port:
        yield port


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


def test_an_event_arrives_while_the_reply_goes_on(port: int, chats: QueuedChats) -> None:
    arrived = threading.Event()

    def waits(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        yield Status("loading", "loading")
        yield End("" if arrived.wait(10) else "kept back", 1)

    chats.queued.append(waits)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = json.dumps({"id": "reply-00001", "message": "a cat"})
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
    connection.request("POST", "/omost/v1/chat", body, headers)
    answer = connection.getresponse()
    assert json.loads(answer.readline())["text"] == "loading"
    arrived.set()
    assert json.loads([line for line in answer.read().splitlines() if line.strip()][-1])["reply"] == ""


def test_a_page_that_is_closed_between_two_events_closes_its_reply(port: int, chats: QueuedChats) -> None:
    closed = threading.Event()

    def endless(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        try:
            while True:
                yield Status("loading", "loading")
                time.sleep(0.02)
        finally:
            closed.set()

    chats.queued.append(endless)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = json.dumps({"id": "reply-00001", "message": "a cat"})
    connection.request("POST", "/omost/v1/chat", body, {"Content-Type": "application/json"})
    assert json.loads(connection.getresponse().readline())["text"] == "loading"
    connection.sock.shutdown(socket.SHUT_RDWR)
    assert closed.wait(10)
