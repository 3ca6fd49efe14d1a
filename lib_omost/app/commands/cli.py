"""The command line. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import MappingProxyType

from lib_omost import __version__
from lib_omost.app.commands import bags, bench, chat, convert, demo, draft, format, models, parse, render, run
from lib_omost.app.console import say, say_error
from lib_omost.errors import BadInputError, OmostError
from lib_omost.shipped import is_installed

COMMANDS = MappingProxyType(
    {
        "demo": demo,
        "run": run,
        "chat": chat,
        "models": models,
        "parse": parse,
        "bags": bags,
        "format": format,
        "convert": convert,
        "draft": draft,
        "render": render,
        "bench": bench,
    }
)
FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


def build_parser() -> argparse.ArgumentParser:
    """One sub-parser a command."""
    parser = argparse.ArgumentParser(prog="python -m lib_omost", description="From a message to a composed picture.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP[0].upper() + command.HELP[1:] + ".")
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. argparse itself ends the program with 2 for a bad command line."""
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except BadInputError as error:
        say_error(error)
        return BAD_INPUT
    except OmostError as error:
        say_error(error)
        return FAILED
    except ModuleNotFoundError as error:  # pip installs what text needs, and the rest when it is asked to
        if error.name is None or error.name.partition(".")[0] == "lib_omost":
            raise
        whole = "pip install 'omost-for-webui[run]'" if is_installed() else "python3 tools/make.py install"
        say_error(OmostError(f"this command needs the package {error.name!r}", hint=whole))
        return FAILED
    except BrokenPipeError:  # the reader of stdout has gone, as with `| head`
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        say("omost: stopped")
        return INTERRUPTED
    return code
