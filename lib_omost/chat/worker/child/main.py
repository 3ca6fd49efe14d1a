"""The child's life: read the order, listen, load, serve, and end with the parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from lib_omost.chat.worker.child.engine import Engine, Load
from lib_omost.chat.worker.child.server import open_server
from lib_omost.chat.worker.launch import PORT_TAKEN

_PARENT_TICK = 1.0  # seconds between two looks at who the parent is


def main(load: Load) -> None:
    """Serve the model that the order names until the parent goes or says so. Never returns."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches parent and child: the parent decides
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    engine = Engine(order, load)
    try:
        server = open_server(engine, order["token"], order["port"])
    except OSError as error:
        sys.stderr.write(f"port {order['port']} cannot be listened at: {error.strerror}\n")
        sys.exit(PORT_TAKEN)
    sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
    sys.stdout.flush()
    _in_background(_end_with_stdin)
    if hasattr(os, "fork"):
        _in_background(lambda: _end_with_parent(parent))
    _in_background(engine.load)
    server.serve_forever(poll_interval=0.1)


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def _end_with_stdin() -> None:
    """The pipe ends when the parent closes it or is gone, however it went."""
    while sys.stdin.readline():
        pass
    os._exit(0)  # at once: threads and the memory of the card go with the process


def _end_with_parent(parent: int) -> None:
    """The second lifeline, in case another process holds the pipe's other end: an orphan has another parent."""
    while os.getppid() == parent:
        time.sleep(_PARENT_TICK)
    os._exit(0)
