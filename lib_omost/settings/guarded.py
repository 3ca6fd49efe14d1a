"""The settings that the host's own must not hold: its API reads them to anyone and, in Forge, takes all of them.

They are addresses that this computer fetches, and a key. They lie in a file that its owner alone can read, in a folder
whose name begins with a dot, which Gradio never serves.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lib_omost.errors import OmostError
from lib_omost.settings.folder import DATA_VARIABLE, data_folder


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
        except (OSError, ValueError):
            return Guarded()
        if not isinstance(data, dict):
            return Guarded()
        known = {name: value for name, value in data.items() if name in asdict(Guarded()) and isinstance(value, str)}
        return Guarded(**known)

    def write(self, settings: Guarded) -> None:
        """Put new ones in the place of the old, readable by their owner alone. Raises OmostError when that fails."""
        file = self._file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, scratch = tempfile.mkstemp(dir=file.parent)  # made for its owner alone
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as new:
                    json.dump(asdict(settings), new)
                Path(scratch).replace(file)
            except BaseException:
                with suppress(OSError):
                    Path(scratch).unlink()
                raise
        except OSError as error:
            raise OmostError(
                f"the settings cannot be written to {file.parent}: {error.strerror or error}",
                hint=f"name another folder in {DATA_VARIABLE}",
            ) from error
