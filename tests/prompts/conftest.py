from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from lib_omost.canvas import Canvas, parse_canvas

CHAT = Path(__file__).parents[2] / "lib_omost" / "bench" / "dragon_chat.md"


@pytest.fixture(scope="session")
def dragon() -> Canvas:
    chat = CHAT.read_text(encoding="utf-8")
    return parse_canvas(chat[: chat.index("### User", 1)])


@pytest.fixture(scope="session")
def dinosaur() -> Canvas:
    return parse_canvas(CHAT.read_text(encoding="utf-8"))


def word_tokens(text: str) -> list[int]:
    """A stand-in for CLIP's tokenizer: one token a word or mark, a second one for every eight further letters."""
    tokens = []
    for word in re.findall(r"\w+|[^\w\s]", text):
        tokens += [hash((word, place)) % 40_000 for place in range(0, len(word), 8)]
    return tokens


@pytest.fixture(scope="session")
def tokenize() -> Callable[[str], list[int]]:
    return word_tokens


@pytest.fixture(scope="session")
def clip_tokenize() -> Callable[[str], list[int]]:
    """CLIP's own tokenizer, where the packages that it comes from are installed."""
    pytest.importorskip("transformers")
    if find_spec("open_clip") is None:  # only its data is read; importing it would need torchvision
        pytest.skip("open_clip_torch is not installed")
    from lib_omost.hosts.diffusers.shared.encode import tokenize_with
    from lib_omost.mini.tokenizer import load_tokenizer

    return tokenize_with(load_tokenizer())
