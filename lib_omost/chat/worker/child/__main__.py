"""`python -m lib_omost.chat.worker.child`, as the parent starts it: orders on stdin, answers on stdout."""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # before anything is imported: the parent decides what Ctrl+C means

from lib_omost.chat.model import LanguageModel  # noqa: E402
from lib_omost.chat.worker.child.engine import Order  # noqa: E402
from lib_omost.chat.worker.child.main import main  # noqa: E402


def load(order: Order) -> LanguageModel:
    """Torch comes in only when the pipes are taken: what it prints is no answer."""
    from lib_omost.chat.worker.child.loading import load

    return load(order)


main(load)
