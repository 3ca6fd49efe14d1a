"""The words that a reply may be written in."""

from __future__ import annotations

import llguidance
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.compose.grammar import edit_rules, plan_rules
from lib_omost.compose.known import known_words
from lib_omost.compose.reply_words import ReplyWords, reply_words
from lib_omost.grammar.lark import lark

KNOWN = known_words()


def taken(text: str, words: ReplyWords, regions: int | None = None) -> bool:
    """Whether a decoder that is held to these words can write the whole text."""
    rules = plan_rules(words) if regions is None else edit_rules(words, regions)
    matcher = llguidance.LLMatcher(llguidance.LLTokenizer("byte"), llguidance.LLMatcher.grammar_from_lark(lark(rules)))
    assert not matcher.is_error(), matcher.get_error()
    return matcher.try_consume_tokens(list(text.encode())) == len(text) and matcher.is_accepting()


@given(st.text(max_size=60), st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), max_size=6))
def test_words_that_were_said_or_shown_can_be_written(noise, said):
    words = reply_words(noise + " " + " ".join(said), "1 umbrella; left " + " ".join(said), KNOWN)
    assert {*said, "umbrella"} <= words.things <= words.scenes


@pytest.mark.parametrize("thing", ["manatee", "dovecote", "sousaphone", "glass hurdy-gurdy", "wendigo's lantern"])
def test_a_word_nobody_knows_is_written_as_it_was_said_or_not_at_all(thing):
    assert not set(thing.split()) <= KNOWN.words
    words = reply_words(f"draw a {thing} beside a tree", "", KNOWN)
    assert taken(f"scene: open field\n {thing}; beside tree\n tree\n", words)
    for wrong in (thing[:-1], thing + "e", thing[0] + thing[2:]):
        assert not taken(f"scene: open field\n {wrong}\n", words)


@pytest.mark.parametrize(
    ("message", "right", "wrong"),
    [
        ("a tractor in the yard", "tractor", "train"),
        ("two wolves and three geese", "goose", "wood"),
        ("four boxes of cherries", "cherry", "boat"),
        ("a big hosue by the road", "house", "hut"),
        ("an old fisherman who smiles", "smiling old fisherman", "fish"),
        ("a toucan over an ottoman", "toucan", "apple"),
        ("ibex, mouse, okapi, emu", "okapi", "octopus"),
    ],
)
def test_in_english_a_thing_is_not_exchanged_for_one_that_is_known(message, right, wrong):
    words = reply_words(message, "", KNOWN)
    assert set(wrong.split()) <= KNOWN.words
    assert taken(f"scene: open field\n {right}\n", words)
    assert not taken(f"scene: open field\n {wrong}\n", words)
    assert taken(f"scene: {wrong} field\n {right}\n", words)


@pytest.mark.parametrize(
    "message", ["Ein Haus neben einem Hund", "画一只狗在房子旁边", "une maison et un chien", "дом и собака"]
)
def test_a_message_in_another_language_is_held_to_its_words_in_english(message):
    assert taken("scene: plain background\n house; left of dog\n dog\n", reply_words(message, "", KNOWN))
    assert not taken("scene: plain background\n house; left of horse\n horse\n", reply_words(message, "", KNOWN))


@pytest.mark.parametrize(
    "message",
    ["Ein Haus neben einem Wolpertinger", "画一只貔貅在房子旁边", "une maison et un tatzelwurm", "дом и водокачка"],
)
def test_a_message_in_another_language_with_a_word_nobody_knows_may_need_any_known_word(message):
    assert reply_words(message, "", KNOWN).things >= KNOWN.words
    assert taken("scene: plain background\n house; left of dog\n dog\n", reply_words(message, "", KNOWN))


def test_a_wish_that_names_nothing_may_be_answered_with_known_words():
    words = reply_words("paint me something with a lot of magic", "", KNOWN)
    assert taken("scene: enchanted forest\nstyle: magical\n white unicorn; center\n", words)


@pytest.mark.parametrize(
    "line",
    [
        "spoon; in fountain",  # "in f" may also begin "in front of"
        "spoon; in front of fountain",
        "spoon; between tall box and ball",
        "spoon; on old oak table; large wide; brown",
        "3 x spoon; left, slightly lower; far",
    ],
)
def test_all_relations_can_be_written_whatever_their_words(line):
    words = reply_words("a spoon in a fountain, between a tall box and a ball, on an old oak table", "", KNOWN)
    assert taken(f"scene: open field\n {line}\n box\n", words)


@pytest.mark.parametrize(
    "edit", ["move 1: in front of 2", "move 1: between 2 and 3", "add: spoon; in 2; red", "swap 1, 3"]
)
def test_edits_name_regions_by_number(edit):
    assert taken(edit + "\n", reply_words("put a spoon there", "", KNOWN), regions=3)


def test_small_words_stand_before_others_not_behind_each_other_without_end():
    words = reply_words("a puffin on the lifeboat with a red flag", "", KNOWN)
    assert taken("scene: open field\n puffin on the lifeboat; below red flag\n", words)
    for wrong in ("puffin on", "puffin on in in in lifeboat", "of the puffin", "puffin; on the"):
        assert not taken(f"scene: open field\n {wrong}\n", words)


def test_words_that_are_too_long_or_no_words_are_not_offered():
    strange = reply_words("a " + "o" * 30 + " — «naïve» café no.5", "", KNOWN)
    assert {"naive", "cafe", "no", "5"} <= strange.things
    assert not taken("scene: open field\n " + "o" * 30 + "\n", strange)
    assert not taken("scene: open field\n 5\n", strange)
    assert not taken("scene: open field\n the cafe\n", strange)
    assert taken("scene: open field\n naive cafe\n", strange)
