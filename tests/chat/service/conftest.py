"""A chat whose worker is a real child around a model that does what its name says; all processes end with a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib_omost.chat.service import ChatRequest, ChatService, ChatSettings, Event
from lib_omost.chat.worker.launch import Launch
from lib_omost.hosts.memory import HostMemory
from tests.chat.client.conftest import serve

__all__ = ["serve"]
CHILD = (sys.executable, str(Path(__file__).parents[1] / "worker" / "fake_child.py"))
MakeChat = Callable[..., ChatService]


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
