"""What a server's refusals teach about one of its models: how it is asked otherwise, now and at every later message.

There is no list of who takes what: models behind one address differ, and change. Each refusal names what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lib_omost.chat.client.tokens import Scale

MOST_ATTEMPTS = 8  # at one message: each leaves one thing out
SYSTEM = "system"  # among what is left out: the role, whose words then stand in the first message
_RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_FIELDS = ("top_p", "temperature", "seed", "stream_options", "cache_prompt", "return_progress")
_NO_SYSTEM = re.compile(
    r"(?:system|developer) (?:role|message|prompt|instruction)s? (?:is |are )?not (?:supported|allowed|enabled)"
    r"|roles must alternate",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"(?:context (?:length|size|window)|max_model_len|max_total_tokens|n_ctx)\D{0,30}?(\d{3,8})|must be <= (\d{3,8})",
    re.IGNORECASE,
)
_PROMPT = re.compile(r"(\d+)`? (?:in the messages|(?:input|prompt) tokens|`?inputs`? tokens)", re.IGNORECASE)
_MOST_NEW = re.compile(
    r"supports at most (\d+) completion|> (\d+), which is the maximum"
    r"|range of max_(?:completion_)?tokens is \[\d+, ?(\d+)"
    r"|max_(?:completion_)?tokens`? must be less than or equal to `?(\d+)",
    re.IGNORECASE,
)
_LEAST = 16  # new tokens that are worth asking for


@dataclass(frozen=True)
class Learned:
    """How a model is asked.

    `without` are fields that it refuses (and `SYSTEM`), `renamed` whether the limit of new tokens goes by its other
    name. `most_new_tokens` may be asked for, `context_tokens` are read, None where that is not known. `room` is what
    was left for this one reply. `scale` is how its tokens compare with the estimate.
    """

    without: frozenset[str] = frozenset()
    renamed: bool = False
    most_new_tokens: int | None = None
    context_tokens: int | None = None
    room: int | None = None
    scale: Scale = field(default_factory=Scale)

    @property
    def lasting(self) -> Learned:
        """What holds for the next message, too."""
        return replace(self, room=None)

    def applied(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request, so as the model takes it."""
        asked = {name: value for name, value in body.items() if name not in self.without}
        for name, other in _RENAMED.items():
            if name in body:
                limit = min(filter(None, (body[name], self.most_new_tokens, self.room)))
                del asked[name]
                asked[other if self.renamed else name] = limit
        if SYSTEM in self.without:
            asked["messages"] = _without_system(asked["messages"])
        return asked


def after_refusal(learned: Learned, asked: Mapping[str, Any], said: str) -> Learned | None:
    """How to ask again after a refusal that says `said`; None when it names nothing that could be left out."""
    limit = next(name for name in _RENAMED if name in asked)
    if new := _first_number(_MOST_NEW, said):
        return replace(learned, most_new_tokens=new) if new < asked[limit] else None
    context, prompt = _first_number(_CONTEXT, said), _first_number(_PROMPT, said)
    if context and prompt:
        room = min(context - prompt, asked[limit] - 1)
        known = replace(learned, context_tokens=context)
        # "at least 1 input tokens": the number is no use, and half of the rest is tried
        room = asked[limit] // 2 if learned.room is not None and room > asked[limit] // 2 else room
        return replace(known, room=room) if room >= _LEAST else None
    if _RENAMED[limit] in said and not learned.renamed:
        return replace(learned, renamed=True)
    for name in _FIELDS:
        if name in asked and re.search(rf"\b{name}\b", said):
            return replace(learned, without=learned.without | {name})
    if _NO_SYSTEM.search(said) and SYSTEM not in learned.without and asked["messages"][0]["role"] == SYSTEM:
        return replace(learned, without=learned.without | {SYSTEM})
    return None


def context_in(said: str) -> int | None:
    """The tokens that a model reads, of a refusal that says so."""
    return _first_number(_CONTEXT, said)


def _first_number(pattern: re.Pattern[str], said: str) -> int | None:
    found = pattern.search(said)
    return int(next(filter(None, found.groups()))) if found else None


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The messages with what the system says at the beginning of the first one."""
    (system, *rest) = messages
    if system["role"] != SYSTEM or not rest:
        return messages
    return [{**rest[0], "content": f"{system['content']}\n\n{rest[0]['content']}"}, *rest[1:]]
