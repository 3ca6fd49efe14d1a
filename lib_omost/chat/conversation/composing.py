"""A composer's way of replying: a plan for a new picture, and for one that stands only what changes in it.

Models that were not trained to write these are told what they are (`plan_prompt`).

The changes are applied to the canvas as it stands, with all that was done to it by hand, so what no change names stays
as it is. The conversation keeps the canvas after the message as code, which every other model can go on from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lib_omost.canvas import Canvas, parse_reply, write_canvas
from lib_omost.chat.conversation.budget import TokenMeter, too_long
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.plan_prompt import editing, planning
from lib_omost.chat.conversation.replying import Kept
from lib_omost.chat.model import LanguageModel, Message, Piece, Sampling, never
from lib_omost.compose.after import after
from lib_omost.compose.apply import Edited
from lib_omost.compose.changes.nothing_else import what_changes
from lib_omost.compose.changes.sure_edits import SureEdits, sure_edits
from lib_omost.compose.edit import Edit
from lib_omost.compose.edit_text import read_edits, write_edits
from lib_omost.compose.gloss import glossed, heard
from lib_omost.compose.grammar import edit_rules, going_on, plan_rules, some_edits
from lib_omost.compose.known import known_words
from lib_omost.compose.plainly import plainly
from lib_omost.compose.prompt import LONGEST_MESSAGE, NEW, compose_prompt, edit_prompt, shown
from lib_omost.compose.reply_words import ReplyWords, reply_words
from lib_omost.compose.said import NOTHING_SAID, said_in
from lib_omost.compose.telling import told
from lib_omost.errors import BadInputError, CanvasError, ModelError
from lib_omost.grammar.rules import Grammar

# Temperature and share of the likeliest tokens with which another reply is looked for, one after the other.
OTHERS = ((0.7, 0.95), (1.0, 0.98), (1.4, 0.99))
ROOM = 512  # tokens kept free for the reply; the longest of a plan has about 300
UNCHANGED = "nothing in the picture changed"
_HOW = "say it in other words, or retry"
_HOW_ELSE = "say it in other words, or change it by hand"
_CUT = "# It was stopped here:"  # before the comment in which the model's own lines wait to be gone on with


class Composing:
    """A `Replying` for models that compose.

    `begun` is a reply that was stopped, to go on from. `unlike` are replies that the new one is to differ from.
    `held` may narrow the grammar that the reply is held to.
    """

    changes_canvas = False

    def __init__(
        self,
        model: LanguageModel,
        conversation: Conversation,
        begun: str = "",
        unlike: Sequence[str] = (),
        held: Callable[[Grammar], Grammar] = lambda rules: rules,
    ) -> None:
        self._model = model
        self._message = conversation.pending or ""
        self._standing = conversation.canvas()
        self._said = NOTHING_SAID
        if model.composes:  # a model of a server knows English
            message, self._message = self._message, plainly(self._message, self._standing)
            self._said = said_in(message, self._message)
        self._begun = _cut_lines(begun)
        self._goes_on = bool(begun)
        self._unlike = tuple(parse_reply(one).canvas for one in unlike)
        self._canvas: Canvas | None = None
        read = heard if model.composes else str  # a model of a server knows languages
        self._sure = SureEdits()
        if self._standing is None:
            self._prompt, openings = compose_prompt(read(self._message)), planning
            self._grammar = plan_rules(self._reply_words(""))
        else:
            earlier = [each.message for each in conversation.rounds[1:]]  # what made the canvas is seen in it
            said = [read(message) for message in earlier[-1:]]
            if model.composes and not begun and not unlike:
                gloss = glossed(self._message)
                message = gloss.text if gloss and gloss.whole else self._message
                self._sure = sure_edits(what_changes(message), self._standing)
            left = self._sure.rest if self._sure.edits else what_changes(self._message)
            self._prompt, openings = edit_prompt(self._standing, read(left), said), editing
            self._grammar = edit_rules(self._reply_words(shown(self._standing, earlier)), len(self._standing.regions))
            if self._sure.edits:
                self._grammar = some_edits(self._grammar)
        self._grammar = held(self._grammar)
        self._openings: list[tuple[Message, ...]] = [()] if model.composes else openings()

    def pieces(
        self,
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        meter: Callable[[TokenMeter], None] = lambda _: None,
    ) -> Iterator[Piece]:
        """Another reply is sampled, more boldly each time, until it means another canvas; it comes in one piece."""
        if self._goes_on and not self._begun:
            raise BadInputError("this reply is whole: there is nothing to go on with", hint="say what to change")
        if self._sure.edits and not self._sure.rest:
            return iter((Piece(write_edits(self._sure.edits), len(self._sure.edits), 0),))
        messages = self._asked(meter)
        if not self._unlike:
            pieces = self._model.stream(messages, sampling, should_stop, self._grammar)
            return self._behind_sure(pieces) if self._sure.edits else pieces
        return self._other(messages, sampling, should_stop)

    def _behind_sure(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """What is sure, and behind it what the model writes."""
        yield Piece(write_edits(self._sure.edits), 0, 0)
        yield from pieces

    def _asked(self, meter: Callable[[TokenMeter], None]) -> tuple[Message, ...]:
        """What the model reads: as many examples as leave room. Raises BadInputError when none does."""
        end = [Message("assistant", self._begun)] if self._begun else []
        context = self._model.context_tokens
        budget = context - min(ROOM, context // 2)
        for opening in self._openings:
            messages = (*opening, Message("user", self._prompt), *end)
            used = self._model.count_tokens(messages)
            if used <= budget:
                break
        else:
            raise too_long(used, budget)
        meter(TokenMeter(used, budget))
        return messages

    def behind(self, written: str, sampling: Sampling, should_stop: Callable[[], bool] = never) -> Iterator[Piece]:
        """What the model writes behind a text of its own language."""
        opening = self._openings[-1]  # the shortest
        messages = (*opening, Message("user", self._prompt), Message("assistant", written))
        return self._model.stream(messages, sampling, should_stop, going_on(self._grammar))

    def _other(
        self, messages: tuple[Message, ...], sampling: Sampling, should_stop: Callable[[], bool]
    ) -> Iterator[Piece]:
        for number, (temperature, top_p) in enumerate(OTHERS):
            seed = None if sampling.seed is None else sampling.seed + number
            bold = replace(sampling, temperature=max(temperature, sampling.temperature), top_p=top_p, seed=seed)
            last, text = Piece("", 0, 0), ""
            for piece in self._model.stream(messages, bold, should_stop, self._grammar):
                last, text = piece, text + piece.text
                yield replace(piece, text="", note="")
            if should_stop() or number == len(OTHERS) - 1 or self._means(text) not in self._unlike:
                yield replace(last, text=text)
                return

    def canvas(self, written: str, *, at_end: bool = False) -> Canvas | None:  # noqa: ARG002 (of the protocol)
        """Every line that is complete is laid out, or applied."""
        canvas = self._means(self._begun + written)
        if canvas is None or canvas in (self._canvas, self._standing):
            return None
        self._canvas = canvas
        self.changes_canvas = self._standing is not None and not (self._begun + written).startswith(NEW)
        return canvas

    def kept(self, written: str, *, is_whole: bool) -> Kept:
        """The canvas after the message as code, before it in words what was changed."""
        if is_whole and not self._begun + written:
            raise ModelError("the language model gave an empty reply", hint="ask again, or in other words")
        written = _complete(self._begun + written)
        notes = self._notes()
        if is_whole and self._unlike and self._means(written) in self._unlike:
            notes = (*notes, f"the model found no other canvas: {_HOW_ELSE}")
        try:
            edited = self._after(written)
        except CanvasError as error:
            if self._standing is None:
                return Kept("", notes, error)
            words = f"{UNCHANGED}: {error}"
            return Kept(_reply(words, self._standing), notes, CanvasError(words, hint=error.hint or _HOW))
        if edited is None:
            return Kept("", notes)
        notes = (*notes, *edited.lost)
        words = " ".join(told(self._standing, self._edits(written))) if self._standing is not None else ""
        if not edited.changed:
            words = UNCHANGED
            notes = (*notes, f"{UNCHANGED}: {_HOW}")
        return Kept(_reply(words, edited.canvas, "" if is_whole else written), notes)

    def _reply_words(self, seen: str) -> ReplyWords | None:
        """The words that the composer is held to; larger models can spell."""
        return reply_words(self._message, seen, known_words()) if self._model.composes else None

    def _notes(self) -> tuple[str, ...]:
        if len(" ".join(self._message.split())) <= LONGEST_MESSAGE:
            return ()
        return (f"the message is long: its first {LONGEST_MESSAGE} characters were read",)

    def _means(self, written: str) -> Canvas | None:
        """The canvas after what is written; None when nothing is, or it cannot be applied."""
        try:
            edited = self._after(written)
        except CanvasError:
            return None
        return None if edited is None else edited.canvas

    def _after(self, written: str) -> Edited | None:
        """What the complete lines come to; None when there is none. Raises CanvasError when they cannot be applied."""
        lines = _complete(written)
        return after(self._standing, lines, self._said) if lines.removeprefix(NEW) else None

    def _edits(self, written: str) -> tuple[Edit, ...]:
        lines = _complete(written)
        return () if not lines or lines.startswith(NEW) or self._standing is None else read_edits(lines)


def _complete(written: str) -> str:
    """Its lines that are complete."""
    return written[: written.rfind("\n") + 1]


def _reply(words: str, canvas: Canvas, cut: str = "") -> str:
    """Words, if there are any, and the canvas as code; the model's own lines in it when more are to come."""
    waiting = f"\n{_CUT}\n" + "".join(f"# {line}\n" for line in cut.splitlines()) if cut else ""
    said = f"{words[0].upper()}{words[1:].removesuffix('.')}.\n\n" if words else ""
    return f"{said}```python\n{write_canvas(canvas)}{waiting}```"


def waits_in_lines(reply: str) -> bool:
    """Whether a reply was stopped in a plan or in edits, which its own lines go on from."""
    return bool(_cut_lines(reply))


def _cut_lines(reply: str) -> str:
    """The model's lines in the comment of a reply that was stopped."""
    _, found, rest = reply.partition(_CUT + "\n")
    lines = [line.removeprefix("# ") for line in rest.splitlines() if line.startswith("# ")]
    return "".join(line + "\n" for line in lines) if found else ""
