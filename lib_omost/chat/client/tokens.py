"""How many tokens a prompt has on a server."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.chat.client.ask import ask
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.model import Message
from lib_omost.errors import ServerError

_TURN = 5  # tokens; what chat templates put around a turn
# Words with the space before them, digits, signs, space, and single characters of other scripts: what the tokenizers of
# language models cut a text into before they look at it.
_PIECE = re.compile(r" ?[A-Za-z]+|\d| ?[^\sA-Za-z\d\x80-\U0010ffff]+|\s+(?=\s\S)|\s+|[\x80-\U0010ffff]")
_WHOLE_WORD = 9  # letters of a word that is one token
_ENOUGH, _MUCH = 0.2, 20  # share and tokens of other scripts from which their weight is learned
_SCALES = (0.6, 1.6), (0.2, 1.6)  # what a count of a server may make of the weights; beyond it the count is no prompt's


@dataclass(frozen=True)
class Scale:
    """How a model's tokens compare with the estimate: of ASCII, and of other scripts.

    The latter is one from above until a reply has told: tokenizers differ threefold there.
    """

    ascii: float = 1.0
    others: float = 1.0

    def learned(self, messages: Sequence[Message], count: int) -> Scale:
        """The scale at which these messages have `count` tokens; as it is when that cannot be."""
        ascii_, others = _raw(messages)
        if others >= max(_MUCH, _ENOUGH * (ascii_ + others)):
            least, most = _SCALES[1]
            factor = (count - ascii_ * self.ascii) / others
            return replace(self, others=factor) if least <= factor <= most else self
        least, most = _SCALES[0]
        factor = (count - others * self.others) / ascii_ if ascii_ else 0.0
        return replace(self, ascii=factor) if least <= factor <= most else self


def estimate_tokens(messages: Sequence[Message], scale: Scale = Scale()) -> int:
    """Within a tenth of what byte-level tokenizers make of English and of code; of other scripts not less than they do.

    Measured on SmolLM2's, Qwen 3's and Gemma 2's. `scale`, once learned, holds for other scripts, too.
    """
    ascii_, others = _raw(messages)
    return math.ceil(ascii_ * scale.ascii + others * scale.others)


def _raw(messages: Iterable[Message]) -> tuple[float, float]:
    """Tokens of ASCII and of other scripts."""
    ascii_ = others = 0.0
    for message in messages:
        ascii_ += _TURN
        for piece in _PIECE.findall(message.content):
            if piece.isascii():
                ascii_ += _ascii_tokens(piece)
            else:
                others += 2.0 if piece >= "\u2e80" else 0.85  # a sign for a syllable or a word, or a letter
    return ascii_, others


def _ascii_tokens(piece: str) -> float:
    text = piece.strip()
    if not text:
        return 0.3 if piece == " " else 1.0  # mostly part of the word behind it; a line's end and its indent are one
    if not text.isalpha():
        return 1 + max(0, len(text) - 2) * 0.4
    capitals = sum(letter.isupper() for letter in text[1:])
    joints = (0.35 if len(text) > 3 else 0.0) if text.isupper() else 0.55 * capitals
    return 1 + max(0, len(text) - _WHOLE_WORD) / 5 + joints


def count_tokens(
    endpoint: Endpoint, kind: ServerKind, model: str, messages: Sequence[Message], scale: Scale = Scale()
) -> int:
    """As the server counts, where its API tells; else, or when it does not answer, an estimate."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    try:
        count = _ask_for_count(endpoint, kind, model, turns)
    except ServerError:
        count = None
    return estimate_tokens(messages, scale) if count is None else count


def _ask_for_count(endpoint: Endpoint, kind: ServerKind, model: str, turns: list[dict[str, str]]) -> int | None:
    if kind is ServerKind.LLAMA_CPP:
        prompt = _field(ask(endpoint, "/apply-template", {"model": model, "messages": turns}), "prompt")
        question = {"model": model, "content": prompt, "add_special": True}
        tokens = _field(ask(endpoint, "/tokenize", question), "tokens")
        return len(tokens) if isinstance(tokens, list) else None
    if kind in {ServerKind.VLLM, ServerKind.VLLM_OLD}:
        count = _field(ask(endpoint, "/tokenize", {"model": model, "messages": turns}), "count")
        return count if isinstance(count, int) else None
    return None


def _field(answer: Any, name: str) -> Any:
    return answer.get(name) if isinstance(answer, dict) else None
