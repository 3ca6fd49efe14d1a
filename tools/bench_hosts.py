"""Time regional steps in the WebUIs that the environment names; arguments go to `bench steps`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from webui_process import HOSTS, setting, started

ROOT = Path(__file__).resolve().parent.parent
CANVAS = ROOT / "lib_omost" / "bench" / "dragon_chat.md"  # the Omost readme's own: 22 bags


def main() -> None:
    """Start each WebUI, measure, stop it."""
    for name in HOSTS:
        if setting(name, "DIR") is None:
            print(f"{name}: not available (OMOST_{name.upper()}_DIR names none)")
            continue
        log = Path(tempfile.mkdtemp()) / "log.txt"
        with started(name, log, {"omost": ROOT}) as host:
            command = [sys.executable, "-m", "lib_omost", "bench", "steps", str(CANVAS), "--host", host.url]
            if host.checkpoint is not None:
                command += ["--checkpoint", host.checkpoint]
            done = subprocess.run(
                command + sys.argv[1:], cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8"
            )
        print(f"{name}: {done.stdout.strip() or done.stderr.strip()}", flush=True)


if __name__ == "__main__":
    main()
