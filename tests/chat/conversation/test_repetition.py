from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.history import read_history
from lib_omost.chat.conversation.repetition import repeats_endlessly, until_repetition
from lib_omost.chat.model import Piece

CHAT = (Path(__file__).parents[3] / "lib_omost" / "bench" / "dragon_chat.md").read_text(encoding="utf-8")
REPLY = read_history(CHAT).rounds[0].reply
REGION = REPLY[REPLY.index("# Add a mighty dragon.") : REPLY.index("# Add a stormy sky")]


@pytest.mark.parametrize(
    "tail", ["fierce, " * 20, REGION * 3, "'and so on, and so on.',\n        " * 8, "!" * 130, REGION[:300] * 3]
)
def test_a_block_over_and_over_is_endless(tail: str) -> None:
    assert repeats_endlessly(REPLY + tail)


@pytest.mark.parametrize("tail", ["", "-" * 80, REGION * 2, "fierce, " * 6, "\n" * 60, "    tags='',\n" * 4])
def test_what_people_and_models_write_is_not(tail: str) -> None:
    assert not repeats_endlessly(REPLY + "\nEnd." + tail)


def test_no_beginning_of_the_transcript_is() -> None:
    assert not any(repeats_endlessly(CHAT[:length]) for length in range(0, len(CHAT), 97))


@given(st.text("ab", min_size=1, max_size=12), st.text("abc", max_size=40))
def test_it_is_what_it_says(block: str, before: str) -> None:
    count = 120 // len(block) + 9
    assert repeats_endlessly(before + block * count)
    assert not repeats_endlessly(before + "".join(f"{number}{block}" for number in range(100, 110)))


def pieces(text: str) -> list[Piece]:
    return [Piece(text[start : start + 7], number, number) for number, start in enumerate(range(0, len(text), 7), 1)]


def test_an_endless_reply_is_broken_off_and_its_canvas_kept() -> None:
    endless = REPLY.removesuffix("```").rstrip() + "\n" + REGION + "tags='fierce, " + "sharp teeth, " * 1000
    heard = list(until_repetition(iter(pieces(endless))))
    assert len(heard) < len(pieces(endless)) / 2
    assert "repeat itself" in heard[-1].note
    assert not any(piece.note for piece in heard[:-1])
    text = "".join(piece.text for piece in heard)
    assert endless.startswith(text)
    whole = parse_reply(REPLY).require_canvas()
    kept = parse_reply(text).require_canvas()
    assert kept.regions[:4] == whole.regions


def test_any_other_reply_passes_as_it_is() -> None:
    assert list(until_repetition(iter(pieces(REPLY)))) == pieces(REPLY)
