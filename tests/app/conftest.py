"""The command line in this process, and a language model that says what a test has queued."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lib_omost.app.commands import chat
from lib_omost.app.commands.cli import main
from lib_omost.chat.model import Message, Piece, Sampling, never

TRANSCRIPT = Path(__file__).parents[2] / "lib_omost" / "bench" / "dragon_chat.md"

SHAPES_REPLY = """Here is the canvas:
```python
canvas = Canvas()
canvas.set_global_description(
    description='A white background.',
    detailed_descriptions=[],
    tags='white background',
    HTML_web_color_name='white',
)
canvas.add_local_description(
    location='on the left',
    offset='no offset',
    area='a small vertical area',
    distance_to_viewer=2.0,
    description='A red circle.',
    detailed_descriptions=[],
    tags='red circle',
    atmosphere='',
    style='',
    quality_meta='',
    HTML_web_color_name='red',
)
```
"""


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def omost(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `python -m lib_omost …` in this process."""

    def run(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def dragon_chat() -> Path:
    return TRANSCRIPT


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    file = tmp_path / "shapes.md"
    file.write_text(SHAPES_REPLY, encoding="utf-8")
    return file


@dataclass
class QueuedModel:
    """A LanguageModel that gives the queued replies in turn and keeps what it was asked."""

    replies: list[str] = field(default_factory=list)
    asked: list[list[Message]] = field(default_factory=list)
    context_tokens: int = 8192
    knows_canvas: bool = True
    bounds: None = None
    fails: BaseException | None = None  # raised at the third piece

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content) // 3 for message in messages)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: str | None = None,
    ) -> Iterator[Piece]:
        self.asked.append(list(messages))
        reply = self.replies.pop(0)
        for number, start in enumerate(range(0, len(reply), 20), 1):
            if self.fails is not None and number == 3:
                raise self.fails
            yield Piece(reply[start : start + 20], number, number)


@pytest.fixture
def language_model(monkeypatch: pytest.MonkeyPatch) -> QueuedModel:
    """In place of the embedded model, whether in a worker or here."""
    model = QueuedModel()

    def opened(*_: object, **__: object) -> contextlib.AbstractContextManager[QueuedModel]:
        return contextlib.nullcontext(model)

    monkeypatch.setattr(chat, "open_worker_model", opened)
    monkeypatch.setattr(chat, "open_model_here", opened)
    monkeypatch.setattr("lib_omost.chat.local.load.load_embedded_model", lambda: model)
    return model
