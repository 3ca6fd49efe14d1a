from __future__ import annotations

import re

import pytest

from lib_omost.bench.walk import walk
from lib_omost.grammar.lark import lark, regex
from lib_omost.grammar.rules import (
    Chars,
    Choice,
    Grammar,
    Literal,
    Ref,
    Repeat,
    Sequence,
    literals,
    sequence,
    up_to,
)


def test_a_sequence_opens_sequences_and_joins_literals() -> None:
    inner = sequence(Literal("b"), Ref("x"), Literal("c"))
    assert sequence(Literal("a"), inner, Literal("d")) == Sequence((Literal("ab"), Ref("x"), Literal("cd")))
    assert sequence(Literal("a"), up_to(Ref("x"), 0), Literal("b")) == Sequence((Literal("ab"),))


def test_a_grammar_whose_rules_do_not_hold_together_is_refused() -> None:
    with pytest.raises(ValueError, match="not start"):
        Grammar({"begin": Literal("a")})
    with pytest.raises(ValueError, match="start may not refer to missing"):
        Grammar({"start": Ref("missing")})
    with pytest.raises(ValueError, match="WORD may not refer to other"):
        Grammar({"start": Ref("WORD"), "WORD": Repeat(Ref("other"), 0, 1), "other": Literal("a")})
    with pytest.raises(ValueError, match="cannot refer"):
        regex(Ref("x"))


def test_a_walk_draws_every_choice_count_and_character() -> None:
    part = Choice((Chars(("ac", "--")), Literal("xyz")))
    grammar = Grammar({"start": Sequence((Repeat(Ref("P"), 0, 2), Literal("!"))), "P": part})
    walks = {walk(grammar, seed) for seed in range(3000)}
    one = {"a", "b", "c", "-", "xyz"}
    assert walks == {"!", *(a + "!" for a in one), *(a + b + "!" for a in one for b in one)}
    assert walk(grammar, 7) == walk(grammar, 7)


@pytest.mark.parametrize("text", ["a.b*c+?", r"\[x]{1}^$|()", "-/#&'\"", "é–\n"])
def test_a_regex_matches_what_its_node_says(text: str) -> None:
    assert re.fullmatch(regex(Literal(text)), text)
    chars = Chars(tuple(char * 2 for char in text))
    assert all(re.fullmatch(regex(chars), char) for char in text)
    assert not re.fullmatch(regex(chars), "Q")
    assert re.fullmatch(regex(Repeat(literals("ab", "c"), 1, 3)), "abcab")
    assert not re.fullmatch(regex(Repeat(literals("ab", "c"), 1, 3)), "abcabc" + "c")


def test_lark_names_terminals_and_rules() -> None:
    grammar = Grammar({"start": Sequence((Literal("a\n"), Repeat(Ref("WORD"), 1, 2))), "WORD": Chars(("az",))})
    assert lark(grammar) == '%llguidance {}\nstart: "a\\n" (WORD){1,2}\nWORD: /[a-z]/\n'
