from __future__ import annotations

import hashlib

from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from lib_omost.chat.conversation.prompt import system_prompt


def test_is_the_wire_format_byte_for_byte() -> None:
    data = system_prompt().encode()
    assert len(data) == 1269
    assert not data.endswith(b"\n")
    assert hashlib.sha256(data).hexdigest() == "b698e3e5039330be6a3173957191048d89e2aefd09c52fccc6e21d764f03736a"


def test_names_the_vocabulary_of_the_canvas() -> None:
    for name in (*LOCATIONS, *OFFSETS, *AREAS):
        assert f'"{name}"' in system_prompt()
