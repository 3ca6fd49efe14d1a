"""A real server: llama-cpp-python's, with the embedded SmolLM2. Skipped where that package is not installed.

`OMOST_LLAMA_CPP_PYTHON` names an interpreter that has `llama-cpp-python[server]`; else this one is tried.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator

import pytest

from lib_omost.canvas import parse_reply
from lib_omost.chat.client.detect import KnownServers, find_server
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.client.remote_model import RemoteModel
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import Sampling
from lib_omost.chat.service.message import replying
from lib_omost.errors import ServerError

from .running import embedded_gguf, free_port, running

PYTHON = os.environ.get("OMOST_LLAMA_CPP_PYTHON") or (sys.executable if importlib.util.find_spec("llama_cpp") else "")
BOUNDS = Bounds(regions=(1, 2), items=(0, 0), sentence=40, tags=30, mood=20)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not PYTHON:
        pytest.skip("set OMOST_LLAMA_CPP_PYTHON to a Python with llama-cpp-python[server]")
    endpoint = Endpoint(f"http://127.0.0.1:{free_port()}")
    options = ["--model", str(embedded_gguf()), "--host", "127.0.0.1", "--port", endpoint.root.rpartition(":")[2]]
    command = [PYTHON, "-m", "llama_cpp.server", *options, "--n_ctx", "8192"]
    with running(command, endpoint, tmp_path_factory.mktemp("server") / "log.txt"):
        yield endpoint.root


def test_a_real_server_is_recognised_and_held_to_the_canvas(url: str) -> None:
    model = RemoteModel(Endpoint(url), KnownServers(), bounds=BOUNDS)
    assert find_server(model.endpoint).kind is ServerKind.LLAMA_CPP_PYTHON
    text = "".join(piece.text for piece in replying(model, Conversation().ask("a red circle")).pieces(Sampling(0.0)))
    parsed = parse_reply(text)
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert parsed.canvas is not None


def test_a_stop_leaves_the_server_free_for_the_next_message(url: str) -> None:
    model = RemoteModel(Endpoint(url), KnownServers(), bounds=BOUNDS)
    got: list[str] = []
    for piece in replying(model, Conversation().ask("a cat")).pieces(Sampling(0.0), should_stop=lambda: len(got) > 3):
        got.append(piece.text)
    again = "".join(
        piece.text for piece in replying(model, Conversation().ask("a cat")).pieces(Sampling(0.0, max_new_tokens=9))
    )
    assert again


def test_a_model_that_is_not_there(url: str) -> None:
    model = RemoteModel(Endpoint(url + "/nothing", model="x"), KnownServers())
    with pytest.raises(ServerError):
        list(replying(model, Conversation().ask("a cat")).pieces(Sampling()))
