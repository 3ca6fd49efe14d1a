"""Messages sent to a chat: what is told becomes the canvas as it stands; times and tokens; a WebUI's route."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi import FastAPI

from lib_omost.bench.compose.answers import MOST_IN_A_ROW, ask, ask_all
from lib_omost.bench.compose.chats import cpu_clock, host_chat, service_chat
from lib_omost.bench.compose.figures import figures, report, table
from lib_omost.bench.compose.messages import Message, Thing
from lib_omost.canvas import Canvas, Rect, Region, canvas_to_json, parse_canvas, write_canvas
from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.service import ChatRequest
from lib_omost.chat.service.events import CanvasSoFar, End, Event, Failed, Status, Written
from lib_omost.errors import ModelError
from lib_omost.page.chat_routes import add_chat_routes
from tests.conftest import served

DOG = Region("on the left", "no offset", "a small square area", 5.0, "A brown dog.", free_rect=Rect(10, 60, 5, 35))
FOX = replace(DOG, description="A fox.", free_rect=None)
BEFORE = Canvas("A meadow.", regions=(DOG,))
AFTER = Canvas("A meadow.", regions=(DOG, FOX))
NEW = Message("new", "new", "a fox", (Thing(("fox",)),))
EDIT = Message(
    "edit",
    "edits",
    "add a fox",
    (Thing(("dog",)), Thing(("fox",))),
    before=(Round("a dog", write_canvas(BEFORE).strip()),),
)
WRITING = Status("writing", "writing")


def told(canvas: Canvas) -> CanvasSoFar:
    return CanvasSoFar(canvas_to_json(canvas), ())


class Chat:
    """Tells the events that a test queued, a list a message; keeps the messages."""

    def __init__(self, *queued: list[Event]) -> None:
        self.queued = list(queued)
        self.asked: list[Message] = []

    def __call__(self, message: Message) -> Iterator[dict[str, Any]]:
        self.asked.append(message)
        for event in self.queued.pop(0):
            yield json.loads(json.dumps(event.to_json()))


def ticks() -> Any:
    """A clock that goes on a second each time it is read."""
    seconds = itertools.count()
    return lambda: float(next(seconds))


def test_the_last_canvas_that_is_told_is_the_one_that_stands() -> None:
    chat = Chat(
        [Status("", ""), WRITING, Written("x", 3, 1.0), told(BEFORE), Written("y", 7, 1.0), told(AFTER), End("xy", 0)]
    )
    answer = ask(chat, EDIT, ticks())
    assert parse_canvas(answer.reply) == AFTER
    assert (answer.written, answer.tokens, answer.verdict.right) == ("xy", 7, True)
    assert (answer.load, answer.seconds) == (1.0, 1.0)


def test_a_named_change_stands_with_all_of_the_canvas_before() -> None:
    chat = Chat([WRITING, Written("add fox", 2, 1.0), told(AFTER), End("add: fox", 0)])
    assert parse_canvas(ask(chat, EDIT, ticks()).reply) == AFTER


def test_a_reply_that_changes_nothing_leaves_the_canvas_as_it_stands() -> None:
    answer = ask(Chat([WRITING, Written("nothing", 1, 1.0), End("nothing", 0)]), EDIT, ticks())
    assert parse_canvas(answer.reply) == BEFORE
    assert answer.verdict.failed == ("present", "count")


def test_without_a_canvas_there_is_no_reply_and_the_message_is_wrong() -> None:
    answer = ask(Chat([WRITING, Written("Sorry.", 2, 1.0), End("Sorry.", 0)]), NEW, ticks())
    assert (answer.reply, answer.verdict.failed) == ("", ("parses",))


def test_a_reply_that_breaks_off_counts_as_far_as_it_came() -> None:
    answer = ask(Chat([WRITING, Written("x", 2, 1.0), told(AFTER), Failed("out of memory", "", "x")]), EDIT, ticks())
    assert (parse_canvas(answer.reply), answer.failed) == (AFTER, "out of memory")


def test_a_change_that_fails_halfway_leaves_the_canvas_that_its_reply_has() -> None:
    words = f"Nothing changed.\n\n```python\n{write_canvas(BEFORE)}```"
    answer = ask(Chat([WRITING, Written("x", 2, 1.0), told(AFTER), Failed("no such thing", "", words)]), EDIT, ticks())
    assert parse_canvas(answer.reply) == BEFORE


SILENT: list[Event] = [Failed("there is no such model", "choose one", "")]
GOOD: list[Event] = [WRITING, Written("x", 4, 1.0), told(AFTER), End("x", 0)]


def test_a_chat_that_never_answers_ends_the_measurement_at_once() -> None:
    chat = Chat(SILENT, GOOD)
    with pytest.raises(ModelError, match="there is no such model") as caught:
        ask_all(chat, [EDIT, EDIT], ticks())
    assert caught.value.hint == "choose one"
    assert len(chat.asked) == 1


def test_a_message_without_an_answer_is_wrong_and_the_next_one_is_asked() -> None:
    done: list[tuple[int, int]] = []
    answers = ask_all(Chat(GOOD, SILENT, GOOD), [EDIT] * 3, ticks(), lambda *at: done.append(at))
    assert [answer.verdict.right for answer in answers] == [True, False, True]
    assert answers[1].failed == "there is no such model"
    assert parse_canvas(answers[1].reply) == BEFORE
    assert done == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(ModelError):
        ask_all(Chat(GOOD, *[SILENT] * MOST_IN_A_ROW), [EDIT] * (MOST_IN_A_ROW + 1), ticks())


def test_figures_by_category_with_standard_errors_and_medians() -> None:
    wrong: list[Event] = [WRITING, Written("x", 2, 1.0), told(BEFORE), End("x", 0)]
    answers = ask_all(Chat(GOOD, wrong, GOOD, wrong), [EDIT, EDIT, NEW, NEW], ticks())
    found = figures(answers)
    assert list(found.rights) == ["edits", "new", "all"]
    assert (found.rights["edits"].value, found.rights["edits"].count) == (0.5, 2)
    assert found.rights["all"].error == pytest.approx((0.25 * 0.75 / 3) ** 0.5)
    assert (found.tokens, found.seconds) == (3, 1.0)
    shown = table(answers, "CPU s")
    assert "edits" in shown
    assert "1 of 2" in shown
    assert "25.0 ± 25.0" in shown
    assert "medians a message: 3 tokens, 1.00 CPU s; before the first: 1.0 CPU s" in shown
    data = json.loads(json.dumps(report(answers, "CPU s")))
    assert data["categories"]["all"] == {"right": 1, "count": 4, "value": 0.25, "error": pytest.approx(0.25)}
    assert data["messages"][1]["failed_checks"] == ["present", "count"]
    assert figures(answers[:1]).rights["all"].value == 1
    assert json.loads(json.dumps(report(answers[:1], "s")))["categories"]["all"]["error"] is None


def test_the_service_gets_the_rounds_as_the_page_sends_them() -> None:
    asked: list[ChatRequest] = []

    class Service:
        def write(self, request: ChatRequest) -> Iterator[Event]:
            asked.append(request)
            return iter(GOOD)

    service: Any = Service()
    answer = ask(service_chat(service), EDIT, ticks())
    assert parse_canvas(answer.reply) == AFTER
    assert asked[0].message == "add a fox"
    assert asked[0].rounds == EDIT.before


def test_the_cpu_clock_counts_this_process_and_goes_on() -> None:
    clock = cpu_clock()
    begun = clock()
    sum(number * number for number in range(2_000_000))
    assert clock() > begun


class Host(ThreadingHTTPServer):
    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[dict[str, Any]] = []
        self.status = status

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    server: Host

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body | {"path": self.path})
        self.send_response(self.server.status)
        self.end_headers()
        if self.server.status != 200:
            self.wfile.write(b"no such route")
            return
        for event in GOOD:
            self.wfile.write(b"\n" + json.dumps(event.to_json()).encode() + b"\n")  # a blank line is its heartbeat

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def host() -> Iterator[Host]:
    server = Host()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_webui_is_asked_over_its_route(host: Host) -> None:
    answer = ask(host_chat(host.url, "small"), EDIT, ticks())
    assert parse_canvas(answer.reply) == AFTER
    (body,) = host.bodies
    assert (body["path"], body["message"], body["model"], body["seed"]) == ("/omost/v1/chat", "add a fox", "small", 0)
    assert body["rounds"][0]["message"] == "a dog"
    assert len(body["id"]) >= 8


def test_the_real_route_takes_a_message_and_gives_its_events_back() -> None:
    asked: list[ChatRequest] = []

    class Service:
        def write(self, request: ChatRequest, should_stop: Any) -> Iterator[Event]:
            asked.append(request)
            return iter(GOOD)

    app = FastAPI()
    service: Any = Service()
    add_chat_routes(app, lambda: service)
    with served(app) as port:
        answer = ask(host_chat(f"http://127.0.0.1:{port}"), EDIT, ticks())
    assert parse_canvas(answer.reply) == AFTER
    assert (asked[0].message, asked[0].rounds, asked[0].seed) == ("add a fox", EDIT.before, 0)


def test_a_webui_that_does_not_answer_is_told_of(host: Host) -> None:
    host.status = 404
    with pytest.raises(ModelError, match="answered 404: no such route") as caught:
        ask(host_chat(host.url), NEW, ticks())
    assert "install this extension" in caught.value.hint
    with pytest.raises(ModelError, match="does not answer"):
        ask(host_chat("http://127.0.0.1:9"), NEW, ticks())
