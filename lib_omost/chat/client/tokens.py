"""How many tokens a prompt has on a server."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lib_omost.chat.client.detect import ask
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.model import Message
from lib_omost.errors import ServerError

_TURN = 8  # tokens; what chat templates put around a turn


def estimate_tokens(messages: Sequence[Message]) -> int:
    """Not less than a byte-level tokenizer needs in practice: 3 ASCII characters or one other byte a token.

    The canvases of the Omost transcripts have about 4 characters a token.
    """
    total = 0
    for message in messages:
        length = len(message.content.encode("utf-8", "replace"))
        others = length - sum(char.isascii() for char in message.content)
        total += _TURN + math.ceil((length - others) / 3) + others
    return total


def count_tokens(endpoint: Endpoint, kind: ServerKind, model: str, messages: Sequence[Message]) -> int:
    """As the server counts, where its API tells; else, or when it does not answer, an estimate from above."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    try:
        count = _ask_for_count(endpoint, kind, model, turns)
    except ServerError:
        count = None
    return estimate_tokens(messages) if count is None else count


def _ask_for_count(endpoint: Endpoint, kind: ServerKind, model: str, turns: list[dict[str, str]]) -> int | None:
    if kind is ServerKind.LLAMA_CPP:
        prompt = _field(ask(endpoint, "/apply-template", {"messages": turns}), "prompt")
        tokens = _field(ask(endpoint, "/tokenize", {"content": prompt, "add_special": True}), "tokens")
        return len(tokens) if isinstance(tokens, list) else None
    if kind in {ServerKind.VLLM, ServerKind.VLLM_OLD}:
        count = _field(ask(endpoint, "/tokenize", {"model": model, "messages": turns}), "count")
        return count if isinstance(count, int) else None
    return None


def _field(answer: Any, name: str) -> Any:
    return answer.get(name) if isinstance(answer, dict) else None
