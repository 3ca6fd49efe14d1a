"""A chat whose worker is a real child around a model that does what its name says; all processes end with a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.service import ChatRequest, ChatService, ChatSettings, End, Event, chat_service
from lib_omost.chat.worker.launch import Launch
from lib_omost.hosts.memory import HostMemory
from tests.chat.client.conftest import serve
from tests.language_model import FakeModel, FakeWorker

__all__ = ["serve"]
CHILD = (sys.executable, str(Path(__file__).parents[1] / "worker" / "fake_child.py"))
MakeChat = Callable[..., ChatService]
Talk = Callable[..., list[Event]]


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeChat]:
    """`chat("oom")` has a model that runs out of memory, and so on; see `fake_child.py` of the worker's tests."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    made: list[ChatService] = []

    def make(name: str = "echo", *, memory: HostMemory | None = None, **rest: Any) -> ChatService:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        settings = ChatSettings(**{"model": str(folder), **rest})
        made.append(ChatService(lambda: settings, memory, Launch(command=CHILD)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def events(chat: ChatService, message: str = "hello", **rest: Any) -> list[Event]:
    """All that is told of one message."""
    stop = rest.pop("should_stop", lambda: False)
    return list(chat.write(ChatRequest(rest.pop("rounds", ()), message, **rest), stop))


def kinds(told: list[Event]) -> list[str]:
    """The types of what was told, repeated ones once."""
    types = [event.type for event in told]
    return [kind for number, kind in enumerate(types) if number == 0 or types[number - 1] != kind]


@pytest.fixture
def model() -> FakeModel:
    """A composer that writes what it is given."""
    return FakeModel(composes=True, knows_canvas=False)


@pytest.fixture
def talk(model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """All that is told of a message after rounds."""
    monkeypatch.setattr(chat_service, "ManagedWorker", lambda spec, *_, **__: FakeWorker(model, spec))
    made: list[ChatService] = []

    def send(message: str, rounds: Sequence[Round] = (), *, is_reviewed: bool = True, **rest: Any) -> list[Event]:
        made.append(ChatService(lambda: ChatSettings(is_reviewed=is_reviewed)))
        stop = rest.pop("should_stop", lambda: False)
        return list(made[-1].write(ChatRequest(tuple(rounds), message, **rest), stop))

    yield send
    for service in made:
        service.close()


def reply_of(told: list[Event]) -> str:
    assert isinstance(told[-1], End), told[-1]
    return told[-1].reply
