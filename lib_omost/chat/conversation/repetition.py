"""Endless repetition: seeing it while a reply is written, and breaking it off. What came before is kept."""

from __future__ import annotations

from collections.abc import Iterator

from lib_omost.chat.model import Piece

TAIL = 6000  # characters that are looked at; three of the longest regions
STEP = 64  # characters between two looks
MANY, FEW = 8, 3  # times that a short block, or one of LONG characters or more, must come to count
LONG = 200
LEAST = 120  # characters of repetition that are nothing unusual: blank lines, a rule of dashes


def repeats_endlessly(text: str) -> bool:
    """Whether a text ends in one block over and over: 3 times a block of 200 characters or more, 8 times a shorter one.

    Takes time in proportion to the last TAIL characters, by the prefix function of Knuth, Morris and Pratt (1977).
    """
    tail = text[-TAIL:][::-1]
    if len(tail) < LEAST:
        return False
    borders = [0] * len(tail)
    border = 0
    for place in range(1, len(tail)):
        while border and tail[place] != tail[border]:
            border = borders[border - 1]
        border += tail[place] == tail[border]
        borders[place] = border
        length = place + 1
        block = length - border
        if length >= LEAST and length >= block * (FEW if block >= LONG else MANY):
            return True
    return False


def until_repetition(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces of a reply, up to where it only repeats itself; the last piece then says so in its `note`."""
    text = ""
    looked = 0
    for piece in pieces:
        text = (text + piece.text)[-TAIL:]
        looked += len(piece.text)
        if looked >= STEP:
            looked = 0
            if repeats_endlessly(text):
                yield Piece(piece.text, piece.tokens, piece.forwards, "the reply began to repeat itself and was ended")
                return
        yield piece
