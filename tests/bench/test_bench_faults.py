"""The check of damaged replies: it finds what it looks for, and finds nothing in what is read today."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from lib_omost.bench import faults
from lib_omost.bench.faults import SEEDS, damaged, lost, run
from lib_omost.canvas import parse_reply
from lib_omost.canvas.report import ParsedReply

COUNT = 1500


@pytest.mark.filterwarnings("error")
def test_nothing_is_lost_executed_or_hung() -> None:
    found = run(COUNT)
    assert found.findings == ()
    assert found.texts == COUNT
    assert found.canvases > COUNT / 2


def test_a_seed_gives_the_same_text_again() -> None:
    assert [damaged(seed) for seed in range(50)] == [damaged(seed) for seed in range(50)]


def test_a_region_that_vanished_is_found() -> None:
    parsed = parse_reply(SEEDS[1])
    assert parsed.canvas is not None
    assert lost(SEEDS[1], parsed) == 0
    shorter = replace(parsed, canvas=replace(parsed.canvas, regions=parsed.canvas.regions[1:]))
    assert lost(SEEDS[1], shorter) == 1
    assert lost(SEEDS[1], replace(shorter, outside=1)) == 0


def broken(_text: str) -> ParsedReply:
    raise ValueError("not ours")


def executing(text: str) -> ParsedReply:
    os.system("true")
    return parse_reply(text)


def silent(_text: str) -> ParsedReply:
    return ParsedReply(None)


@pytest.mark.parametrize(
    ("reader", "what"), [(broken, "ValueError"), (executing, "did os.system"), (silent, "no problem that says why")]
)
def test_what_may_not_be_is_found(
    monkeypatch: pytest.MonkeyPatch, reader: Callable[[str], ParsedReply], what: str
) -> None:
    monkeypatch.setattr(faults, "SEEDS", ("canvas = Canvas()",))
    monkeypatch.setattr(faults, "read_canvas", lambda text: reader(text) if len(text) > 20 else parse_reply(text))
    found = run(5)
    assert found.findings
    assert what in found.findings[0].what
