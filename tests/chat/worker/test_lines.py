"""The lines between parent and child: whatever is sent arrives, and whatever arrives is an answer or refused."""

from __future__ import annotations

import io
import json
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.models.catalogue import CATALOGUE, ModelSpec, Source
from lib_omost.chat.worker.child.engine import read_load
from lib_omost.chat.worker.launch import Device, Launch, load_order
from lib_omost.chat.worker.lines import (
    MOST_BYTES,
    Answer,
    Ended,
    answer_line,
    chat_fields,
    from_line,
    read_answer,
    read_chat,
    read_lines,
    to_line,
)
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.grammar.rules import Grammar
from tests.grammars import grammars

from .conftest import CHILD

TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
COUNT = st.integers(0, 10**12)
ANSWERS = st.one_of(
    st.builds(
        WorkerStatus,
        st.sampled_from(Phase),
        COUNT,
        COUNT,
        st.floats(0, 1e9),
        COUNT,
        TEXT,
        TEXT,
    ),
    st.builds(Piece, TEXT, COUNT, COUNT, TEXT),
    st.builds(Ended, COUNT, TEXT, TEXT),
)


@given(ANSWERS, st.none() | COUNT)
def test_every_answer_arrives_as_one_line(answer: Answer, number: int | None) -> None:
    line = answer_line(answer, number)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_answer(line) == (number, answer)


@given(st.binary() | st.recursive(st.none() | st.integers() | TEXT, st.lists).map(json.dumps))
def test_what_is_no_answer_is_refused(line: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(line if isinstance(line, bytes) else line.encode())


@given(
    st.dictionaries(
        st.sampled_from(["said", "id", "phase", "text", "tokens", "forwards", "note", "hint"]),
        st.none() | st.integers() | st.sampled_from(["piece", "status", "end", "ready"]) | st.lists(st.integers()),
    )
)
def test_what_resembles_an_answer_is_one_or_refused(data: dict[str, Any]) -> None:
    try:
        number, answer = read_answer(json.dumps(data).encode())
    except ValueError:
        return
    assert read_answer(answer_line(answer, number)) == (number, answer)


@given(
    st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant"]), TEXT)),
    st.builds(Sampling, st.floats(0, 10), st.floats(0.01, 1), st.integers(1, 9999), st.none() | COUNT),
    st.none() | grammars(),
)
def test_a_chat_arrives_as_it_was_asked(messages: list[Message], sampling: Sampling, grammar: Grammar | None) -> None:
    order = from_line(to_line({"order": "chat", "id": 1, **chat_fields(messages, sampling, grammar)}))
    assert read_chat(order) == (tuple(messages), sampling, grammar)


@pytest.mark.parametrize(
    "spec", [*CATALOGUE, ModelSpec("x", Source.PATH, "/é", bounds=None)], ids=lambda spec: spec.name
)
def test_a_model_to_load_arrives_as_it_was_ordered(spec: ModelSpec) -> None:
    read = read_load(from_line(to_line(load_order(spec, Launch(device=Device.OFFLOAD, offline=True)))))
    assert (read.spec, read.device, read.offline) == (spec, Device.OFFLOAD, True)


@given(st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 50))
def test_a_line_is_read_as_far_as_its_limit_and_the_next_one_whole(lines: list[bytes], most: int) -> None:
    pipe = io.BytesIO(b"".join(line + b"\n" for line in lines))
    assert list(read_lines(pipe, most)) == [(line + b"\n")[:most] for line in lines]


def test_a_line_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="8 MiB"):
        to_line({"text": "x" * MOST_BYTES})


CHAT = {"order": "chat", "id": 1, **chat_fields((Message("user", "hello"),), Sampling(), None)}


@pytest.mark.parametrize(
    "order",
    [
        b"{",
        b"[]",
        b"x" * (MOST_BYTES + 9),
        b'{"order": "chat"}',
        b'{"order": "count", "id": [2]}',
        b'{"order": "stop", "id": 999}',
        CHAT | {"messages": 3},
        CHAT | {"messages": [{"role": "god", "content": "x"}]},
        CHAT | {"messages": [{"role": "user", "content": 7}]},
        CHAT | {"messages": [{"role": "user"}]},
        CHAT | {"sampling": {"temperature": 99}},
        CHAT | {"sampling": {"heat": 1}},
        CHAT | {"grammar": 5},
        CHAT | {"grammar": {"start": {"rule": "missing"}}},
        CHAT | {"order": "sing"},
        {"order": "count", "id": 1, "messages": [1]},
    ],
)
def test_an_odd_order_is_refused_and_the_next_one_answered(order: bytes | dict[str, Any]) -> None:
    first = to_line(load_order(ModelSpec("echo", Source.PATH, "echo"), Launch()))
    odd = order + b"\n" if isinstance(order, bytes) else to_line(order)
    good = to_line({"order": "count", "id": 7, "messages": [{"role": "user", "content": "hello"}]})
    with subprocess.Popen(CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(first + odd + good)
        child.stdin.flush()
        answers = []
        for line in child.stdout:
            answers.append(read_answer(line))
            if answers[-1][0] == 7:
                break
        child.stdin.close()
        child.wait(30)
    assert answers[-1] == (7, Ended(5))
    refused = [answer for number, answer in answers if number == 1]
    assert len(refused) == (not isinstance(order, bytes))
    assert all(isinstance(answer, Ended) and answer.error and answer.hint for answer in refused)
