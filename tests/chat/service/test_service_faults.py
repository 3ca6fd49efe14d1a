"""What goes wrong ends in a `Failed` with what to do, keeps what had come, and leaves a chat that works."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lib_omost.chat.service import ChatRequest, End, Failed, Status, chat_service, packages
from lib_omost.errors import OmostError
from lib_omost.packages import Pip
from tests.chat.client.conftest import Answer
from tests.chat.service.conftest import MakeChat, events


def failed(told: list) -> Failed:
    last = told[-1]
    assert isinstance(last, Failed), last
    assert last.hint
    return last


@pytest.mark.parametrize(
    ("name", "message", "hint", "reply"),
    [
        ("oom", "ran out of memory", "smaller model", "hell"),
        ("killed", "was ended by the system (often: out of memory)", "smaller model", "hell"),
        ("crash", "ended unexpectedly", "starts anew", "hell"),
        ("error", "the grammar cannot be followed", "without it", "hell"),
        ("load-oom", "ran out of memory", "smaller model", ""),
        ("load-error", "no chat template", "instruct model", ""),
        ("load-crash", "ended unexpectedly", "starts anew", ""),
        ("mute", "an empty reply", "in other words", ""),
    ],
)
def test_a_worker_that_fails(chat: MakeChat, name: str, message: str, hint: str, reply: str) -> None:
    one = chat(name)
    for _ in range(2):  # the chat goes on
        fault = failed(events(one))
        assert message in fault.message
        assert hint in fault.hint
        assert fault.reply == reply
    assert not one._turn.locked()


def test_a_server_that_is_down(chat: MakeChat) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    one = chat(server=f"http://127.0.0.1:{port}")
    (listed,) = [model for model in one.models() if model.name.startswith("server")]
    assert listed.state == "server offline"
    assert listed.note
    assert "seconds" not in listed.note  # it was refused, and no limit was waited for
    fault = failed(events(one, model="server: tiny"))
    assert "127.0.0.1" in fault.message
    assert not one._turn.locked()
    assert isinstance(events(one)[-1], End)  # the worker answers all the same


def test_a_server_that_never_answers_is_not_waited_for_long(chat: MakeChat) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        one = chat(server=f"http://127.0.0.1:{mute.getsockname()[1]}")
        (listed,) = [model for model in one.models() if model.name.startswith("server")]
        assert len(waiting_at(mute)) == 1  # the limit is waited for once
    assert (listed.state, "within 3 seconds" in listed.note) == ("server offline", True)


def waiting_at(server: socket.socket) -> list[object]:
    """The addresses of those who connected, of whom none was taken yet."""
    server.setblocking(False)
    found: list[object] = []
    with contextlib.suppress(BlockingIOError):
        while True:
            connection, address = server.accept()
            connection.close()
            found.append(address)
    return found


def test_a_servers_refusal_shows_no_key(chat: MakeChat, serve: Callable) -> None:
    body = b'{"error": {"message": "bad key sk-secret"}}'
    server = serve({"/v1/chat/completions": Answer(body, 401)})
    fault = failed(events(chat(server=server.url, key="sk-secret"), model="server: tiny"))
    assert "sk-secret" not in fault.message + fault.hint


@pytest.mark.parametrize("address", ["ftp://x", "http://user:hunter2@host", "not an address"])
def test_an_address_that_cannot_be_used_is_told_in_the_list(chat: MakeChat, address: str) -> None:
    (listed,) = [model for model in chat(server=address).models() if model.name.startswith("server")]
    assert listed.state == "server offline"
    assert "address" in listed.note
    assert "hunter2" not in listed.note


def test_packages_that_cannot_be_installed(chat: MakeChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(needs: tuple[str, ...], held: object, pip: Pip, folder: Path) -> None:
        pip.report("step 1 of 2")
        raise OmostError("the worker's packages could not be installed: No space left", hint="free some space")

    monkeypatch.setattr(packages, "requirements", lambda: ("omost-nothing>=1",))
    monkeypatch.setattr(packages, "install_lacking", install)
    one = chat(overlay=tmp_path / "overlay")
    told = events(one)
    assert told[0] == Status("installing what it needs: step 1 of 2", "installing")
    assert failed(told) == Failed("the worker's packages could not be installed: No space left", "free some space", "")
    assert one._worker is None
    monkeypatch.setattr(packages, "requirements", tuple)
    assert isinstance(events(one)[-1], End)


def test_an_installation_that_is_stopped(chat: MakeChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def install(needs: object, held: object, pip: Pip, folder: Path) -> None:
        stop.set()
        assert pip.should_stop()
        raise OmostError("the installation was stopped")

    monkeypatch.setattr(packages, "requirements", lambda: ("omost-nothing>=1",))
    monkeypatch.setattr(packages, "install_lacking", install)
    one = chat(overlay=tmp_path / "overlay")
    last = events(one, should_stop=stop.is_set)[-1]
    assert isinstance(last, End)
    assert last.reply == ""
    assert one._worker is None


def test_whatever_a_library_raises_the_page_hears_of_the_end(chat: MakeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(chat_service, "prepare", broken)
    one = chat()
    assert "by zero" in failed(events(one)).message
    assert not one._turn.locked()


def test_unloading_that_meets_a_start_fails_that_message_alone(chat: MakeChat) -> None:
    one = chat("slow-start")
    told = one.write(ChatRequest((), "hello"))
    assert next(told) == Status("starting", "starting")
    one.unload()
    assert "was unloaded" in failed(list(told)).message
    assert isinstance(events(one)[-1], End)
