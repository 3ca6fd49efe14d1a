"""`chat`: a message to a language model, its reply as a canvas."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.app.console import ProgressLine, StatusLine, quiet_libraries, say
from lib_omost.app.files import read_text, write_text
from lib_omost.app.language_model import open_chats
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.history import read_history, write_history
from lib_omost.chat.conversation.history_json import read_history_json, write_history_json
from lib_omost.chat.model import Sampling
from lib_omost.errors import BadInputError, ModelError, OmostError

if TYPE_CHECKING:
    from lib_omost.chat.service.settings import ChatRequest

HELP = "send a message to the language model and print its reply"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The message or what to do instead, --history, -o and how the reply is sampled."""
    parser.add_argument("message", nargs="?", help="what the picture should show, or how to change the last one")
    parser.add_argument(
        "--history", type=Path, metavar="FILE", help="the chat so far, Markdown or .json; the new round is added to it"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the reply goes; default: stdout")
    edits = parser.add_argument_group("instead of a new message, with --history").add_mutually_exclusive_group()
    edits.add_argument("--retry", action="store_true", help="another reply to the last message")
    edits.add_argument("--edit", type=int, metavar="N", help="put the message in place of message N; what follows goes")
    edits.add_argument("--go-on", action="store_true", help="go on with a last reply that was stopped or cut off")
    edits.add_argument("--undo", action="store_true", help="take the last message back, without a reply")
    add_chat_arguments(parser)


def add_chat_arguments(parser: argparse.ArgumentParser) -> None:
    """How a reply is written, for `chat` and `demo`."""
    group = parser.add_argument_group("reply")
    group.add_argument(
        "--model",
        metavar="NAME",
        help="one of `models list`, a hub id, a folder or a .gguf file; with --server, its name there;"
        " default: the embedded SmolLM2, or one to chat with that the server lists",
    )
    group.add_argument(
        "--server", metavar="URL", help="an OpenAI-compatible server; its key is read from OMOST_API_KEY"
    )
    group.add_argument(
        "--context", type=int, metavar="TOKENS", help="how much of a chat the server reads; default: as much as it says"
    )
    group.add_argument(
        "--plans",
        choices=("small", "all", "none"),
        help="which models of a server that takes grammars (llama.cpp, vLLM) write a short plan, and of a change only"
        " what changes, in place of a whole canvas; default: small, those below 4 billion parameters",
    )
    group.add_argument("--omost", action="store_true", help="the model is one of Omost's: no examples")
    group.add_argument("--offline", action="store_true", help="fetch no model")
    group.add_argument("--once", action="store_true", help="ask no second time for what the reply lacks of its message")
    group.add_argument(
        "--temperature",
        type=float,
        help="default: 0.6 for Omost's models and with --retry, else 0, the likeliest token",
    )
    group.add_argument("--top-p", type=float, default=Sampling.top_p, metavar="SHARE", help="default: %(default)s")
    group.add_argument(
        "--max-tokens", type=int, default=Sampling.max_new_tokens, metavar="N", help="default: %(default)s"
    )
    group.add_argument("--chat-seed", type=int, metavar="N", help="default: a new one")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the reply, and add the round to the history file.

    A reply that is stopped or breaks off is kept as far as it came, so that `--go-on` can go on from there.
    """
    conversation, begun, unlike = _edited(arguments)
    if arguments.undo:
        _write_history(arguments.history, conversation)
        return 0

    def keep(reply: str) -> None:
        if reply and reply != begun:
            _keep(arguments, conversation, reply)

    reply = write_reply(conversation, arguments, begun=begun, unlike=unlike, keep=keep)
    _require_canvas(conversation, reply)
    return 0


def write_reply(
    conversation: Conversation,
    arguments: argparse.Namespace,
    *,
    begun: str = "",
    unlike: tuple[str, ...] = (),
    keep: Callable[[str], None] = lambda _: None,
) -> str:
    """The reply to the pending message; `begun` and `unlike` are as in `ChatRequest`. Tokens are counted on stderr.

    It is written as the page's are: what is told there is said here. `keep` gets what is to be kept of it, however it
    ends. Raises ModelError when the model fails or gives no text, KeyboardInterrupt when it was stopped.
    """
    from lib_omost.chat.service.events import End, Failed, Meter, Note, Status, Written
    from lib_omost.chat.service.listing import ON_SERVER

    request = _request(conversation, arguments, begun, unlike)
    name = arguments.model if arguments.server is None else f"{ON_SERVER}{arguments.model or ''}"
    chats = open_chats(
        name,
        arguments.server,
        context=arguments.context,
        plans=arguments.plans,
        knows_canvas=arguments.omost or None,
        offline=arguments.offline,
        is_reviewed=not arguments.once,
    )
    with quiet_libraries(), chats as chat, _interrupted() as stop, contextlib.ExitStack() as lines:
        status = lines.enter_context(StatusLine())
        progress: ProgressLine | None = None
        for event in chat.write(request, stop.is_set):
            if isinstance(event, Status):
                status.show(event.text)
            elif isinstance(event, Written):
                status.close()
                progress = progress or lines.enter_context(ProgressLine("writing", "token"))
                progress.update(event.tokens)
            elif isinstance(event, Meter) and event.dropped:
                say(f"the chat is long: of its rounds, the {event.dropped} oldest are left out")
            elif isinstance(event, Note):
                say(event.text)
            elif isinstance(event, End):
                lines.close()
                keep(event.reply)
                if stop.is_set():
                    raise KeyboardInterrupt
                say(f"chat seed: {event.seed}")
                return event.reply
            elif isinstance(event, Failed):
                lines.close()
                keep(event.reply)
                raise ModelError(event.message, hint=event.hint)
    raise ModelError("the reply has no end", hint="ask again")


@contextlib.contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Set by Ctrl-C, so that what came of the reply can be kept; a second one interrupts as ever."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def hear(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, hear)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _request(
    conversation: Conversation, arguments: argparse.Namespace, begun: str, unlike: tuple[str, ...]
) -> ChatRequest:
    from lib_omost.chat.service.settings import ChatRequest

    try:
        return ChatRequest(
            conversation.rounds,
            conversation.pending or "",
            begun,
            unlike,
            temperature=arguments.temperature,
            top_p=arguments.top_p,
            max_new_tokens=arguments.max_tokens,
            seed=arguments.chat_seed,
        )
    except ValueError as error:
        raise BadInputError(str(error)) from error


def _edited(arguments: argparse.Namespace) -> tuple[Conversation, str, tuple[str, ...]]:
    """The conversation that waits for a reply, the reply so far, and those that the reply is to differ from."""
    conversation = _read_history(arguments.history)
    edits = arguments.retry or arguments.go_on or arguments.undo
    if edits and arguments.message is not None:
        raise BadInputError("a message does not go with --retry, --go-on or --undo", hint="leave one of them out")
    if not edits and arguments.message is None:
        raise BadInputError("there is no message", hint='write one: python -m lib_omost chat "a cat on a sofa"')
    if arguments.undo:
        return conversation.undo(), "", ()
    if arguments.retry:
        unlike = () if conversation.pending is not None else tuple(one.reply for one in conversation.rounds[-1:])
        return conversation.retry(), "", unlike
    if arguments.go_on:
        return *conversation.continue_reply(), ()
    if arguments.edit is not None:
        return conversation.edit(arguments.edit - 1, arguments.message), "", ()
    if conversation.pending is not None:
        raise BadInputError(
            f"{arguments.history} ends with a message without a reply", hint="use --retry to ask for it, or --undo"
        )
    return conversation.ask(arguments.message), "", ()


def _require_canvas(conversation: Conversation, reply: str) -> None:
    """Raises ModelError for a reply that holds no canvas: a script that goes on from it must hear of that."""
    from lib_omost.canvas import parse_reply

    parsed = parse_reply(reply, conversation.canvas())
    if parsed.canvas is None:
        why = f": {parsed.problems[0]}" if parsed.problems else ""
        kept = "it is kept; ask for another with --retry, go on with it with --go-on, or say it in other words"
        raise ModelError(f"the reply holds no canvas{why}", hint=kept if reply else "ask again, or in other words")


def _keep(arguments: argparse.Namespace, conversation: Conversation, text: str) -> None:
    """Write what came of the reply."""
    try:
        if arguments.output is not None:
            write_text(arguments.output, text + "\n")
            say(f"reply: {arguments.output}")
    except OmostError:
        sys.stdout.write(text + "\n")  # it took minutes, and is nowhere else
        raise
    else:
        if arguments.output is None:
            sys.stdout.write(text + "\n")
    finally:
        _write_history(arguments.history, conversation.answer(text))


def _read_history(file: Path | None) -> Conversation:
    try:
        if file is None or not file.exists():
            return Conversation()
    except OSError as error:  # a name that no file can have
        raise BadInputError(f"cannot read {file}: {error.strerror}", hint="choose another name") from error
    text = read_text(str(file))
    return read_history_json(text) if file.suffix == ".json" else read_history(text)


def _write_history(file: Path | None, conversation: Conversation) -> None:
    if file is not None:
        write = write_history_json if file.suffix == ".json" else write_history
        write_text(file, write(conversation), private=not file.exists())  # what people write to a model is theirs
