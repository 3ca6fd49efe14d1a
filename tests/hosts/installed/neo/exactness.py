"""Regions in Neo's own transformers: what reaches their attention, and what comes of it, is exact.

Run by Neo's interpreter: `exactness.py NEO EXTENSION`. It prints one line of JSON: a model, then a check, and why it
failed, or an empty string.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(neo: Path, extension: Path) -> None:
    sys.argv = ["neo", "--cpu"]
    sys.path[:0] = [str(extension), str(neo), str(neo / "modules_forge" / "packages")]
    from tests.hosts.installed.neo.checks import CHECKS, CROSS_CHECKS
    from tests.hosts.installed.neo.tiny import JOINT, MODELS

    def outcome(check: Callable[[Any], None], name: str) -> str:
        try:
            check(MODELS[name]())
        except Exception:  # noqa: BLE001 (told to the test that asked)
            return traceback.format_exc(limit=-3)
        return ""

    found = {
        name: {check.__name__: outcome(check, name) for check in (CHECKS if name in JOINT else CROSS_CHECKS)}
        for name in MODELS
    }
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
