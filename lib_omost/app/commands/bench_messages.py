"""`bench messages`: whether every reply is a canvas, whatever the message."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.app.commands.options import positive
from lib_omost.app.console import ProgressLine, print_json, quiet_libraries, say, spare_a_core

if TYPE_CHECKING:
    from lib_omost.chat.model import LanguageModel

HELP = "send fifty messages of every kind to a model held to the grammar"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--model, --first and --json."""
    parser.add_argument("--model", type=Path, metavar="PATH", help="folder or .gguf file; default: the composer")
    parser.add_argument("--first", type=positive, metavar="N", help="the first N messages; default: all, some minutes")
    parser.add_argument("--json", action="store_true", help="print every reply as JSON instead of a line")


def run(arguments: argparse.Namespace) -> int:
    """Print how many replies are canvases. Exit code 1 when one is not."""
    with quiet_libraries():
        from lib_omost.bench import messages
        from lib_omost.chat.grammar.bounds import SMALL_MODEL_BOUNDS
        from lib_omost.chat.local import composer, load
        from lib_omost.data_folder import data_folder

        spare_a_core()
        if arguments.model is None:
            model: LanguageModel = composer.load_composer(data_folder() / "composer")
        else:
            model = load.load_model(arguments.model, bounds=SMALL_MODEL_BOUNDS)
        with ProgressLine("writing", "reply") as line:
            asked = messages.fifty_messages()[: arguments.first]
            answers = messages.run(model, asked, done=line.update)
    bad = [answer for answer in answers if not answer.parsed or answer.refused is not None]
    for answer in bad:
        say(f"{answer.message[:60]!r}: {answer.refused or 'needed a correction'}")
    if arguments.json:
        print_json([asdict(answer) for answer in answers])
    else:
        tokens, forwards = sum(answer.tokens for answer in answers), sum(answer.forwards for answer in answers)
        sys.stdout.write(
            f"{len(answers)} messages in {sum(answer.seconds for answer in answers):.0f} s: "
            f"{sum(answer.parsed for answer in answers)} parse without a correction, "
            f"{sum(answer.refused is None for answer in answers)} would be accepted by the original; "
            f"{tokens} tokens in {forwards} passes\n"
        )
    return 1 if bad else 0
