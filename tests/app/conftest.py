"""The command line in this process, and a language model that says what a test has queued."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib_omost.app.commands.cli import main
from lib_omost.chat.service import chat_service
from tests.language_model import FakeModel, FakeWorker, written

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


@pytest.fixture
def language_model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """In place of the embedded model, whether in a worker or here. Its pieces have 20 characters."""
    model = FakeModel()
    model.answer = lambda asked: written(model.replies.pop(0), asked, step=20)
    monkeypatch.setattr(chat_service, "ManagedWorker", lambda spec, *_, **__: FakeWorker(model, spec))
    monkeypatch.setattr("lib_omost.chat.local.composer.load_composer", lambda *_: model)
    return model
