"""What may follow a text is what a reply of the grammar has behind it, no more and no less."""

from __future__ import annotations

import random
from functools import cache

import llguidance
import pytest

from lib_omost.canvas import parse_canvas
from lib_omost.chat.conversation.prompt import whole_examples
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.grammar.gbnf import gbnf
from lib_omost.grammar.lark import lark
from lib_omost.grammar.rest import rest_of
from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Ref, Repeat, Sequence, literals

REPLY = whole_examples()[1].content
WORDS = Grammar(
    {
        "start": Sequence((Repeat(Ref("item"), 1, 2), Choice((Literal("."), Literal("!"), Literal("..."))))),
        "item": Sequence((literals("a", "ab", "b"), Repeat(Chars(("01",)), 0, 2))),
    }
)


def texts(node: Node, grammar: Grammar) -> frozenset[str]:
    """Every text of a small grammar, by its definition."""

    @cache
    def of(node: Node) -> frozenset[str]:
        if isinstance(node, Literal):
            return frozenset({node.text})
        if isinstance(node, Chars):
            return frozenset(char for char in "01ab.!" if char in node)
        if isinstance(node, Ref):
            return of(grammar.rules[node.name])
        if isinstance(node, Choice):
            return frozenset().union(*map(of, node.options))
        if isinstance(node, Sequence):
            whole = frozenset({""})
            for part in node.parts:
                whole = frozenset(one + other for one in whole for other in of(part))
            return whole
        return frozenset().union(*(of(Sequence((node.part,) * count)) for count in range(node.least, node.most + 1)))

    return of(node)


def test_the_rest_is_exactly_what_the_texts_have_behind_it() -> None:
    every = texts(WORDS.rules["start"], WORDS)
    beginnings = sorted({text[:cut] for text in every for cut in range(len(text) + 1)})
    for begun in random.Random(0).sample(beginnings, 100):
        rest = rest_of(WORDS, begun)
        assert rest is not None
        assert texts(rest.rules["start"], rest) == {text[len(begun) :] for text in every if text.startswith(begun)}
    for wrong in ("c", "abab.b", "a.x", "....", "a011"):
        if wrong not in beginnings:
            assert rest_of(WORDS, wrong) is None


@pytest.mark.parametrize("bounds", [Bounds(), OMOST_BOUNDS])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 0.6, 0.99, 1.0])
def test_a_canvas_that_was_cut_anywhere_is_held_to_its_rest(
    byte_vocabulary: llguidance.LLTokenizer, bounds: Bounds, share: float
) -> None:
    cut = int(len(REPLY) * share)
    rest = rest_of(canvas_rules(bounds), REPLY[:cut])
    assert rest is not None
    written = gbnf(rest)
    assert written.startswith("root ::= ")
    assert not written.startswith("root ::= \n")
    assert "{0,0}" not in written
    grammar = llguidance.LLMatcher.grammar_from_lark(lark(rest))
    matcher = llguidance.LLMatcher(byte_vocabulary, grammar)
    assert matcher.consume_tokens(byte_vocabulary.tokenize_str(REPLY[cut:]))
    assert matcher.is_accepting()
    assert parse_canvas(REPLY).regions


@pytest.mark.parametrize("begun", ["Sure!", "```python\ncanvas = Canvas()", REPLY + "\n"])
def test_what_is_no_beginning_of_a_canvas_has_no_rest(begun: str) -> None:
    assert rest_of(canvas_rules(Bounds()), begun) is None
