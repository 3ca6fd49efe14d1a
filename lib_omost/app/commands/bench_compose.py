"""`bench compose`: whether canvases mean what messages say."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.app.commands.options import positive
from lib_omost.app.console import ProgressLine, print_json, quiet_libraries, say
from lib_omost.app.files import read_text, require_writable, write_text
from lib_omost.app.language_model import open_chats
from lib_omost.errors import BadInputError

if TYPE_CHECKING:
    from lib_omost.bench.compose.answers import Answer
    from lib_omost.bench.compose.messages import Message

HELP = "send messages to the chat and check that each canvas means what its message says"
SHOWN = 90  # characters of a message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --only, --first, --json, --replies, --wrong and whom to ask."""
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="messages as JSON with what each canvas must mean; default: a set of ours",
    )
    parser.add_argument("--only", metavar="CATEGORY", help="the messages of one category")
    parser.add_argument("--first", type=positive, metavar="N", help="the first N of each category; default: all")
    parser.add_argument("--json", action="store_true", help="print every reply as JSON instead of a table")
    parser.add_argument("--replies", metavar="FILE", help='write {"id", "reply"} a line: the code of each canvas')
    parser.add_argument("--wrong", action="store_true", help="say of each wrong canvas which checks it failed")
    add_chat_arguments(parser)


def add_chat_arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to ask."""
    group = parser.add_argument_group("chat")
    group.add_argument("--model", metavar="NAME", help="as in chat; default: the one that comes with the program")
    group.add_argument(
        "--server", metavar="URL", help="an OpenAI-compatible server; its key is read from OMOST_API_KEY"
    )
    group.add_argument("--host", metavar="URL", help="send the messages to a WebUI with this extension, or to `run`")
    group.add_argument("--offline", action="store_true", help="fetch no model")
    group.add_argument("--once", action="store_true", help="as in chat; not with --host")


def run(arguments: argparse.Namespace) -> int:
    """Print right of all by category, what messages cost, and write the replies."""
    from lib_omost.bench.compose.figures import report, table

    messages = chosen(arguments)
    kept: list[Answer] = []
    with contextlib.ExitStack() as last:
        if arguments.replies is not None:
            require_writable(Path(arguments.replies))
            # whatever happens: a server that dies takes no answer along that has come
            last.callback(_write_replies, Path(arguments.replies), kept, len(messages))
        answers, unit = ask(arguments, messages, kept.append)
        for answer in answers:
            if arguments.wrong and not answer.verdict.right:
                why = answer.failed or ", ".join(answer.verdict.failed)
                say(f"{answer.message.id}: {answer.message.message[:SHOWN]!r}: {why}")
        if arguments.json:
            print_json(report(answers, unit))
        else:
            sys.stdout.write(table(answers, unit) + "\n")
    return 0


def _write_replies(file: Path, answers: Sequence[Answer], of: int) -> None:
    if not answers:  # an old file stays
        return
    rows = [json.dumps({"id": one.message.id, "reply": one.reply}, ensure_ascii=False) for one in answers]
    write_text(file, "\n".join(rows) + "\n")
    say(f"replies: {file}" if len(answers) == of else f"replies: {file}: {len(answers)} of {of}")


def chosen(arguments: argparse.Namespace) -> tuple[Message, ...]:
    """The messages of the file, or ours, that were asked for. Raises BadInputError when there are none."""
    from lib_omost.bench.compose.messages import own_messages, read_messages

    found = own_messages() if arguments.file is None else read_messages(read_text(arguments.file), say)
    if arguments.only is not None:
        categories = sorted({message.category for message in found})
        found = tuple(message for message in found if message.category == arguments.only)
        if not found:
            raise BadInputError(
                f"there is no message of the category {arguments.only!r}", hint=f"there are {', '.join(categories)}"
            )
    counts: dict[str, int] = {}
    kept = []
    for message in found:
        counts[message.category] = counts.get(message.category, 0) + 1
        if arguments.first is None or counts[message.category] <= arguments.first:
            kept.append(message)
    return tuple(kept)


def ask(
    arguments: argparse.Namespace, messages: Sequence[Message], keep: Callable[[Answer], None] = lambda _: None
) -> tuple[list[Answer], str]:
    """What came of the messages, and the unit of their times. `keep` gets each answer as it comes.

    Raises ModelError when nobody answers.
    """
    if arguments.host is not None and arguments.server is not None:
        raise BadInputError("--host does not go with --server", hint="choose the server in the host's settings")
    with quiet_libraries(), ProgressLine("asking", "message") as line:
        from lib_omost.bench.compose import chats
        from lib_omost.bench.compose.answers import ask_all
        from lib_omost.chat.service.listing import ON_SERVER

        if arguments.host is not None:
            chat = chats.host_chat(arguments.host, arguments.model or "")
            return ask_all(chat, messages, chats.wall_clock, line.update, keep), "s"
        name = arguments.model if arguments.server is None else f"{ON_SERVER}{arguments.model or ''}"
        options = {"offline": arguments.offline, "is_reviewed": not arguments.once}
        with open_chats(name, arguments.server, **options) as service:
            chat = chats.service_chat(service)
            if arguments.server is not None:
                return ask_all(chat, messages, chats.wall_clock, line.update, keep), "s"
            return ask_all(chat, messages, chats.cpu_clock(), line.update, keep), "CPU s"
