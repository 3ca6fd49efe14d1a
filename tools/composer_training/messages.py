"""Answers a file of messages: for each the code of the canvas as it stands afterwards.

The file is a JSON list of `{"id", "message", "before"}`, where `before` is a list of [message, reply]: the last of these
replies holds the canvas that the message changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from composer_training.evaluation import grammar_of
from composer_training.generate import replies
from lib_omost.canvas.model import Canvas
from lib_omost.canvas.parse import parse_canvas
from lib_omost.canvas.write import write_canvas
from lib_omost.compose.after import after
from lib_omost.compose.gloss import heard
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.errors import CanvasError


def answer(
    model: Any, tokenizer: Any, path: Path, told: Callable[[int], None] = lambda _: None
) -> list[dict[str, str]]:
    """Of every message its id, what the model wrote, and the code of the canvas as `reply`; "" where it failed."""
    messages = json.loads(path.read_text(encoding="utf-8"))
    canvases: list[Canvas | None] = []
    prompts = []
    for message in messages:
        before = message.get("before") or []
        canvas = parse_canvas(before[-1][1]) if before else None
        canvases.append(canvas)
        earlier = [text for text, _ in before[1:]]  # what made the canvas is seen in it; only changes are remembered
        prompts.append(
            edit_prompt(canvas, heard(message["message"]), list(map(heard, earlier)))
            if canvas
            else compose_prompt(heard(message["message"]))
        )
    written = replies(model, tokenizer, [(prompt, grammar_of(prompt)) for prompt in prompts], told=told)
    rows = []
    for message, canvas, text in zip(messages, canvases, written, strict=True):
        try:
            code = write_canvas(after(canvas, text).canvas)
        except CanvasError:
            code = ""
        rows.append({"id": message["id"], "written": text, "reply": code})
    return rows
