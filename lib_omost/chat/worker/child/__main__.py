"""`python -m lib_omost.chat.worker.child`, as the parent starts it: an order on stdin, the port on stdout."""

from lib_omost.chat.worker.child.loading import load
from lib_omost.chat.worker.child.main import main

main(load)
