"""`chat`: a message to a language model, its reply as a canvas."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lib_omost.app.console import ProgressLine, quiet_libraries, say, spare_a_core
from lib_omost.app.files import read_text, write_text
from lib_omost.chat.conversation import Conversation
from lib_omost.chat.history import read_history, write_history
from lib_omost.chat.model import LanguageModel, Sampling
from lib_omost.errors import BadInputError, ModelError

HELP = "send a message to the language model and print its reply"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The message, --history, -o and how the reply is sampled."""
    parser.add_argument("message", help="what the picture should show, or how to change the last one")
    parser.add_argument("--history", type=Path, metavar="FILE", help="the chat so far; the new round is added to it")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the reply goes; default: stdout")
    add_chat_arguments(parser)


def add_chat_arguments(parser: argparse.ArgumentParser) -> None:
    """How a reply is written, for `chat` and `demo`."""
    group = parser.add_argument_group("reply")
    group.add_argument(
        "--llm", type=Path, metavar="PATH", help="folder of transformers or .gguf file; default: the embedded SmolLM2"
    )
    group.add_argument(
        "--omost", action="store_true", help="the model of --llm is one of Omost's: no examples, no grammar"
    )
    group.add_argument("--temperature", type=float, help="default: 0.6 with --omost, else 0, the likeliest token")
    group.add_argument("--top-p", type=float, default=0.9, metavar="SHARE", help="default: %(default)s")
    group.add_argument("--max-tokens", type=int, default=4096, metavar="N", help="default: %(default)s")
    group.add_argument("--chat-seed", type=int, metavar="N", help="default: a new one")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the reply, and add the round to the history file."""
    history = arguments.history
    conversation = Conversation()
    if history is not None and history.exists():
        conversation = read_history(read_text(str(history)))
        if conversation.pending is not None:
            raise BadInputError(f"{history} ends with a message without a reply", hint="take it out of the file first")
    conversation = conversation.ask(arguments.message)
    text = write_reply(conversation, arguments)
    if arguments.output is None:
        sys.stdout.write(text + "\n")
    else:
        write_text(arguments.output, text + "\n")
        say(f"reply: {arguments.output}")
    if history is not None:
        write_text(history, write_history(conversation.answer(text)))
    return 0


def write_reply(conversation: Conversation, arguments: argparse.Namespace) -> str:
    """The reply to the pending message; its tokens are counted on stderr while the model writes.

    Raises ModelError when the model gives no text.
    """
    temperature = arguments.temperature
    if temperature is None:
        temperature = Sampling().temperature if arguments.omost else 0.0
    try:
        sampling = Sampling(temperature, arguments.top_p, arguments.max_tokens, arguments.chat_seed)
    except ValueError as error:
        raise BadInputError(str(error)) from error
    with quiet_libraries():
        from lib_omost.chat.reply import reply

        spare_a_core()
        model = _load(arguments)
        pieces = []
        with ProgressLine("writing", "token") as line:
            for piece in reply(model, conversation, sampling):
                pieces.append(piece.text)
                line.update(piece.tokens)
    text = "".join(pieces).strip()
    if not text:
        raise ModelError("the language model gave an empty reply", hint="ask again, or in other words")
    return text


def _load(arguments: argparse.Namespace) -> LanguageModel:
    from lib_omost.chat.bounds import Bounds
    from lib_omost.chat.load import load_embedded_model, load_model

    if arguments.llm is None:
        return load_embedded_model()
    return load_model(arguments.llm, knows_canvas=arguments.omost, bounds=None if arguments.omost else Bounds())
