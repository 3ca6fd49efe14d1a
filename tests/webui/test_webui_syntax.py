"""Prompt syntax in regions: a table of what is written by method, in a WebUI, literally, and by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.hosts.webui.timed import merged, timed_canvases
from lib_omost.hosts.wording import Wording, worded_parts

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A circle.")
STEERED = ["sketch", "score", "decomposition"]
TABLE = [  # what stands in a region, what the encoder gets of it, what the host's own prompt gets
    ("A (red:1.3) circle", {"A (red:1.3) circle."}, "A (red:1.3) circle."),
    ("A [pale] circle", {"A [pale] circle."}, "A [pale] circle."),
    ("[oil:water:10] colours", {"oil colours.", "water colours."}, "[oil:water:10] colours."),
    ("[red|blue] circle", {"red circle.", "blue circle."}, "[red|blue] circle."),
    ("A red BREAK circle", {"A red", "circle."}, "A red BREAK circle."),
    ("A photo-style circle", {"A photo-style circle."}, "A photo-style circle."),
    ("Fire AND water", {"Fire and water."}, "Fire And water."),
    ("Half past 10:30.", {"Half past 10:30."}, "Half past 10:30."),
    (r"A circle \(round\)", {r"A circle \(round\)."}, r"A circle \(round\)."),
    ("A {red|blue} circle", {"A {red|blue} circle."}, "A {red|blue} circle."),
]


def code(text: str) -> str:
    return write_canvas(Canvas("White.", regions=(replace(REGION, detailed_descriptions=(text,)),)))


@pytest.fixture
def encoded(job: Any, run: Callable) -> Callable[..., str]:
    """All that a job sends to the encoder, a line a text."""

    def texts(text: str, method: str, **more: Any) -> str:
        run(job, {"canvas": code(text), "method": method, **more})
        return "\n".join(text for call in job.encoded for text in call)

    return texts


def whole(text: str, texts: str) -> bool:
    """Whether it stands there, with nothing joined to its words."""
    return re.search(rf"(?:^|[\s]){re.escape(text)}(?:$|[\s])", texts, re.MULTILINE) is not None


@pytest.mark.parametrize("method", STEERED)
@pytest.mark.parametrize(("text", "expected", "_joined"), TABLE)
def test_a_region_is_read_as_the_prompt_box_is(
    job: Any, encoded: Callable, method: str, text: str, expected: set[str], _joined: str
) -> None:
    job.embedder.embeddings["photo-style"] = 5
    texts = encoded(text, method)
    assert not hasattr(job, "swallowed")
    assert all(whole(each, texts) for each in expected), texts
    if len(expected) > 1 or "AND" in text:
        assert text not in texts


@pytest.mark.parametrize(("text", "_expected", "joined"), TABLE)
def test_without_regions_the_host_reads_it_in_its_own_prompt(
    job: Any, run: Callable, text: str, _expected: set[str], joined: str
) -> None:
    run(job, {"canvas": code(text), "method": "plain"})
    assert joined in job.conditioned[-1][0]


@pytest.mark.parametrize("method", [*STEERED, "plain"])
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("A (red:1.3) circle", r"A \(red:1.3\) circle."),
        ("[oil:water:10] colours", r"\[oil:water:10\] colours."),
        ("A red BREAK circle", "A red Break circle."),
        ("A {red|blue} circle", "A {red|blue} circle."),
    ],
)
def test_literal_texts_mean_nothing_but_their_words(
    job: Any, run: Callable, method: str, text: str, written: str
) -> None:
    run(job, {"canvas": code(text), "method": method, "syntax": "literal"})
    texts = " ".join(each for call in (*job.encoded, *job.conditioned) for each in call)
    assert written in texts
    assert not [name for name in job.extra_generation_params if re.fullmatch(r"Omost note \d+", name)]


def notes(job: Any) -> list[str]:
    return [str(value) for name, value in job.extra_generation_params.items() if name.startswith("Omost note")]


@pytest.mark.parametrize("method", STEERED)
def test_what_cannot_be_read_as_in_the_prompt_box_is_told(job: Any, encoded: Callable, method: str) -> None:
    encoded("Fire AND a {red|blue} circle, <hypernet:fur:1>", method)
    told = " ".join(notes(job))
    assert all(word in told for word in ("AND", "{red|blue}", "sd-dynamic-prompts", "<hypernet:fur:1>"))


def test_words_change_at_their_step_beside_those_of_the_prompt_box(job: Any, run: Callable) -> None:
    job.prompts = ("[dawn:dusk:15]",)
    run(job, {"canvas": code("[oil:water:10] colours"), "method": "score"})
    ends = [end for end, _ in job.sampler.conditionings[-1].batch[0][0].schedules]
    assert ends == [10, 15, 20]
    texts = {text for call in job.encoded for text in call}
    for words, medium in (("dawn", "oil"), ("dawn", "water"), ("dusk", "water")):
        assert any(words in text and medium in text for text in texts)
    assert not any("dusk" in text and "oil" in text for text in texts)


def test_by_turns_only_as_many_canvases_are_encoded_as_there_are(job: Any, run: Callable) -> None:
    run(job, {"canvas": code("[red|blue] circle"), "method": "score"})
    schedules = job.sampler.conditionings[-1].batch[0][0].schedules
    assert len(schedules) == 20
    assert len({id(one.cond) for one in schedules}) <= 20
    assert sum("circle" in text for call in job.encoded for text in call) == 2


def schedule(text: str, end: int) -> list[tuple[int, str]]:
    return [(3, text.replace("[a:b:3]", "a")), (end, text.replace("[a:b:3]", "b"))]


def test_a_canvas_without_prompt_editing_is_the_same_all_along() -> None:
    canvas = Canvas("White (10:30).", regions=(REGION,))
    (timed,), told = timed_canvases(canvas, 20, schedule)
    assert timed == (20, canvas)
    assert told == ()


def test_two_schedules_are_one() -> None:
    canvas = Canvas("[a:b:3]")
    timed, _ = timed_canvases(canvas, 9, schedule)
    found = merged([(5, "x"), (9, "y")], timed)
    assert [(end, words, canvas.description) for end, words, canvas in found] == [
        (3, "x", "a"),
        (5, "x", "b"),
        (9, "y", "b"),
    ]


class BareHost:
    """By itself: prompts have no syntax."""

    long_texts = reads_syntax = False
    bag_limit = 75

    def literal(self, text: str, /) -> str:
        return text

    def tokenize(self, text: str, /) -> list[int]:
        return [0] * len(text.split())


@pytest.mark.parametrize("method", STEERED)
@pytest.mark.parametrize("sign", ["(red:1.3)", "[oil:water:10]", "[red|blue]", "{red|blue}", "__colour__"])
def test_by_itself_it_stays_as_written_and_that_is_told(method: str, sign: str) -> None:
    canvas = Canvas("White.", regions=(replace(REGION, detailed_descriptions=(f"A {sign} circle",)),))
    parts = worded_parts(BareHost(), canvas, Wording(method), "")  # type: ignore[arg-type]
    assert any(f"A {sign} circle." in prompt for part in parts for bag in part.bags for prompt in bag.prompts)
    assert any(sign in note for note in parts[0].notes)
    quiet = worded_parts(BareHost(), canvas, Wording(method, literal=True), "")  # type: ignore[arg-type]
    assert quiet[0].notes == ()


def test_by_itself_break_opens_a_bag() -> None:
    canvas = Canvas("White.", detailed_descriptions=("big BREAK old",))
    (part,) = worded_parts(BareHost(), canvas, Wording("score"), "")  # type: ignore[arg-type]
    assert [bag.text for bag in part.bags] == ["White. big", "White. old."]
