"""Styles named in a canvas's texts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Region, canvas_to_line, read_canvas
from lib_omost.canvas.styles import NamedStyle, styled, with_styles, without_styles
from lib_omost.errors import BadInputError

STYLES = {
    "Oil": NamedStyle("oil painting, brushstrokes", "photo"),
    "Still (v2.1)": NamedStyle("cinematic still of {prompt}, shallow depth of field", "drawing, {prompt}"),
    "empty": NamedStyle("", ""),
    "away": NamedStyle("", "blurry"),
}
REGION = Region("on the left", "no offset", "a large square area", 5.0, "A red circle.")
PLAIN_WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="<>{}"))


def canvas_of(words: str, negative: str = "", **more: object) -> Canvas:
    return Canvas("White.", regions=(replace(REGION, description=words, negative=negative),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("A cat, <style:Oil>.", "A cat, oil painting, brushstrokes."),
        ("<style:Oil>", "oil painting, brushstrokes"),
        ("<STYLE: Oil >, a cat", "oil painting, brushstrokes, a cat"),
        ("A cat<style:Still (v2.1)>", "cinematic still of A cat, shallow depth of field"),
        ("<style:Still (v2.1)>, a cat", "cinematic still of a cat, shallow depth of field"),
        ("A cat, <style:empty>.", "A cat."),
        ("A <style:away> cat.", "A cat."),
        (
            "A cat, <style:Oil> <style:Still (v2.1)>",
            "cinematic still of A cat, oil painting, brushstrokes, shallow depth of field",
        ),
        ("[<style:Oil>:<style:away>:0.5] cat", "[oil painting, brushstrokes::0.5] cat"),
        ("A <style> of its own, < style:Oil>", "A <style> of its own, < style:Oil>"),
    ],
)
def test_a_style_is_its_prompt_in_the_place_of_its_name_or_around_the_words(written: str, meant: str) -> None:
    canvas, notes = with_styles(canvas_of(written), STYLES)
    assert canvas.regions[0].description == meant
    assert notes == ()


@pytest.mark.parametrize(
    ("words", "negative", "meant"),
    [
        ("A cat, <style:Oil>.", "", "photo"),
        ("A cat, <style:Oil>.", "hat", "hat, photo"),
        ("A cat, <style:Oil>, <style:Oil>.", "hat", "hat, photo"),
        ("A cat, <style:away>, <style:Still (v2.1)>.", "hat", "drawing, hat, blurry"),
        ("A cat.", "hat, <style:away>", "hat, blurry"),
        ("A cat.", "hat <style:Still (v2.1)>", "drawing, hat"),
    ],
)
def test_its_negative_prompt_goes_to_the_regions_negative_words(words: str, negative: str, meant: str) -> None:
    canvas, notes = with_styles(canvas_of(words, negative), STYLES)
    assert canvas.regions[0].negative == meant
    assert notes == ()


def test_a_model_without_negative_words_is_given_none_and_that_is_told() -> None:
    canvas, notes = with_styles(canvas_of("A cat, <style:Oil>.", "hat"), STYLES, has_negatives=False)
    assert canvas.regions[0].negative == "hat"
    assert len(notes) == 1
    assert "style Oil" in notes[0]


def test_the_whole_pictures_words_take_styles_too_without_their_negative_prompt() -> None:
    canvas, notes = with_styles(replace(canvas_of("A cat."), description="White, <style:Oil>."), STYLES)
    assert canvas.description == "White, oil painting, brushstrokes."
    assert canvas.regions[0].negative == ""
    assert len(notes) == 1
    assert "style Oil" in notes[0]


@pytest.mark.parametrize("field", ["description", "negative", "tags"])
def test_an_unknown_name_is_refused_with_those_that_there_are(field: str) -> None:
    canvas = Canvas("White.", regions=(replace(REGION, **{field: "red <style:Oils>"}),))
    with pytest.raises(BadInputError, match="'Oils'") as refused:
        with_styles(canvas, STYLES)
    assert "Still (v2.1)" in refused.value.hint
    with pytest.raises(BadInputError, match="'Oils'") as refused:
        with_styles(canvas, {f"style {number}": NamedStyle("a") for number in range(500)} | {"oil 2": NamedStyle("a")})
    assert refused.value.hint.startswith("choose one of oil 2, ")  # the nearest first
    assert refused.value.hint.endswith(" or 481 more")


def test_one_that_makes_the_canvas_too_large_is_refused() -> None:
    with pytest.raises(BadInputError, match="a style makes the canvas unusable"):
        with_styles(canvas_of("A cat, <style:long>."), {"long": NamedStyle("x" * 1_000_000)})


def test_where_no_host_keeps_any_they_are_no_words_and_that_is_told() -> None:
    canvas, notes = without_styles(canvas_of("A cat, <style:Oil>.", "hat, <style:away>"))
    assert canvas == canvas_of("A cat.", "hat")
    assert len(notes) == 2
    assert "Oil" in notes[1]
    assert "away" in notes[0]


@given(PLAIN_WORDS, PLAIN_WORDS)
def test_a_text_that_names_none_is_what_it_was(words: str, prompt: str) -> None:
    assert styled(words, lambda _name: prompt) == words


@given(PLAIN_WORDS, PLAIN_WORDS)
def test_no_word_of_text_or_style_is_lost(words: str, prompt: str) -> None:
    found = styled(f"{words} <style:one>", lambda _name: prompt)
    around = styled(f"{words} <style:one>", lambda _name: f"{prompt} {{prompt}}")
    letters = [letter for letter in words + prompt if not letter.isspace() and letter != ","]
    assert [letter for letter in found if not letter.isspace() and letter != ","] == letters
    assert sorted(letter for letter in around if not letter.isspace() and letter != ",") == sorted(letters)


@pytest.mark.parametrize("name", ["Oil", "Still (v2.1)", "日本", 'a "quoted" one', "it's | {so}"])
def test_a_canvas_keeps_their_names_as_written(name: str) -> None:
    canvas = canvas_of(f"A cat, <style:{name}>.", f"<style:{name}>")
    assert read_canvas(canvas_to_line(canvas)).require_canvas() == canvas
