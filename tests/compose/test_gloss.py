"""Messages in other languages, word by word in English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.compose.gloss import glossary, glossed, heard
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.compose.to_canvas import to_canvas

LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "ru", "ja", "zh", "ko", "pl")


@pytest.mark.parametrize(
    ("message", "gloss"),
    [
        ("links unten ein Fuchs, oben rechts ein Fass", "(de) at the bottom left a fox, at the top right a barrel"),
        ("Links ein Fuchs, rechts ein Fass", "(de) on the left a fox, on the right a barrel"),
        ("drei grüne Flaschen neben einer Kerze", "(de) three green bottles next to a candle"),
        ("un chat noir à gauche d'une bouteille", "(fr) a cat black left of a bottle"),
        ("l'éléphant est au-dessus de l'arbre", "(fr) the elephant is above the tree"),
        ("dos gatos a la derecha de una mesa", "(es) two cats right of a table"),
        ("una farfalla gialla su un libro", "(it) a butterfly yellow on a book"),
        ("um leão na frente de uma igreja", "(pt) a lion in front of a church"),
        ("een rode fiets achter het huis", "(nl) a red bicycle behind the house"),
        ("кот на столе, справа от него лампа", "(ru) cat on table, right of него lamp"),
        ("czerwony samochód przed domem", "(pl) red car in front of house"),
        ("左边是一只狐狸，右边是两辆汽车", "(zh) left side is a fox, right side is two car"),
        ("椅子の上に猫", "(ja) chair's top: cat"),
        ("고양이 두 마리", "(ko) cat two"),
        ("사과를 의자 위에 놓아 줘", "(ko) apple chair top: put"),
    ],
)
def test_words_are_in_english_in_the_order_of_the_message(message, gloss):
    assert str(glossed(message)) == gloss


@pytest.mark.parametrize(
    "message",
    [
        "a cat on a table",
        "An elegant taxi by the sea at night, no people",
        "ibex, poodle, okapi, emu",
        "toucan over ottoman",
        "la tour eiffel at night",
        "panda",
        "two",
        "",
        "42 !?",
        "¿",
    ],
)
def test_english_and_what_is_no_language_stay_as_they_are(message):
    assert glossed(message) is None
    assert heard(message) == message


def test_accents_may_be_left_out_and_endings_may_be_strange():
    assert str(glossed("une eglise a droite")) == "(fr) a church on the right"
    assert str(glossed("ein Haus mit Katzenn")) == "(de) a house with cats"


def test_a_word_that_nobody_knows_stays_and_is_told():
    found = glossed("ein Wolpertinger auf einem Stuhl")
    assert str(found) == "(de) a wolpertinger on a chair"
    assert not found.whole
    assert glossed("ein Hund auf einem Stuhl").whole


def test_changes_and_what_was_said_before_are_read_the_same_way():
    canvas = to_canvas(read_plan("scene: open field\n horse; left\n dog; right\n"))
    prompt = edit_prompt(canvas, heard("entferne das Pferd"), [heard("mach den Hund grün")])
    assert prompt.endswith("before: (de) make the dog green\nchange: (de) remove the horse\nedit:\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_glossary_of_english(language):
    found = glossary(language)
    assert len(found.exact) > 800
    assert all(english.isascii() and english.strip() for english in found.exact.values())


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    found = glossed(text)
    assert found is None or found.language in LANGUAGES
    assert compose_prompt(heard(text)).count("\n") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_language_every_word_is_found_as_it_stands(language):
    """But where a longer phrase begins with it."""
    known = list(glossary(language).exact.items())
    for word, english in known[:: len(known) // 40]:
        assert glossary(language).exact[word] == english
        if language not in ("zh", "ja") and " " not in word and len(word) > 5:
            found = glossed(f"{word} {word} {word}")
            assert found is None or english == "-" or english in found.text or found.language != language
