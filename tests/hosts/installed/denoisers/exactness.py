"""Regions in a WebUI's own transformers: what reaches their attention, and what comes of it, is exact.

Run by its interpreter: `exactness.py NAME FOLDER EXTENSION`. It prints one line of JSON: a model, then a check, and why
it failed, or an empty string.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

OPTIONS = {"Neo": ["--cpu"], "Forge": ["--always-cpu", "--all-in-fp32", "--attention-pytorch"]}
PACKAGES = {
    "Neo": ("modules_forge/packages",),
    "Forge": ("packages_3rdparty", "repositories/huggingface_guess"),
}


def main(host: str, folder: Path, extension: Path) -> None:
    sys.argv = [host, *OPTIONS[host]]
    sys.path[:0] = [str(extension), str(folder), *(str(folder / package) for package in PACKAGES[host])]
    from tests.hosts.installed.denoisers.checks import checks_of
    from tests.hosts.installed.denoisers.tiny import MODELS

    models = MODELS[host]

    def outcome(check: Callable[[Any], None], name: str) -> str:
        try:
            check(models[name]())
        except Exception:  # noqa: BLE001 (told to the test that asked)
            return traceback.format_exc(limit=-3)
        return ""

    found = {name: {check.__name__: outcome(check, name) for check in checks_of(name, host)} for name in models}
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
