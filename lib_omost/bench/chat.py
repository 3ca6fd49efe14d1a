"""`bench chat`: plain generate of transformers beside ours, on the two turns of Omost's published transcript.

The transcript, `dragon_chat.md`, is that of the readme of the Omost team (2024, Apache-2.0). Its replies are forced
as the answer, in canonical layout, so both sides write the same and only the work differs. Whether speculation leaves
the model's own words alone is seen apart, on greedy replies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import torch

from lib_omost.bench.replay import Teacher
from lib_omost.canvas import parse_reply, write_canvas
from lib_omost.chat.conversation.history import read_history
from lib_omost.chat.conversation.prompt import system_prompt
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.local.constraint import GrammarConstraint, TokenConstraint, Unconstrained
from lib_omost.chat.local.decode import Choose, Decoding, decode
from lib_omost.chat.local.pace import PassCost
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.local.sampler import draw_token
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Message

GREEDY_TOKENS = 128
PLAIN, FORCED, OURS, ANEW = "plain generate", "forced tokens alone", "ours", "ours, prompt read anew"


@dataclass(frozen=True)
class Turn:
    """A turn of the transcript: the prompt as tokens, and the reply that came."""

    name: str
    prompt: tuple[int, ...]
    reply: str


@dataclass(frozen=True)
class Row:
    """What one way of writing a turn took; the ratios say how many times more plain generate took in the same run."""

    turn: str
    way: str
    tokens: int
    forwards: int
    seconds: float
    fewer_forwards: float
    less_time: float

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds


@dataclass(frozen=True)
class Greedy:
    """Whether a greedy reply of so many tokens is the same with and without ours, token by token."""

    turn: str
    held: str  # to the grammar, or to nothing
    tokens: int
    forwards: int
    identical: bool


def run(
    model: TransformersModel, *, tokens: int | None = None, done: Callable[[int, int], None] = lambda *_: None
) -> tuple[list[Row], list[Greedy]]:
    """Measure both turns with `model`; `tokens` cuts the replies off, `done` hears of each finished part and of all.

    The edit turn of ours follows its first turn, as in a chat: what was read is kept.
    """
    rows: list[Row] = []
    greedy: list[Greedy] = []
    reader = Reader(model.network)
    turns = transcript_turns(model)
    for number, turn in enumerate(turns):
        reply = model.vocabulary.tokenize_str(turn.reply)[:tokens]
        most = min(GREEDY_TOKENS, tokens or GREEDY_TOKENS)
        rows += _replayed(model, turn, reply, reader)
        done(2 * number + 1, 2 * len(turns))
        greedy += [_greedy_free(model, turn, most), _greedy_held(model, turn, most)]
        done(2 * number + 2, 2 * len(turns))
    return rows, greedy


def transcript_turns(model: TransformersModel) -> tuple[Turn, Turn]:
    """The first turn of the transcript and the edit turn after it."""
    text = files("lib_omost.bench").joinpath("dragon_chat.md").read_text(encoding="utf-8")
    messages = [Message("system", system_prompt())]
    turns: list[Turn] = []
    for name, round_ in zip(("first", "edit"), read_history(text).rounds, strict=True):
        code = write_canvas(parse_reply(round_.reply).require_canvas())
        reply = f"```python\n{code}```"
        messages.append(Message("user", round_.message))
        turns.append(Turn(name, tuple(model.prompt(messages)), reply))
        messages.append(Message("assistant", reply))
    first, edit = turns
    return first, edit


def format_table(rows: Sequence[Row], greedy: Sequence[Greedy]) -> str:
    """The measurements as text for people."""
    lines = [f"{'turn':<7}{'way':<25}{'tokens':>7}{'passes':>8}{'':>8}{'seconds':>9}{'':>8}{'tokens/s':>10}"]
    for row in rows:
        fewer, less = f"{row.fewer_forwards:.1f} ×", f"{row.less_time:.1f} ×"
        lines.append(
            f"{row.turn:<7}{row.way:<25}{row.tokens:>7}{row.forwards:>8}{fewer:>8}{row.seconds:>9.1f}{less:>8}"
            f"{row.tokens_per_second:>10.1f}"
        )
    for entry in greedy:
        same = "identical" if entry.identical else "DIFFERENT"
        lines.append(
            f"{entry.turn} turn, greedy, held to {entry.held}: {same} ({entry.tokens} tokens, {entry.forwards} passes)"
        )
    return "\n".join(lines)


def _replayed(model: TransformersModel, turn: Turn, reply: list[int], kept: Reader) -> Iterator[Row]:
    with _timed(model) as plain:
        _generate(model, turn.prompt, len(reply), _Forcing(len(turn.prompt), reply))
    yield Row(turn.name, PLAIN, len(reply), plain.forwards, plain.seconds, 1, 1)
    ways: list[tuple[str, Reader, PassCost | None]] = [(OURS, kept, model.pass_cost)]
    if turn.name == "edit":
        ways.append((ANEW, Reader(model.network), model.pass_cost))
    else:
        ways.append((FORCED, Reader(model.network), None))
    for way, reader, cost in ways:
        teacher = Teacher(_held(model), reply, model.vocabulary)
        with _timed(model) as spent:
            written = _write(reader, turn, teacher, teacher.choose, Decoding(2 * len(reply), cost=cost))
        yield Row(
            turn.name,
            way,
            len(written),
            spent.forwards,
            spent.seconds,
            plain.forwards / spent.forwards,
            plain.seconds / spent.seconds,
        )


def _greedy_free(model: TransformersModel, turn: Turn, most: int) -> Greedy:
    expected = _generate(model, turn.prompt, most)
    with _timed(model) as spent:
        written = _write(
            Reader(model.network), turn, Unconstrained(), _likeliest, Decoding(most, model.ends, model.pass_cost)
        )
    while expected and expected[-1] in model.ends:
        expected.pop()
    return Greedy(turn.name, "nothing", len(written), spent.forwards, written == expected)


def _greedy_held(model: TransformersModel, turn: Turn, most: int) -> Greedy:
    expected = _write(Reader(model.network), turn, _held(model), _likeliest, Decoding(most, model.ends, None))
    with _timed(model) as spent:
        written = _write(
            Reader(model.network), turn, _held(model), _likeliest, Decoding(most, model.ends, model.pass_cost)
        )
    return Greedy(turn.name, "the grammar", len(written), spent.forwards, written == expected)


def _held(model: TransformersModel) -> GrammarConstraint:
    return GrammarConstraint(model.vocabulary, canvas_rules(OMOST_BOUNDS))


def _write(reader: Reader, turn: Turn, constraint: TokenConstraint, choose: Choose, decoding: Decoding) -> list[int]:
    parts = decode(reader, turn.prompt, constraint, choose, decoding)
    return [token for part in parts for token in part.tokens]


def _likeliest(scores: torch.Tensor, allowed: torch.Tensor | None) -> int:
    return draw_token(scores, 0, 1, torch.Generator(), allowed)


def _generate(model: TransformersModel, prompt: Sequence[int], most: int, forcing: _Forcing | None = None) -> list[int]:
    """Greedy `generate` of transformers as it comes."""
    ids = torch.tensor([list(prompt)], device=model.network.device)
    extra = {} if forcing is None else {"logits_processor": [forcing], "eos_token_id": None}
    out = model.network.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=most, pad_token_id=0, **extra
    )
    tokens: list[int] = out[0, len(prompt) :].tolist()
    return tokens


@dataclass(frozen=True)
class _Forcing:
    """A logits processor that leaves the reply's next token alone likely."""

    prompt: int
    reply: list[int]

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        forced = torch.full_like(scores, -torch.inf)
        forced[:, self.reply[ids.shape[1] - self.prompt]] = 0
        return forced


@dataclass
class _Spent:
    forwards: int = 0
    seconds: float = 0.0


@contextmanager
def _timed(model: TransformersModel) -> Iterator[_Spent]:
    """Counts the forward passes of the block and its seconds."""
    spent = _Spent()

    def count(*_: Any) -> None:
        spent.forwards += 1

    hook = model.network.register_forward_hook(count)
    start = time.perf_counter()
    try:
        yield spent
    finally:
        spent.seconds = time.perf_counter() - start
        hook.remove()
