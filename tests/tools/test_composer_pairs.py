"""What training pairs say is what they mean: languages, counts, corrections, groups, words nobody knows."""

from __future__ import annotations

import random
import re

import pytest
from composer_training.canvases import page
from composer_training.corrections import corrected
from composer_training.counts import counted
from composer_training.edit_describe import describe
from composer_training.edit_groups import group_of, others_than
from composer_training.languages_russian import CASES, adjective, noun
from composer_training.languages_speaker import LANGUAGES, Looks, Speaker, Word, adjectives, particle, words
from composer_training.nouns import invented, own_nouns
from composer_training.scenes import unsaid
from composer_training.things import NUMBERS, Things, plural

from lib_omost.compose.edit import Describe

TRIES = 300
RUSSIAN = {  # nom, gen, acc, ins, pre
    ("кошка", "f", ""): "кошка кошки кошку кошкой кошке",
    ("лев", "ma", "льв"): "лев льва льва львом льве",
    ("стол", "m", ""): "стол стола стол столом столе",
    ("лошадь", "f", ""): "лошадь лошади лошадь лошадью лошади",
    ("привидение", "n", ""): "привидение привидения привидение привидением привидении",
    ("дедушка", "ma", ""): "дедушка дедушки дедушку дедушкой дедушке",
    ("такси", "n", "-"): "такси такси такси такси такси",
}


@pytest.mark.parametrize("word", RUSSIAN)
def test_russian_nouns_have_their_cases(word):
    assert " ".join(noun(word[0], word[1], case, word[2]) for case in CASES) == RUSSIAN[word]


def test_russian_adjectives_agree():
    assert [adjective("красный", gender, "acc") for gender in ("m", "ma", "f", "n")] == [
        *("красный", "красного", "красную", "красное"),
    ]
    assert noun("белый медведь", "ma", "gen") == "белого медведя"
    assert noun("летучая мышь", "f", "ins") == "летучей мышью"


def test_articles_and_adjectives_of_other_languages():
    def said(language, word, looks, case="nom", **options):
        return Speaker(random.Random(1), language, False).one(word, looks, case, **options)

    looks = Looks("small", "red")
    dog = Word("dog", "Hund", "m", "Hunde")
    assert said("de", dog, looks, "acc") == "einen kleinen roten Hund"
    assert said("de", dog, looks, definite=True) == "der kleine rote Hund"
    assert said("fr", Word("apple", "pomme", "f", "pommes"), looks) == "une petite pomme rouge"
    assert said("es", Word("box", "caja", "f", "cajas"), looks) == "una caja pequeña roja"
    assert said("nl", Word("house", "huis", "n", "huizen"), looks) == "een klein rood huis"
    assert said("nl", Word("house", "huis", "n", "huizen"), looks, definite=True) == "het kleine rode huis"
    assert said("ru", Word("cat", "кошка", "f", ""), looks, "acc") == "маленькую красную кошку"
    assert (particle("사과", "을", "를"), particle("책", "을", "를")) == ("사과를", "책을")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_words(language):
    assert len(words(language)) > 200
    assert all(re.fullmatch("[a-z0-9' -]+", word.english) for word in words(language))
    assert {"big", "small", "old"} <= set(adjectives(language))
    assert len({word.word for word in words(language)}) > 0.9 * len(words(language))


@pytest.mark.parametrize("held_out", [False, True])
def test_invented_nouns_can_stand_in_a_plan_and_are_nobodys(held_out):
    rng = random.Random(2)
    found = {invented(rng, held_out) for _ in range(TRIES)}
    assert len(found) > 0.95 * TRIES
    assert all(re.fullmatch("[a-z][a-z' -]+", word) for word in found)
    assert not found & own_nouns()


def test_a_count_in_words_is_the_count_of_the_plan():
    rng = random.Random(3)
    words_of = {"pair of": 2, "couple of": 2, "trio of": 3, "quartet of": 4, "quintet of": 5, "half a dozen": 6}
    seen = set()
    for _ in range(TRIES * 8):
        said, entries, things = counted(rng, Things(rng, False), False)
        named = [number for words, number in words_of.items() if said.count(words) == 1]
        if len(things) == 1 and len(named) == 1 and len(entries) == 1:
            assert entries[0].count == named[0], said
            seen.add(named[0])
    assert seen == {2, 3, 4, 5, 6}


def test_what_was_taken_back_is_in_no_plan():
    rng = random.Random(4)
    for _ in range(TRIES):
        said, entries, known = corrected(rng, Things(rng, False), False)
        assert {entry.thing for entry in entries} == {thing.text for thing in known}
        for entry in entries:
            noun = entry.thing.split()[-1]
            assert noun[:3] in said or plural(noun, noun) in said
    said, entries, _ = next(
        wish
        for wish in (corrected(rng, Things(rng, False), False) for _ in range(TRIES))
        if " but " in wish[0] and wish[0].startswith("not a")
    )
    wrong = said.removeprefix("not a ").partition(" but ")[0]
    assert all(entry.thing != wrong for entry in entries)


def test_groups_are_what_they_are_called():
    rng = random.Random(5)
    names = dict.fromkeys(("both", "everything but", "the two", "all three"), 0)
    for _ in range(TRIES * 2):
        found = page(rng, Things(rng, False), False)
        drawn = group_of(rng, found)
        if drawn is None:
            continue
        numbers = [int(name) for name in drawn[1].names]
        assert numbers == sorted(set(numbers))
        assert set(numbers) <= set(range(1, len(found.things) + 1))
        for name in names:
            names[name] += drawn[0].startswith(name)
        if drawn[0] in ("both", "both of them"):
            assert numbers == [1, 2] == list(range(1, len(found.things) + 1))
        if drawn[0].startswith("everything but the "):
            kept = drawn[0].removeprefix("everything but the ")
            gone = [found.things[number - 1] for number in numbers]
            assert all(thing.noun != kept for thing in gone)
    assert all(names.values())


def test_only_what_stays_is_not_removed():
    rng = random.Random(6)
    for _ in range(TRIES):
        found = page(rng, Things(rng, False), False)
        drawn = others_than(rng, found)
        if drawn is not None:
            assert 0 < len(drawn[1].names) < len(found.things)
            left = set(map(str, range(1, len(found.things) + 1))) - set(drawn[1].names)
            assert left


def test_a_description_keeps_all_that_was_there():
    rng = random.Random(7)
    seen = 0
    for _ in range(TRIES):
        things = Things(rng, False)
        found = page(rng, things, False)
        changed = describe(rng, found, things, False)
        if changed is None:
            continue
        seen += 1
        (edit,) = changed[1]
        assert isinstance(edit, Describe)
        before = found.things[int(edit.targets.names[0]) - 1].text
        assert before in edit.thing
        assert edit.thing != before
    assert seen > TRIES / 3


def test_shapes_alone_are_on_white():
    shapes = [Things(random.Random(seed), False, ("shape",)).one() for seed in range(20)]
    assert unsaid(shapes).text == "plain white background"
    animal = Things(random.Random(1), False).one(kinds=("animal",))
    assert unsaid([shapes[0], animal]).text != "plain white background"
    assert set(NUMBERS.values()) == {"two", "three", "four", "five", "six"}
