"""A grammar as JSON, as the worker's pipe carries it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.grammar.json_form import grammar_from_json, grammar_to_json
from lib_omost.grammar.lark import lark
from lib_omost.grammar.rules import Grammar, Ref, literals, sequence
from tests.grammars import grammars


@settings(deadline=None)
@given(grammars())
def test_every_grammar_is_read_back_as_it_was_written(grammar: Grammar) -> None:
    read = grammar_from_json(json.loads(json.dumps(grammar_to_json(grammar))))
    assert read == grammar
    assert list(read.rules) == list(grammar.rules)  # the first is where it starts


def test_a_list_of_words_is_little_more_than_the_words() -> None:
    words = [f"word{number}" for number in range(5000)]
    grammar = Grammar({"start": sequence(Ref("WORD"), Ref("WORD")), "WORD": literals(*words)})
    line = json.dumps(grammar_to_json(grammar))
    assert len(line) < sum(len(word) + 4 for word in words) + 100
    assert lark(grammar_from_json(json.loads(line))) == lark(grammar)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "chars", "all", "one", "rule", "repeat", "least", "most"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON | st.dictionaries(st.just("start"), JSON, min_size=1))
def test_what_resembles_a_grammar_is_one_or_refused(data: object) -> None:
    try:
        grammar = grammar_from_json(data)
    except ValueError:
        return
    assert grammar_from_json(grammar_to_json(grammar)) == grammar


@pytest.mark.parametrize(
    "data",
    [
        5,
        None,
        {},
        {"begin": "x"},
        {"start": 5},
        {"start": {"rule": "missing"}},
        {"start": {"chars": ["a"]}},
        {"start": {"repeat": "x", "least": 2, "most": 1}},
        {"start": {"repeat": "x", "least": True, "most": 1}},
        {"start": {"one": "ab"}},
    ],
)
def test_what_is_no_grammar_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        grammar_from_json(data)


def test_one_that_is_nested_without_end_is_refused() -> None:
    node: object = "x"
    for _ in range(20_000):
        node = {"all": [node]}
    with pytest.raises(ValueError, match="too deeply"):
        grammar_from_json({"start": node})
