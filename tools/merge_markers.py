"""Fails when a tracked file holds a line by which git marks what a merge could not decide."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKER = re.compile(rb"^(?:<{7}|\|{7}|>{7})(?: .*)?\r?$|^={7}\r?$", re.MULTILINE)


def tracked_files(root: Path) -> list[Path]:
    """The files that git tracks in `root`, as they lie there now. Raises OSError or CalledProcessError without git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    files = [root / name for name in listed.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


def marked_lines(root: Path) -> Iterator[str]:
    """`file:line` of every such line in a tracked file of `root`."""
    for file in tracked_files(root):
        content = file.read_bytes()
        for found in MARKER.finditer(content):
            line = content.count(b"\n", 0, found.start()) + 1
            yield f"{file.relative_to(root).as_posix()}:{line}"


def main() -> None:
    """Name the lines; a download without git has none to ask about."""
    try:
        marked = list(marked_lines(ROOT))
    except (OSError, subprocess.CalledProcessError):
        print("merge markers: not looked for, since this is no git checkout", file=sys.stderr)
        return
    if marked:
        sys.exit(f"a merge was not finished here: {', '.join(marked)}")


if __name__ == "__main__":
    main()
