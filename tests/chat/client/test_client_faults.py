"""Every fault of a server ends in an error that says what to do, keeps what had come, and does not show the key."""

from __future__ import annotations

import itertools
import json
import logging
import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.chat.client.kinds import Constraint, Server, ServerKind
from lib_omost.chat.client.limits import Limits
from lib_omost.chat.client.remote_model import RemoteModel
from lib_omost.chat.model import CUT_OFF, Sampling
from lib_omost.errors import OmostError, ServerError

from .conftest import ASK, KEY, Answer, Served, as_json, client, delta, event, said, spoken, streamed

CHAT = "/v1/chat/completions"
KNOWN = Server(ServerKind.OTHER, Constraint.NONE, ("tiny",))
Serve = Callable[..., Served]


def fault(model: RemoteModel) -> tuple[ServerError, str]:
    """The error a reply ends in, and the text that came before it."""
    text = ""
    pieces = model.stream(ASK, Sampling(seed=0))
    with pytest.raises(ServerError) as caught:  # noqa: PT012 (what came before the error is what is looked at)
        for piece in pieces:
            text += piece.text
    assert isinstance(caught.value, OmostError)
    assert caught.value.hint
    assert caught.value.received == text
    assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.hint
    return caught.value, text


def test_no_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error, _ = fault(client(f"http://127.0.0.1:{port}"))
    assert f"no server answers at http://127.0.0.1:{port}" in str(error)
    assert "start the server" in error.hint


def test_a_name_that_does_not_exist() -> None:
    error, _ = fault(client("http://no-such-host.invalid"))
    assert "no server answers" in str(error)


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "another API key", "set the key"),
        (403, "does not allow this key", "check the key"),
        (404, "no such model", "choose one of its models: tiny"),
        (413, "too long for the server", "shorten"),
        (418, "refused the request", "what it says"),
        (429, "too many requests", "wait a little"),
        (500, "the server failed", "log"),
        (503, "the server failed", "log"),
        (307, "sends elsewhere", "if you trust it"),
    ],
)
def test_a_refusal_says_what_the_server_says(serve: Serve, status: int, message: str, hint: str) -> None:
    body = as_json({"error": {"message": f"because of {KEY}\nand more", "code": status}}, status)
    body.headers = {"Location": "http://127.0.0.1:1/elsewhere"}
    error, _ = fault(client(serve({CHAT: body}).url))
    assert message in str(error)
    assert f"(HTTP {status}): because of ••• and more" in str(error)
    assert hint in error.hint
    assert error.status == status


@pytest.mark.parametrize("body", [b"<html>secret proxy page</html>", b"", b'{"error": ' + b"[" * 20000, b"\xff\xfe"])
def test_a_refusal_with_any_body(serve: Serve, body: bytes) -> None:
    error, _ = fault(client(serve({CHAT: Answer(body, 502, "text/html")}).url))
    assert "HTTP 502" in str(error)
    assert "secret" not in str(error)
    assert len(str(error)) < 500


def test_a_refusal_without_end(serve: Serve) -> None:
    error, _ = fault(client(serve({CHAT: streamed(status=500, endless=b"no " * 1000)}).url))
    assert "HTTP 500" in str(error)


def test_a_slow_first_token(serve: Serve) -> None:
    served = serve({CHAT: streamed((30, delta("late")))})
    error, text = fault(client(served.url, limits=Limits(first=0.3)))
    assert "nothing for 0.3 seconds" in str(error)
    assert text == ""


def test_a_first_token_that_is_slow_but_in_time(serve: Serve) -> None:
    late = streamed((0.5, b": still loading\n\n"), (0.5, delta("late")), delta(None, "stop"), event("[DONE]"))
    assert said(client(serve({CHAT: late}).url, limits=Limits(first=30, between=0.1))) == "late"


def test_headers_that_never_come() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        model = client(url, limits=Limits(first=0.3))
        model._servers._found[url] = KNOWN
        error, _ = fault(model)
    assert "nothing for 0.3 seconds" in str(error)


def test_a_pause_in_the_middle(serve: Serve) -> None:
    stuck = streamed(delta("some"), (30, delta("more")))
    error, text = fault(client(serve({CHAT: stuck}).url, limits=Limits(between=0.3)))
    assert "nothing for 0.3 seconds" in str(error)
    assert text == "some"


def test_keep_alives_are_no_reply(serve: Serve) -> None:
    alive = streamed(delta("some"), *[(0.1, b": ping\n\n")] * 300)
    error, text = fault(client(serve({CHAT: alive}).url, limits=Limits(between=0.5)))
    assert "nothing for 0.5 seconds" in str(error)
    assert text == "some"


def test_a_reply_that_takes_too_long_in_all(serve: Serve) -> None:
    slow = streamed(*[(0.1, delta("x"))] * 300)
    error, text = fault(client(serve({CHAT: slow}).url, limits=Limits(whole=1)))
    assert "still answering after 1 seconds" in str(error)
    assert set(text) <= {"x"}


def test_a_connection_cut_in_mid_stream(serve: Serve) -> None:
    error, text = fault(client(serve({CHAT: streamed(delta("canvas = "), delta("Canvas()"), cut=True)}).url))
    assert "broke" in str(error)
    assert "kept" in error.hint
    assert text == "canvas = Canvas()"


def test_a_stream_that_ends_politely_but_too_early(serve: Serve) -> None:
    error, text = fault(client(serve({CHAT: streamed(delta("canvas"))}).url))
    assert "ended the reply midway" in str(error)
    assert text == "canvas"


@pytest.mark.parametrize(
    "data",
    [
        "{not json",
        "[1, 2]",
        "17",
        '{"choices": 3}',
        '{"choices": [3]}',
        '{"choices": [{"delta": {"content": 7}}]}',
        '{"choices": [{"delta": [1]}]}',
        "{}",
        '{"a": ' + "[" * 5000,
    ],
)
def test_events_that_are_no_chat(serve: Serve, data: str) -> None:
    error, text = fault(client(serve({CHAT: streamed(delta("some"), event(data), delta("more"))}).url))
    assert "cannot be read" in str(error)
    assert text == "some"
    assert len(str(error)) < 200


def test_an_error_within_the_stream(serve: Serve) -> None:
    broken = streamed(delta("some"), event({"error": {"message": f"CUDA out of memory {KEY}", "type": "server_error"}}))
    error, text = fault(client(serve({CHAT: broken}).url))
    assert "broke off: CUDA out of memory •••" in str(error)
    assert text == "some"


@pytest.mark.parametrize("content_type", ["text/html", "", "image/png; name=" + "x" * 500])
def test_a_wrong_content_type(serve: Serve, content_type: str) -> None:
    error, _ = fault(client(serve({CHAT: Answer(b"<html>hello</html>", 200, content_type)}).url))
    assert "not with a chat" in str(error)
    assert "address" in error.hint
    assert len(str(error)) < 250


def test_a_compressed_stream_is_not_unpacked(serve: Serve) -> None:
    packed = streamed(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    error, _ = fault(client(serve({CHAT: packed}).url))
    assert "compressed" in str(error)


def test_an_endless_stream(serve: Serve) -> None:
    served = serve({CHAT: streamed(endless=delta("blah "))})
    error, text = fault(client(served.url, limits=Limits(most_chars=20_000)))
    assert "over 20000 bytes and was cut" in str(error)
    assert 19_000 < len(text) <= 20_000
    assert served.gone.wait(20)


@pytest.mark.parametrize("junk", [b"x" * 2**16, b": ping\n\n" * 2**13, b"data: " + b"x" * 2**16])
def test_a_reply_of_a_hundred_megabytes(serve: Serve, junk: bytes) -> None:
    served = serve({CHAT: streamed(*[junk] * (100 * 2**20 // len(junk)))})
    error, text = fault(client(served.url, limits=Limits(most_bytes=2**20)))
    assert "over 1 MiB" in str(error)
    assert text == ""
    assert served.gone.wait(20)


def test_stop_is_heard_while_nothing_comes(serve: Serve) -> None:
    served = serve({CHAT: streamed(delta("some"), (60, delta("more")))})
    got: list[str] = []
    for piece in client(served.url).stream(ASK, Sampling(), should_stop=lambda: bool(got)):
        got.append(piece.text)
    assert "".join(got) == "some"


def test_stop_is_heard_before_the_headers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        model = client(url)
        model._servers._found[url] = KNOWN
        asked = itertools.count()
        assert list(model.stream(ASK, Sampling(), should_stop=lambda: next(asked) > 3)) == []


def test_a_caller_that_leaves_ends_the_request(serve: Serve) -> None:
    served = serve({CHAT: streamed(endless=delta("blah "))})
    pieces = client(served.url).stream(ASK, Sampling())
    next(pieces)
    pieces.close()
    assert served.gone.wait(20)


def test_the_chat_can_be_used_after_a_fault(serve: Serve) -> None:
    served = serve({CHAT: streamed(delta("some"), cut=True)})
    model = client(served.url)
    fault(model)
    served.answers[CHAT] = spoken("all ", "well")
    assert said(model) == "all well"


def test_the_key_is_sent_and_shown_nowhere(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    served = serve({CHAT: spoken("hello")})
    model = client(served.url)
    assert said(model) == "hello"
    assert {headers["Authorization"] for _, _, headers in served.asked} == {f"Bearer {KEY}"}
    assert KEY not in caplog.text
    assert KEY not in repr(model.endpoint) + str(vars(model)) + json.dumps(served.bodies())


def test_the_key_does_not_follow_to_another_server(serve: Serve) -> None:
    other = serve({CHAT: spoken("stolen")})
    moved = Answer(b"", 308, headers={"Location": other.url + CHAT})
    fault(client(serve({CHAT: moved}).url))
    assert other.asked == []


def test_no_proxy_stands_before_this_computer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve({CHAT: spoken("from the proxy")})
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert said(client(serve({CHAT: spoken("straight")}).url)) == "straight"
    assert proxy.asked == []


def test_a_server_that_does_not_stream(serve: Serve) -> None:
    whole: dict[str, Any] = {"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}
    assert said(client(serve({CHAT: as_json(whole)}).url)) == "hello"


@pytest.mark.parametrize(
    ("reason", "cut"), [("stop", False), ("length", True), ("max_tokens", True), ("tool_calls", False)]
)
def test_a_reply_that_ran_into_the_limit_of_tokens_says_so(serve: Serve, reason: str, cut: bool) -> None:
    served = serve({"/v1/chat/completions": streamed(delta("canvas = "), delta(None, reason), event("[DONE]"))})
    pieces = list(client(served.url).stream(ASK, Sampling()))
    assert "".join(piece.text for piece in pieces) == "canvas = "
    assert [piece.note for piece in pieces if piece.note] == ([CUT_OFF] if cut else [])
