"""What a composer's reply makes of a canvas."""

from __future__ import annotations

from lib_omost.canvas.model import Canvas
from lib_omost.compose.apply import Edited, apply_edits
from lib_omost.compose.both_sides import on_both_sides
from lib_omost.compose.complete import completed
from lib_omost.compose.edit_text import read_edits
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import NEW
from lib_omost.compose.said import NOTHING_SAID, Said, with_said
from lib_omost.compose.to_canvas import to_canvas


def after(standing: Canvas | None, reply: str, said: Said = NOTHING_SAID) -> Edited:
    """The canvas after a reply of complete lines: `standing` with its edits, or that of its plan if there is none.

    `said` is what the message says besides of what a plan shows. Raises CanvasError when the reply cannot be read
    or applied.
    """
    if standing is None or reply.startswith(NEW):
        plan = with_said(on_both_sides(completed(read_plan(reply.removeprefix(NEW)))), said)
        return Edited(to_canvas(plan), changed=True)
    return apply_edits(standing, read_edits(reply))
