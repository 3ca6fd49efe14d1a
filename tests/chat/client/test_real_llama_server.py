"""llama.cpp's own server with the embedded SmolLM2, asked by our client. It runs when it is named:

`OMOST_LLAMA_SERVER` is the path of a `llama-server`, or `OMOST_XLLAMACPP_PYTHON` an interpreter that has `xllamacpp`,
whose wheels hold the same server. `make test-servers` installs the latter and sets it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from lib_omost.bench.original import refusal
from lib_omost.canvas import parse_canvas, parse_reply
from lib_omost.chat.client.ask import ask
from lib_omost.chat.client.detect import KnownServers, find_server
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.form import form_of
from lib_omost.chat.client.kinds import Constraint, ServerKind
from lib_omost.chat.client.remote_model import CHAT_PATH, RemoteModel
from lib_omost.chat.client.request import chat_body
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.conversation.prompt import opening, whole_examples
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.service.message import replying
from lib_omost.compose.after import after
from lib_omost.compose.edit_text import read_edits, write_edits
from lib_omost.compose.plan_text import read_plan, write_plan
from lib_omost.errors import ServerError

from .conftest import KEY
from .running import embedded_gguf, free_port, running

BINARY, PYTHON = (os.environ.get(name, "") for name in ("OMOST_LLAMA_SERVER", "OMOST_XLLAMACPP_PYTHON"))
BOUNDS = Bounds(regions=(1, 2), items=(0, 0), sentence=40, tags=30, mood=20)
LOOKUP = 4
pytestmark = pytest.mark.skipif(
    not (BINARY or PYTHON),
    reason="no llama-server: set OMOST_LLAMA_SERVER to its path or OMOST_XLLAMACPP_PYTHON to a Python with xllamacpp",
)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with served(tmp_path_factory.mktemp("llama"), key="", lookup=0) as started:
        yield started


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One that wants a key and looks up n-grams."""
    with served(tmp_path_factory.mktemp("guarded"), key=KEY, lookup=LOOKUP) as started:
        yield started


def served(folder: Path, key: str, lookup: int) -> running:
    model, port = embedded_gguf(), free_port()
    command: list[str | Path] = [
        PYTHON,
        Path(__file__).with_name("xllama_server.py"),
        model,
        str(port),
        key,
        str(lookup),
    ]
    if BINARY:
        command = [BINARY, "-m", model, "--host", "127.0.0.1", "--port", str(port), "-c", "8192", "-np", "1"]
        command += ["-t", "1"]
        command += ["--api-key", key] if key else []
        command += ["--spec-type", "ngram-simple", "--spec-ngram-simple-size-n", str(lookup)] if lookup else []
    return running(command, Endpoint(f"http://127.0.0.1:{port}", key), folder / "log.txt")


def client(endpoint: Endpoint, bounds: Bounds | None = BOUNDS, **rest: object) -> RemoteModel:
    return RemoteModel(replace(endpoint, **rest), KnownServers(), bounds=bounds)


def written(model: RemoteModel, message: str, sampling: Sampling) -> str:
    return "".join(piece.text for piece in replying(model, Conversation().ask(message)).pieces(sampling))


def whole(endpoint: Endpoint, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a chat request in one piece, with all that the server says of it."""
    body = body | {"stream": False, "return_progress": False}
    answer = httpx.post(f"{endpoint.root}/v1{CHAT_PATH}", json=body, headers=endpoint.headers, timeout=600)
    return dict(answer.raise_for_status().json())


def test_it_is_recognised_with_its_context(endpoint: Endpoint) -> None:
    found = find_server(endpoint)
    assert (found.kind, found.constraint, found.context_tokens) == (ServerKind.LLAMA_CPP, Constraint.GBNF, 8192)
    assert len(found.models) == 1


@pytest.mark.parametrize(("temperature", "message"), [(0, "a red circle"), (1.5, 'une "étoile" 猫 🐈')])
def test_its_replies_keep_to_our_grammar(endpoint: Endpoint, temperature: float, message: str) -> None:
    text = written(client(endpoint), message, Sampling(temperature, seed=3))
    parsed = parse_reply(text)
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert refusal(text) is None
    assert 1 <= len(parsed.require_canvas().regions) <= 2


def test_it_reads_the_whole_grammar_of_the_omost_models(endpoint: Endpoint) -> None:
    text = written(client(endpoint, OMOST_BOUNDS), "a cat", Sampling(0, max_new_tokens=24))
    assert text.startswith("```python\n# Initialize the canvas\ncanvas = Canvas()\n")


def test_it_reads_the_schema_that_its_kin_are_held_to(endpoint: Endpoint) -> None:
    text = written(client(endpoint, kind=ServerKind.LM_STUDIO), "a red circle", Sampling(0))
    parsed = parse_reply(text)
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert parsed.canvas is not None


def test_it_writes_a_plan_and_edits_within_their_grammars(endpoint: Endpoint) -> None:
    model = RemoteModel(endpoint, KnownServers(), is_small=True, bounds=SMALL_MODEL_BOUNDS, plans=True)
    asked = Conversation().ask("a green parrot on the left and a yellow lamp on the right")
    way = replying(model, asked)
    plan = "".join(piece.text for piece in way.pieces(Sampling(0)))
    assert write_plan(read_plan(plan)) == plan
    kept = way.kept(plan, is_whole=True)
    assert kept.fault is None
    before = parse_canvas(kept.text)
    way = replying(model, asked.answer(kept.text).ask("make the lamp blue"))
    edits = "".join(piece.text for piece in way.pieces(Sampling(0)))
    assert edits.startswith("new\n") or write_edits(read_edits(edits)) == edits
    kept = way.kept(edits, is_whole=True)
    assert kept.fault is not None or parse_canvas(kept.text) == after(before, edits).canvas


def test_it_reads_the_schema_of_the_regions_still_to_come(endpoint: Endpoint) -> None:
    begun = whole_examples()[1].content
    begun = begun[: begun.index("\n# Add", begun.index("add_local"))].strip()
    chat = Conversation((Round("a picture", begun),)).continue_reply()
    model = client(endpoint, replace(BOUNDS, regions=(1, 3)), kind=ServerKind.LM_STUDIO)
    rest = "".join(piece.text for piece in replying(model, *chat).pieces(Sampling(0)))
    parsed = parse_reply(begun + rest)
    assert (parsed.problems, parsed.corrections) == ((), ())
    there = len(parse_canvas(begun).regions)
    assert there <= len(parsed.require_canvas().regions) <= 3
    assert rest.endswith("```")


def test_it_counts_tokens(endpoint: Endpoint) -> None:
    messages = [Message("system", "Compose."), Message("user", "a red circle beside a blue square")]
    model = client(endpoint)
    body = chat_body(find_server(endpoint), model.model, messages, Sampling(0, max_new_tokens=1), as_json=False)
    assert 10 < model.count_tokens(messages) == whole(endpoint, body)["usage"]["prompt_tokens"]


def test_the_keys_and_values_of_a_prompt_are_kept(endpoint: Endpoint) -> None:
    model = client(endpoint)
    messages = (*opening(model), Message("user", "a green tree"))
    body = chat_body(find_server(endpoint), model.model, messages, Sampling(0, max_new_tokens=1), as_json=False)
    whole(endpoint, body)
    usage = whole(endpoint, body)["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] >= usage["prompt_tokens"] - 4


def test_a_stop_frees_it_for_the_next_message(endpoint: Endpoint) -> None:
    got: list[str] = []
    for piece in replying(client(endpoint), Conversation().ask("a cat")).pieces(
        Sampling(0), should_stop=lambda: len(got) > 20
    ):
        got.append(piece.text)
    assert "".join(got)
    assert written(client(endpoint), "a dog", Sampling(0, max_new_tokens=9))
    assert not any(slot["is_processing"] for slot in ask(endpoint, "/slots"))


def test_a_reply_that_was_cut_off_is_gone_on_with_where_it_stopped(endpoint: Endpoint) -> None:
    chat = Conversation().ask("a red circle")
    begun = "".join(piece.text for piece in replying(client(endpoint), chat).pieces(Sampling(0, max_new_tokens=90)))
    rest = "".join(islice((piece.text for piece in replying(client(endpoint), chat, begun).pieces(Sampling(0))), 40))
    assert "Initialize" not in rest
    assert parse_reply(begun + rest).canvas is not None


def test_a_prompt_that_is_too_long_is_refused_in_words(endpoint: Endpoint) -> None:
    with pytest.raises(ServerError, match=r"HTTP 400.*context") as caught:
        list(client(endpoint, None).stream([Message("user", "word " * 9000)], Sampling(0, max_new_tokens=4)))
    assert caught.value.hint


def test_its_lookup_drafts_within_the_grammar_and_the_key_is_asked_for(guarded: Endpoint) -> None:
    model = client(guarded)
    server = find_server(guarded)
    messages = (*opening(model), Message("user", "a red circle"))
    body = chat_body(server, model.model, messages, Sampling(0, max_new_tokens=500), as_json=False)
    body |= form_of(server.constraint, canvas_rules(BOUNDS), BOUNDS).fields
    answer = whole(guarded, body)
    parsed = parse_reply(answer["choices"][0]["message"]["content"])
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert answer["timings"]["draft_n_accepted"] > 20
    with pytest.raises(ServerError, match="another API key") as caught:
        written(client(guarded, key="sk-wrong"), "a cat", Sampling(0))
    assert "sk-wrong" not in str(caught.value)
