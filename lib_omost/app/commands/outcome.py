"""What a benchmark of pictures found: figures on the screen, and a sheet of the pictures where one is asked for."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lib_omost.app.commands.draft import require_picture, write_picture
from lib_omost.app.console import print_json, say
from lib_omost.app.files import require_writable

if TYPE_CHECKING:
    import PIL.Image

Found = TypeVar("Found")


def require_sheet(arguments: argparse.Namespace) -> None:
    """Raise OmostError, before hours of drawing, for a --sheet that is no name for a picture or cannot be written."""
    if arguments.sheet is not None:
        require_picture(arguments.sheet)
        require_writable(arguments.sheet)


def tell(
    found: Found,
    arguments: argparse.Namespace,
    *,
    sheet: Callable[[Found], PIL.Image.Image],
    report: Callable[[Found], object],
    table: Callable[[Found], str],
    also: Sequence[Callable[[], None]] = (),
) -> None:
    """Print the report as JSON with --json, else the table; do what is `also` to be done; write the sheet of --sheet.

    Each is done though another fails: it took hours, and is nowhere else.
    """
    with contextlib.ExitStack() as rest:
        if arguments.sheet is not None:
            rest.callback(_write_sheet, lambda: sheet(found), arguments.sheet)
        for one in reversed(also):
            rest.callback(one)
        if arguments.json:
            print_json(report(found))
        else:
            sys.stdout.write(table(found) + "\n")


def _write_sheet(drawn: Callable[[], PIL.Image.Image], file: Path) -> None:
    write_picture(drawn(), file)
    say(f"sheet: {file}")
