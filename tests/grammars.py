"""Grammars of every kind of node, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Ref, Repeat, Sequence

_CHAR = st.characters(exclude_categories=())  # lone surrogates, too
_LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Literal, st.text(_CHAR, max_size=8)),
    st.builds(Chars, st.lists(st.tuples(_CHAR, _CHAR).map("".join), max_size=3).map(tuple)),
    st.builds(Ref, st.sampled_from(["start", "other"])),
)


def _above(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, max_size=4).map(tuple)
    counts = st.tuples(st.integers(0, 9), st.integers(0, 99))
    repeats = st.builds(lambda part, count: Repeat(part, count[0], sum(count)), parts, counts)
    return st.one_of(st.builds(Sequence, several), st.builds(Choice, several), repeats)


def grammars() -> st.SearchStrategy[Grammar]:
    """Two rules that may name each other."""
    nodes = st.recursive(_LEAVES, _above, max_leaves=8)
    return st.builds(lambda start, other: Grammar({"start": start, "other": other}), nodes, nodes)
