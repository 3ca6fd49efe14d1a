"""Characters that cannot be seen and that a canvas's text is read without."""

from __future__ import annotations

import re

# Zero-width space and joiners, marks of direction, the mark of byte order, the soft hyphen.
INVISIBLE = re.compile(
    "[\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?<=[A-Za-z_.(])[\u200c\u200d](?=[A-Za-z_.(])"
)
