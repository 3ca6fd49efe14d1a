"""A conversation as data: rounds of a user's message and the reply to it."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas import Canvas, parse_reply
from lib_omost.chat.model import Message
from lib_omost.errors import BadInputError, has_halves

_LOOKED_AT = 16  # rounds from the end in which the canvas that stands is looked for


@dataclass(frozen=True)
class Round:
    """One message of the user and the reply to it.

    Both are clean text: not empty, no space around it, lines ended by a plain newline (see `clean_text`).
    Raises ValueError when not.
    """

    message: str
    reply: str

    def __post_init__(self) -> None:
        _require_clean(self.message, "message")
        _require_clean(self.reply, "reply")


@dataclass(frozen=True)
class Conversation:
    """Finished rounds, oldest first, and the message that waits for its reply, if there is one."""

    rounds: tuple[Round, ...] = ()
    pending: str | None = None

    def __post_init__(self) -> None:
        if self.pending is not None:
            _require_clean(self.pending, "pending message")

    def ask(self, message: str) -> Conversation:
        """The conversation with a new message at its end. Raises BadInputError when it is empty or another waits."""
        if self.pending is not None:
            raise BadInputError("the last message has no reply yet", hint="answer it or take it out first")
        return Conversation(self.rounds, clean_text(message, "message"))

    def answer(self, reply: str) -> Conversation:
        """The conversation with the reply to its pending message. Raises BadInputError when it is empty."""
        if self.pending is None:
            raise BadInputError("there is no message to reply to", hint="ask one first")
        return Conversation((*self.rounds, Round(self.pending, clean_text(reply, "reply"))))

    def undo(self) -> Conversation:
        """The conversation before its last message. Raises BadInputError when there is none."""
        if self.pending is not None:
            return Conversation(self.rounds)
        self._require_round("take back")
        return Conversation(self.rounds[:-1])

    def edit(self, number: int, message: str) -> Conversation:
        """The conversation up to its message `number`, from 0, with that one reworded and waiting for its reply.

        What came after it is dropped. Raises BadInputError when there is no such message or the new one is empty.
        """
        messages = len(self.rounds) + (self.pending is not None)
        if not 0 <= number < messages:
            raise BadInputError(
                f"there is no message {number + 1}: the chat has {messages}",
                hint="count your own messages from the first",
            )
        return Conversation(self.rounds[:number]).ask(message)

    def retry(self) -> Conversation:
        """The conversation with its last message waiting for another reply. Raises BadInputError when it is empty."""
        if self.pending is not None:
            return self
        self._require_round("reply to again")
        return self.edit(len(self.rounds) - 1, self.rounds[-1].message)

    def continue_reply(self) -> tuple[Conversation, str]:
        """The conversation with its last message waiting, and the reply so far, which `chat.reply` goes on from.

        Answer it with the old part and the new one joined. Raises BadInputError when there is no reply to go on from.
        """
        if self.pending is not None:
            raise BadInputError("the last message has no reply to go on from", hint="ask for one first")
        self._require_round("go on from")
        return self.retry(), self.rounds[-1].reply

    def canvas(self) -> Canvas | None:
        """The canvas that stands after the last reply, which may hold none or only change the one before."""
        canvas: Canvas | None = None
        for round_ in self.rounds[-_LOOKED_AT:]:
            canvas = parse_reply(round_.reply, canvas).canvas or canvas
        return canvas

    def _require_round(self, what: str) -> None:
        if not self.rounds:
            raise BadInputError(f"the chat is empty: there is nothing to {what}", hint="write a message first")

    def messages(self) -> tuple[Message, ...]:
        """The turns as a model reads them, without the system prompt."""
        turns = [turn for round_ in self.rounds for turn in _turns(round_)]
        if self.pending is not None:
            turns.append(Message("user", self.pending))
        return tuple(turns)


def clean_text(text: str, what: str = "text") -> str:
    """The text with plain newlines and no space around it. Raises BadInputError when it is empty or no Unicode."""
    clean = _plain(text)
    if not clean:
        raise BadInputError(f"the {what} is empty", hint="write what the picture should show")
    if _has_lone_surrogate(clean):
        raise BadInputError(f"the {what} holds half of a surrogate pair", hint="give it as valid Unicode")
    return clean


def _require_clean(text: str, what: str) -> None:
    if text != _plain(text) or not text or _has_lone_surrogate(text):
        raise ValueError(f"the {what} is not clean text")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _has_lone_surrogate(text: str) -> bool:
    return has_halves(text)


def _turns(round_: Round) -> tuple[Message, Message]:
    return Message("user", round_.message), Message("assistant", round_.reply)
