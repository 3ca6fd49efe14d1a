"""The one family of errors. Each says what happened and, in `hint`, what to do about it."""

from __future__ import annotations

import re


def printable(text: str) -> str:
    """The text with halves of surrogate pairs as escapes: no screen, file or answer takes them as they are."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


_HALF = re.compile("[\ud800-\udfff]")


def has_halves(text: str) -> bool:
    """Whether a text holds a half of a surrogate pair, which JSON escapes, and neither files nor tokenizers take."""
    return not text.isascii() and _HALF.search(text) is not None


def whole_characters(text: str) -> str:
    """The text with two halves of a surrogate pair as one character, and a single half as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class OmostError(Exception):
    """Base of every error that is meant for the user.

    `hint` is one sentence on what to do; the command line and the WebUI print it below the message.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(printable(message))
        self.hint = printable(hint)

    @property
    def told(self) -> str:
        """What happened and what to do, in one line."""
        return f"{self}: {self.hint}" if self.hint else str(self)


class BadInputError(OmostError):
    """What the user gave cannot be used as it is. The command line ends with exit code 2."""


class CanvasError(BadInputError):
    """A reply holds no canvas that can be used.

    `line` is the 1-based line of the text that was read, or None when no line is to blame.
    `expected` says what would have been accepted there.
    """

    def __init__(self, message: str, *, line: int | None = None, expected: str = "", hint: str = "") -> None:
        place = f"line {line}: " if line is not None else ""
        wanted = f" (expected {expected})" if expected else ""
        super().__init__(f"{place}{message}{wanted}", hint=hint)
        self.line = line
        self.expected = expected


class ModelError(OmostError):
    """A language model or an image model could not be loaded or failed while it worked."""


class AdapterError(ModelError):
    """The weights that ship with this program for a model are missing, damaged, or another model's."""


class ServerError(ModelError):
    """The server of a language model could not be reached, refused the message, or broke off.

    `received` is the part of the reply that had come, "" when none had. `status` is the HTTP status of a refusal, else
    None.
    """

    def __init__(self, message: str, *, hint: str = "", received: str = "", status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.received = received
        self.status = status


class WorkerError(ServerError):
    """The worker process on this computer could not be started, ended, or ran out of memory."""


class MissingPackageError(ModelError):
    """An optional package is not installed."""

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package!r}", hint=f"pip install {package}")
        self.package = package
