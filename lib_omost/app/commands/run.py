"""`run`: the page, on this computer alone."""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import threading
import webbrowser
from pathlib import Path

from lib_omost.app.commands.options import (
    add_adapter_arguments,
    add_gligen_argument,
    add_layer_arguments,
    add_lora_argument,
    port,
)
from lib_omost.app.console import quiet_libraries, say, spare_a_core
from lib_omost.errors import BadInputError, MissingPackageError
from lib_omost.pictures.layer_files import LayerFiles
from lib_omost.pictures.references import AdapterFiles
from lib_omost.prompts.reader import TextReader

HELP = "open the page: a chat, an editor of the canvas, and a panel that draws it"
PORT = 7870
PATIENCE = 2  # seconds that answers have to come to their end after Ctrl+C


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--port, --checkpoints, --no-browser, and what beside a checkpoint draws."""
    parser.add_argument(
        "--port", type=port, default=PORT, help="on 127.0.0.1; 0 takes a free one; default: %(default)s"
    )
    parser.add_argument(
        "--checkpoints", type=Path, default=Path("checkpoints"), metavar="FOLDER", help="default: %(default)s"
    )
    add_lora_argument(parser)
    add_adapter_arguments(parser)
    add_gligen_argument(parser)
    add_layer_arguments(parser)
    parser.add_argument("--model", metavar="NAME", help="a language model beside those that are known")
    parser.add_argument(
        "--server", metavar="URL", help="a server of language models; its key is read from OMOST_API_KEY"
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl+C."""
    try:
        import uvicorn

        from lib_omost.app.web.painter import Painter
        from lib_omost.app.web.server import build_app
        from lib_omost.page.presets import Presets
    except ImportError as error:
        raise MissingPackageError(error.name or "uvicorn", "the page") from error
    from lib_omost.app.language_model import open_chats
    from lib_omost.data_folder import data_folder

    with quiet_libraries(), open_chats(arguments.model, arguments.server) as chats:
        spare_a_core()
        reader = functools.cache(_reader)
        adapter = AdapterFiles(arguments.ip_adapter, arguments.image_encoder)
        painter = Painter(
            arguments.checkpoints,
            arguments.lora_dir,
            adapter=adapter,
            gligen=arguments.gligen,
            instances=arguments.instancediffusion,
            layers=LayerFiles(arguments.layer_attention, arguments.layer_decoder),
        )
        app = build_app(lambda: chats, painter, Presets(data_folder() / "presets"), reader)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=arguments.port, log_level="warning", timeout_graceful_shutdown=PATIENCE
        )
        server = uvicorn.Server(config)
        # What Ctrl+C breaks off is no error.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        try:
            socket = config.bind_socket()
        except SystemExit as error:
            raise BadInputError(
                f"port {arguments.port} is taken, or not for this user to take", hint="choose another with --port"
            ) from error
        address = f"http://127.0.0.1:{socket.getsockname()[1]}/"
        say(f"page: {address} (Ctrl+C ends it)")
        if not arguments.no_browser:
            threading.Timer(1, webbrowser.open, (address,)).start()
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it is no failure
            server.run(sockets=[socket])
    return 0


def _reader() -> TextReader:
    """CLIP's, whatever checkpoint is chosen."""
    from lib_omost.hosts.diffusers.shared.encode import tokenize_with
    from lib_omost.mini.tokenizer import load_tokenizer

    return TextReader(tokenize_with(load_tokenizer()), is_stand_in=True)
