"""What a benchmark of pictures found: figures on the screen, and a sheet of the pictures where one is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lib_omost.app.commands.draft import write_picture
from lib_omost.app.console import print_json, say

if TYPE_CHECKING:
    import PIL.Image

Found = TypeVar("Found")


def tell(
    found: Found,
    arguments: argparse.Namespace,
    *,
    sheet: Callable[[Found], PIL.Image.Image],
    report: Callable[[Found], object],
    table: Callable[[Found], str],
) -> None:
    """Write the sheet of --sheet, and print the report as JSON with --json, else the table."""
    if arguments.sheet is not None:
        write_picture(sheet(found), arguments.sheet)
        say(f"sheet: {arguments.sheet}")
    if arguments.json:
        print_json(report(found))
    else:
        sys.stdout.write(table(found) + "\n")
