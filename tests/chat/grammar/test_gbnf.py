from __future__ import annotations

from collections.abc import Callable

import llguidance
import pytest
from llguidance.gbnf_to_lark import gbnf_to_lark

from lib_omost.bench.walk import walk
from lib_omost.canvas import COLORS
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.grammar.gbnf import gbnf
from lib_omost.grammar.lark import lark
from lib_omost.grammar.rules import Chars, Grammar, Literal, Ref, Repeat, sequence

RandomWalk = Callable[[llguidance.LLTokenizer, Grammar, int], str]
CASES = [
    Bounds(),
    SMALL_MODEL_BOUNDS,
    OMOST_BOUNDS,
    Bounds(regions=(0, 2), items=(1, 2), sentence=3, tags=2, mood=1),
]


def accepts(grammar: str, text: str) -> bool:
    vocabulary = llguidance.LLTokenizer("byte")
    matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(grammar))
    assert not matcher.is_error(), matcher.get_error()
    tokens = vocabulary.tokenize_bytes(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and bool(matcher.is_accepting())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bounds", CASES)
def test_what_one_syntax_allows_the_other_does(
    byte_vocabulary: llguidance.LLTokenizer, random_walk: RandomWalk, bounds: Bounds, seed: int
) -> None:
    rules = canvas_rules(bounds)
    ours, theirs = lark(rules), gbnf_to_lark(gbnf(rules))
    text = walk(rules, seed)
    assert accepts(ours, text)
    assert accepts(theirs, text)
    if bounds is not OMOST_BOUNDS:  # its walks by single bytes are long
        assert accepts(theirs, random_walk(byte_vocabulary, rules, seed))


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("canvas = Canvas()", "canvas = canvas()"),
        ("offset='", "offset='no "),
        ("distance_to_viewer=", "distance_to_viewer=0"),
        ("description=", "description=x"),
        ("    area", "    place"),
        ("\n```", "\n"),
    ],
)
def test_what_is_no_canvas_neither_allows(found: str, instead: str) -> None:
    bounds = Bounds(regions=(1, 2), items=(0, 1), sentence=20, tags=20, mood=9)
    text = walk(canvas_rules(bounds), 1)
    wrong = text.replace(found, instead, 1)
    assert wrong != text
    assert not accepts(lark(canvas_rules(bounds)), wrong)
    assert not accepts(gbnf_to_lark(gbnf(canvas_rules(bounds))), wrong)


def test_gbnf_is_written_as_llama_cpp_reads_it() -> None:
    parts = sequence(Literal('say "\\\n"'), Repeat(Ref("A_WORD"), 0, 3))
    grammar = Grammar({"start": parts, "A_WORD": Chars(("az", "--", "^^", "]]", "éé"))})
    assert gbnf(grammar) == 'root ::= "say \\"\\\\\\n\\"" a-word{0,3}\na-word ::= [a-z\\x2D\\x5E\\x5Dé]\n'


def test_every_colour_is_in_it() -> None:
    text = gbnf(canvas_rules(Bounds()))
    assert all(f"\"'{name}'\"" in text for name in COLORS)
