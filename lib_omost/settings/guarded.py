"""The settings that the host's own must not hold: its API reads them to anyone and, in Forge, takes all of them.

They are addresses that this computer fetches, and a key. They lie in a file that its owner alone can read, in a folder
whose name begins with a dot, which Gradio never serves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lib_omost.data_folder import data_folder
from lib_omost.disk import DATA_ELSEWHERE, write_whole


@dataclass(frozen=True)
class Guarded:
    """The language model that answers (a name, hub id or path), the address of a server, and the key to it."""

    model: str = ""
    server: str = ""
    key: str = field(default="", repr=False)


class GuardedFile:
    """The file with these settings."""

    def __init__(self, file: Callable[[], Path] = lambda: data_folder() / "settings.json") -> None:
        self._file = file

    def read(self) -> Guarded:
        """What was set; the defaults for what was not, or cannot be read."""
        try:
            data = json.loads(self._file().read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return Guarded()
        if not isinstance(data, dict):
            return Guarded()
        known = {name: value for name, value in data.items() if name in asdict(Guarded()) and isinstance(value, str)}
        return Guarded(**known)

    def write(self, settings: Guarded) -> None:
        """Put new ones in the place of the old, readable by their owner alone. Raises OmostError when that fails."""
        data = json.dumps(asdict(settings)).encode()
        write_whole(self._file(), data, what="the settings", elsewhere=DATA_ELSEWHERE, private=True)
