"""What the grammars of the plan and of the canvas share, in llguidance's Lark syntax."""

from __future__ import annotations

import json

OPENING = "```python\n"
WORD = r"[\p{L}\p{N}]"


def literal(text: str) -> str:
    """A text as a literal of the grammar."""
    return json.dumps(text)
