"""`python -m lib_omost.chat.worker.child`, as the parent starts it: orders on stdin, answers on stdout."""

from lib_omost.chat.model import LanguageModel
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.child.main import main


def load(order: Order) -> LanguageModel:
    """Torch comes in only when the pipes are taken: what it prints is no answer."""
    from lib_omost.chat.worker.child.loading import load

    return load(order)


main(load)
