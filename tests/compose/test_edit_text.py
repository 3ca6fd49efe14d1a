"""Edits are a few lines of text: what is written is read again, and what cannot be an edit is refused."""

from __future__ import annotations

import llguidance
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.bench.walk import walk
from lib_omost.compose.edit import Add, Move, Recolor, Swap, Targets
from lib_omost.compose.edit_text import read_edits, write_edits
from lib_omost.compose.grammar import edit_rules, plan_rules
from lib_omost.compose.known import known_words
from lib_omost.compose.plan import Entry, Relation
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import NEW
from lib_omost.compose.reply_words import reply_words
from lib_omost.errors import CanvasError
from lib_omost.grammar.lark import lark

WORDING = reply_words(
    "a king's t-shirt in 7 of the no-ones: style and scene, a thin fox in front of a hen, "
    + "w" * 18
    + " and "
    + "y" * 18,
    "",
    known_words(),
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_is_written_is_read(changes, data):
    edits = tuple(data.draw(st.lists(changes, max_size=4)))
    assert read_edits(write_edits(edits)) == edits


def test_the_text_says_what_the_edits_do():
    text = "color 1, 3: green\nmove 2: left of 1\nswap 1, 2\nadd: 2 x lamp; above 2; yellow\n"
    edits = (
        Recolor(Targets(("1", "3")), "green"),
        Move(Targets(("2",)), relation=Relation("left of", ("1",))),
        Swap(Targets(("1", "2"))),
        Add(Entry("lamp", 2, relation=Relation("above", ("2",)), color="yellow")),
    )
    assert read_edits(text) == edits
    assert write_edits(edits) == text


def test_no_change_is_said():
    assert write_edits(()) == "nothing\n"
    assert read_edits("nothing\n") == ()


NO_EDITS = (
    *("", "paint 1: red\n", "color 1: blurple\n", "color : red\n", "swap 1\n", "move 1: nowhere\n", "size 1: big\n"),
    *("nothing\nremove 1\n", "replace 1: the\n", "add: a\n", "shift 1: sideways\n", "describe 1: fox; red\n"),
    "remove\n",
)


@pytest.mark.parametrize("text", NO_EDITS)
def test_what_is_no_edit_is_refused(text):
    with pytest.raises(CanvasError):
        read_edits(text)


@given(st.integers(0, 2**32), st.integers(0, 5), st.sampled_from((None, WORDING)))
@settings(max_examples=300, deadline=None)
def test_every_text_of_the_grammar_can_be_read(seed, regions, words):
    text = walk(edit_rules(words, regions), seed)
    if text.startswith(NEW):
        read_plan(text.removeprefix(NEW))
    else:
        for edit in read_edits(text):
            names = edit.targets.names if hasattr(edit, "targets") else ()
            assert names == ("all",) or all(1 <= int(name) <= regions for name in names)


@pytest.mark.parametrize("regions", [0, 1, 2, 9])
def test_a_decoder_follows_both_grammars(regions):
    vocabulary = llguidance.LLTokenizer("byte")
    plan = "scene: open field; green\n 2 x thin fox; left, slightly lower; in front of hen; large tall; far; red\n"
    texts = {
        plan: plan_rules(WORDING),
        "new\nscene: sea\nno: people, dogs\n": edit_rules(WORDING, regions),
        "add: fox; top left\nscene: sea, calm; blue\nstyle: photo\n": edit_rules(WORDING, regions),
        **(
            {"color 1: red\nremove all\nmove 1: above 1\nsize 1: wider\n": edit_rules(WORDING, regions)}
            if regions
            else {}
        ),
    }
    for text, grammar in texts.items():
        matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(lark(grammar)))
        assert not matcher.is_error(), matcher.get_error()
        assert matcher.consume_tokens(list(text.encode()))
        assert matcher.is_accepting()
    for line in ("a fox", "the", "Fox", "fox;left", "fox; red; left"):
        text = f"scene: field\n{line}"
        matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(lark(plan_rules(WORDING))))
        assert matcher.try_consume_tokens(list(text.encode() + b"\n")) < len(text) + 1
