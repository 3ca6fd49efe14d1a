"""A reply compared with its message, and put right: what is not as asked is mended, or asked for once more.

In a plan what is sure is mended at once, and for a thing that is missing the plan is gone on with; edits are asked for
again with the things that the message names. Every other model is told in a message what its canvas lacks. What comes
of it counts only where less is amiss in it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from lib_omost.canvas import Canvas, parse_reply
from lib_omost.chat.conversation.budget import TokenMeter
from lib_omost.chat.conversation.composing import Composing
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.conversation.replying import Kept, Replying
from lib_omost.chat.conversation.whole_canvas import WholeCanvas
from lib_omost.chat.model import CUT_OFF, LanguageModel, Piece, Sampling, never
from lib_omost.compose.complete import completed
from lib_omost.compose.edit_text import read_edits, write_edits
from lib_omost.compose.plainly import plainly
from lib_omost.compose.plan_text import read_plan, write_plan
from lib_omost.compose.prompt import NEW
from lib_omost.compose.review.compare import review, words_said
from lib_omost.compose.review.finding import Finding
from lib_omost.compose.review.mend import mended_edits, mended_plan, with_missing
from lib_omost.errors import CanvasError, OmostError
from lib_omost.grammar.rules import Grammar, literals

Findings = tuple[Finding, ...]
MOST_MENDS = 3  # one after the other


@dataclass(frozen=True)
class _Reply:
    """A whole reply, and what of its message it does not do; the canvas is None where it has none."""

    way: Replying
    written: str
    canvas: Canvas | None
    findings: Findings


class Reviewed:
    """A `Replying` that begins as `first` does.

    `unlike` are replies that another one may not repeat, and do no less of the message than the last of them.
    """

    def __init__(
        self, model: LanguageModel, conversation: Conversation, first: Replying, unlike: Sequence[str] = ()
    ) -> None:
        self._model = model
        self._conversation = conversation
        self._before = conversation.canvas()
        self._message = plainly(conversation.pending or "", self._before)
        self._unlike = tuple(parse_reply(one).canvas for one in unlike)
        self._first = first
        self._chosen: _Reply | None = None  # once the first is whole
        self._line = ""

    @property
    def changes_canvas(self) -> bool:
        """As of the reply that counts."""
        return self._way.changes_canvas

    def pieces(
        self,
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        meter: Callable[[TokenMeter], None] = lambda _: None,
    ) -> Iterator[Piece]:
        """Those of the first reply; of a second one only the count, and before it a note that says why there is one."""
        return self._both(self._first.pieces(sampling, should_stop, meter), sampling, should_stop)

    def canvas(self, written: str, *, at_end: bool = False) -> Canvas | None:
        """As the reply that counts tells it."""
        return self._way.canvas(self._text(written), at_end=at_end)

    def kept(self, written: str, *, is_whole: bool) -> Kept:
        """What is kept of the reply that counts, and a line that says what was put right, and what was not."""
        kept = self._way.kept(self._text(written), is_whole=is_whole or self._chosen is not None)
        kept = replace(kept, does_less=self._does_less())
        if not self._line or kept.fault is not None:
            return kept
        return replace(kept, text=f"{kept.text}\n\n{self._line}", notes=(*kept.notes, self._line))

    def _both(
        self, pieces: Iterator[Piece], sampling: Sampling, should_stop: Callable[[], bool]
    ) -> Generator[Piece, None, None]:
        written, last, is_cut = "", Piece("", 0, 0), False
        for piece in pieces:
            written, last, is_cut = written + piece.text, piece, is_cut or piece.note == CUT_OFF
            yield piece
        is_code = parse_reply(self._message).canvas is not None  # it asks in no words
        if should_stop() or is_cut or is_code or not written.strip():
            return
        first = self._chosen = self._reply(self._first, written)
        if not first.findings:
            return
        self._choose(self._mended(first))
        if self._chosen.findings:
            yield Piece("", last.tokens, last.forwards, f"{_lacking(self._chosen.findings)}: asking once more")
            second = yield from self._second(self._chosen, last, sampling, should_stop)
            self._choose(second)
            if second is not None and second.way is self._first:
                self._choose(self._mended(second))  # what was missing may stand in the wrong place now
            self._choose(self._completed(self._chosen))
        self._line = _line(first.findings, self._chosen.findings)

    def _does_less(self) -> bool:
        last = self._unlike[-1] if self._unlike else None
        if last is None or self._chosen is None:
            return False
        return len(self._chosen.findings) > len(self._findings(last))

    def _choose(self, other: _Reply | None) -> None:
        """Take another reply where less is amiss in it, and it shows no less of what the message of a picture names."""
        chosen = self._chosen
        if other is None or chosen is None or other.canvas is None or other.canvas in self._unlike:
            return
        unseen = frozenset(found.noun for found in chosen.findings if found.kind == "unseen")  # no loss
        is_poorer = (
            self._before is None
            and chosen.canvas is not None
            and words_said(self._message, other.canvas, unseen) < words_said(self._message, chosen.canvas, unseen)
        )
        if len(other.findings) < len(chosen.findings) and not is_poorer:
            self._chosen = other

    def _completed(self, reply: _Reply) -> _Reply | None:
        """A plan with what still is missing in lines of its own, where these mend it."""
        missing = [found for found in reply.findings if found.kind == "missing"]
        if not missing or self._before is not None or not isinstance(self._first, Composing):
            return None
        try:
            text = write_plan(with_missing(read_plan(reply.written), missing))
            added = self._reply(self._first, text)
        except (CanvasError, ValueError):
            return None
        mended = self._mended(added)
        return added if mended is None or len(added.findings) <= len(mended.findings) else mended

    def _mended(self, first: _Reply) -> _Reply | None:
        """A plan or edits in which what is sure is put right, and what is amiss only then."""
        reply, best = first, None
        for _ in range(MOST_MENDS):
            mended = self._mended_once(reply)
            if mended is None or mended.written == reply.written:
                break
            reply = mended
            best = reply if best is None or len(reply.findings) < len(best.findings) else best
        return best

    def _mended_once(self, first: _Reply) -> _Reply | None:
        if not isinstance(self._first, Composing):
            return None
        try:
            if self._before is None or first.written.startswith(NEW):
                begin = NEW if first.written.startswith(NEW) else ""
                text = begin + write_plan(
                    mended_plan(completed(read_plan(first.written.removeprefix(NEW))), first.findings)
                )
            else:
                text = write_edits(mended_edits(read_edits(first.written), first.findings, len(self._before.regions)))
            return self._reply(self._first, text)
        except (CanvasError, ValueError):
            return None

    def _second(
        self, first: _Reply, last: Piece, sampling: Sampling, should_stop: Callable[[], bool]
    ) -> Generator[Piece, None, _Reply | None]:
        """The second reply; None where it is stopped, fails or is cut off: the first is whole, come what may."""
        way, written, pieces = self._again(first, sampling, should_stop)
        try:
            for piece in pieces:
                written += piece.text
                if piece.note == CUT_OFF:
                    return None
                yield Piece("", last.tokens + piece.tokens, last.forwards + piece.forwards)
            return None if should_stop() else self._reply(way, written)
        except OmostError:
            return None

    def _again(
        self, first: _Reply, sampling: Sampling, should_stop: Callable[[], bool]
    ) -> tuple[Replying, str, Iterator[Piece]]:
        """How the second reply comes, what it begins with, and the rest of it."""
        missing = [found for found in first.findings if found.kind == "missing"]
        if not isinstance(self._first, Composing):
            answered = Round(self._message, first.way.kept(first.written, is_whole=True).text)
            asked = Conversation((*self._conversation.rounds, answered), _asked(first.findings))
            whole = WholeCanvas(self._model, asked)
            return whole, "", whole.pieces(sampling, should_stop)
        if missing and self._before is None:
            begun = f"{first.written} {_beginning(missing[0])}"
            return self._first, begun, self._first.behind(begun, sampling, should_stop)
        held = Composing(self._model, self._conversation, held=lambda rules: _with_numbers(rules, first.findings))
        return held, "", held.pieces(sampling, should_stop)

    def _reply(self, way: Replying, written: str) -> _Reply:
        kept = way.kept(written, is_whole=True)
        canvas = None if kept.fault is not None else parse_reply(kept.text, self._before).canvas
        seen = canvas or self._before
        return _Reply(way, written, canvas, () if seen is None else self._findings(seen))

    def _findings(self, canvas: Canvas) -> Findings:
        is_quoted = isinstance(self._first, Composing)
        return review(self._message, self._before, canvas, is_quoted=is_quoted)

    @property
    def _way(self) -> Replying:
        return self._first if self._chosen is None else self._chosen.way

    def _text(self, written: str) -> str:
        return written if self._chosen is None else self._chosen.written


def _with_numbers(rules: Grammar, findings: Findings) -> Grammar:
    """The rules of edits, in which nothing has a number but what the message names, where that is known."""
    numbers = sorted({number for found in findings for number in found.numbers})
    return Grammar({**rules.rules, "NUMBER": literals(*map(str, numbers))}) if numbers else rules


def _beginning(found: Finding) -> str:
    """The beginning of a plan's line for a thing that is missing."""
    counted = f"{found.count} x " if found.count > 1 else ""
    return counted + " ".join((*found.words[:-1], found.noun))


def _asked(findings: Findings) -> str:
    """The message that asks for the canvas again."""
    return (
        f"This is not yet what I asked for: {_lacking(findings)}. Write the whole canvas again with that put right, and"
        " leave everything else as it is."
    )


def _line(first: Findings, left: Findings) -> str:
    mended = [found.mended for found in first if found not in left]
    said = [f"{', '.join(mended)}, as you asked"] if mended else []
    if left:
        said.append(f"{'still ' if mended else ''}not as you asked: {_lacking(left)}")
    return " ".join(f"{each[0].upper()}{each[1:]}." for each in said)


def _lacking(findings: Sequence[Finding]) -> str:
    return ", ".join(found.lacking for found in findings)
