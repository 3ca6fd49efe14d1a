"""`bench chat`: a reply that is forced as the answer, and the table."""

from __future__ import annotations

import llguidance
import pytest
import torch
from llguidance import LLTokenizer

from lib_omost.bench.chat import Greedy, Row, format_table
from lib_omost.bench.replay import Teacher
from lib_omost.chat.constraint import GrammarConstraint
from lib_omost.errors import BadInputError

GRAMMAR = 'start: "ab" /[cd]+/ "!"'


@pytest.fixture(scope="module")
def letters() -> LLTokenizer:
    """One token a byte."""
    return llguidance.LLTokenizer("byte")


def test_a_teacher_leads_through_the_reply_and_lets_the_grammar_force_its_part(letters: LLTokenizer) -> None:
    reply = letters.tokenize_str("abcd!")
    teacher = Teacher(GrammarConstraint(letters, GRAMMAR), reply, letters)
    tokens = teacher.forced()
    while not teacher.ended():
        token = teacher.choose(torch.zeros(1), teacher.allowed())
        teacher.take(token)
        tokens += [token, *teacher.forced()]
    assert tokens == reply


def test_a_reply_outside_the_grammar_is_refused(letters: LLTokenizer) -> None:
    other = Teacher(GrammarConstraint(letters, GRAMMAR), letters.tokenize_str("acd!"), letters)
    with pytest.raises(BadInputError, match="the grammar forces"):
        other.forced()
    ends_early = Teacher(GrammarConstraint(letters, GRAMMAR), letters.tokenize_str("abx!"), letters)
    assert ends_early.forced() == letters.tokenize_str("ab")
    with pytest.raises(BadInputError, match="the grammar does not allow b'x!'"):
        ends_early.choose(torch.zeros(1), ends_early.allowed())


def test_the_table_says_what_each_way_took_and_whether_replies_are_the_same() -> None:
    rows = [Row("edit", "ours", 100, 10, 4.0, 10.0, 3.5)]
    greedy = [Greedy("edit", "the grammar", 8, 3, True), Greedy("edit", "nothing", 8, 3, False)]
    table = format_table(rows, greedy)
    assert "10.0 ×" in table
    assert "3.5 ×" in table
    assert "25.0" in table
    assert "held to the grammar: identical (8 tokens, 3 passes)" in table
    assert "held to nothing: DIFFERENT" in table
