"""How large a canvas and the text it is read from may be. No reply, however odd, may hang or fill the memory."""

from __future__ import annotations

MAX_REGIONS = 32
MAX_ABSENT = 32
MAX_ITEMS = 64  # detailed descriptions of one region
MAX_CANVAS_CHARS = 24_000  # all texts of one canvas together; the dragon transcript has about 7,000

# Reading. A character takes at most ten when written (`\U0010ffff`), so every valid canvas fits when written out.
MAX_TEXT_CHARS = 300_000
MAX_DEPTH = 8  # brackets in brackets within one call
MAX_TOKENS = 400  # of one call
MAX_ARGUMENTS = 24  # of one call
MAX_OPERATORS = 16  # of one value; a long chain of them would exhaust the stack of Python's parser
MAX_CALLS_TRIED = 2 * MAX_REGIONS  # of one canvas
MAX_CANVASES_TRIED = 4  # from the end of a chat, until one can be used
MAX_REPORTS = 50  # corrections, and as many problems
