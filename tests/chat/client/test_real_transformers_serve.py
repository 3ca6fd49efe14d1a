"""`transformers serve`, asked by our client. It runs when it is named:

`OMOST_TRANSFORMERS_SERVE_PYTHON` is an interpreter that has `transformers[serving]` of version 5. `make test-servers`
installs it and sets this.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.canvas import parse_reply
from lib_omost.chat.client.detect import KnownServers, find_server
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import Constraint, ServerKind
from lib_omost.chat.client.remote_model import RemoteModel
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.service.message import replying
from lib_omost.errors import ServerError

from .running import free_port, running

PYTHON = os.environ.get("OMOST_TRANSFORMERS_SERVE_PYTHON", "")
ASK = [Message("user", "Count from one to ten.")]
pytestmark = pytest.mark.skipif(
    not PYTHON,
    reason="no `transformers serve`: set OMOST_TRANSFORMERS_SERVE_PYTHON to a Python with transformers[serving] >= 5",
)
CANVAS = """```python
canvas = Canvas()
canvas.set_global_description(
    description='A quiet sea.',
    detailed_descriptions=[],
    tags='sea',
    HTML_web_color_name='steelblu',
)
```"""  # there is no such colour


def served(arguments: list[str], home: Path) -> running:
    """A server on the CPU that can reach no hub and whose cache is in `home`."""
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", *arguments]
    command = [PYTHON, "-c", "from transformers.cli.transformers import main; main()", "serve", *options]
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    return running(command, Endpoint(f"http://127.0.0.1:{port}"), home.with_suffix(".log"), environment)


@pytest.fixture(scope="module")
def pinned(embedded_model: TransformersModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Started for one model, SmolLM2 in a folder, while its cache lists another, of a firm of OpenAI's name."""
    folder = tmp_path_factory.mktemp("pinned")
    smol, home = folder / "smol", folder / "home"
    config = embedded_model.network.config.to_dict()
    config.pop("quantization_config", None)
    network = LlamaForCausalLM(LlamaConfig(**config))
    network.load_state_dict(embedded_model.network.state_dict())
    network.save_pretrained(smol)
    embedded_model.tokenizer.save_pretrained(smol)
    cached = home / "hub" / "models--openai--other"
    listed = json.dumps({"architectures": ["LlamaForCausalLM"]})
    for path, text in {"refs/main": "0" * 40, f"snapshots/{'0' * 40}/config.json": listed}.items():
        (cached / path).parent.mkdir(parents=True)
        (cached / path).write_text(text)
    with served([str(smol)], home) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def free(
    byte_tokenizer: PreTrainedTokenizerFast, tiny_llama: LlamaForCausalLM, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """Started for whatever it is asked for, without a cache; the endpoint names a tiny model by its folder."""
    folder = tmp_path_factory.mktemp("free")
    tiny_llama.save_pretrained(folder / "tiny")
    byte_tokenizer.save_pretrained(folder / "tiny")
    with served([], folder / "home") as endpoint:
        yield replace(endpoint, model=str(folder / "tiny"))


def client(endpoint: Endpoint, bounds: Bounds | None = None, **rest: str) -> RemoteModel:
    return RemoteModel(replace(endpoint, **rest), KnownServers(), bounds=bounds, knows_canvas=True)


def pieces(endpoint: Endpoint, sampling: Sampling, **rest: str) -> list[Piece]:
    return list(client(endpoint, **rest).stream(ASK, sampling))


def test_it_is_told_apart_from_openai_by_its_paths(pinned: Endpoint) -> None:
    found = find_server(pinned)
    assert (found.kind, found.constraint, found.models) == (ServerKind.TRANSFORMERS, Constraint.NONE, ("openai/other",))


def test_the_model_that_it_was_started_for_answers_though_it_lists_another(pinned: Endpoint) -> None:
    model = client(pinned)
    got = list(model.stream(ASK, Sampling(0, max_new_tokens=24)))
    assert len("".join(piece.text for piece in got)) > 20
    assert got[-1].tokens == 24  # as it counts itself
    assert model.model == ""
    assert list(model.stream(ASK, Sampling(0, max_new_tokens=24))) == got


def test_another_model_than_that_is_refused_in_its_words(pinned: Endpoint) -> None:
    with pytest.raises(ServerError, match="pinned to"):
        pieces(pinned, Sampling(0, max_new_tokens=4), model="openai/other")


def test_a_canvas_comes_without_a_grammar_and_is_repaired(pinned: Endpoint) -> None:
    chat = Conversation().ask("a quiet sea").answer(CANVAS).ask("write the same code once more")
    model = client(pinned, Bounds(regions=(1, 2), items=(0, 0)))
    parsed = parse_reply("".join(piece.text for piece in replying(model, chat).pieces(Sampling(0, max_new_tokens=120))))
    assert parsed.require_canvas().color_name == "steelblue"
    assert parsed.corrections


def test_a_stop_frees_it_for_the_next_message(pinned: Endpoint) -> None:
    got: list[Piece] = []
    for piece in client(pinned).stream(ASK, Sampling(0, max_new_tokens=2000), should_stop=lambda: len(got) > 5):
        got.append(piece)
    assert len(got) < 100
    assert pieces(pinned, Sampling(0, max_new_tokens=4))


def test_the_same_seed_gives_the_same_reply(free: Endpoint) -> None:
    first, again = (pieces(free, Sampling(1, seed=3, max_new_tokens=12)) for _ in range(2))
    assert first == again
    assert first


def test_without_a_cache_it_is_known_all_the_same(free: Endpoint) -> None:
    found = find_server(free)
    assert (found.kind, found.models) == (ServerKind.TRANSFORMERS, ())


@pytest.mark.parametrize("name", ["", "someone/that-is-not-there"])
def test_a_name_that_it_cannot_load_is_asked_for_again(free: Endpoint, name: str) -> None:
    with pytest.raises(ServerError, match="HTTP 500") as caught:
        pieces(free, Sampling(0, max_new_tokens=4), model=name)
    assert "give the name of a model" in caught.value.hint
