"""`python -m lib_omost`. Ctrl+C ends it without a traceback, also while it starts and while it ends."""

import signal

# Python's own handler raises wherever it is, also in an import. A job in the background that ignores it goes on to.
_HEARS = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
if _HEARS:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import os  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402

from lib_omost.app.commands.cli import main  # noqa: E402
from lib_omost.app.console import prepare_stdout  # noqa: E402


def run() -> None:
    """Run the command line and end the program with its exit code."""
    if _HEARS:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    prepare_stdout()
    code = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if threading.active_count() > 1:  # a picture that is being drawn: Python would wait for its end
        for stream in (sys.stdout, sys.stderr):
            if not stream.closed:
                stream.flush()
        os._exit(code)
    sys.exit(code)


run()
