"""How much of what held-out messages ask for a model understands, by category."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from composer_training.generate import replies
from composer_training.pairs import Pair, pair_at
from lib_omost.compose.edit import Add, Edit, Replace, SetScene, Swap, Targets
from lib_omost.compose.edit_text import read_edits
from lib_omost.compose.grammar import edit_rules, plan_rules
from lib_omost.compose.known import known_words
from lib_omost.compose.plan import Plan
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import NEW, compose_prompt
from lib_omost.compose.reply_words import reply_words
from lib_omost.errors import CanvasError
from lib_omost.grammar.rules import Grammar

_SHOWN = re.compile(r"^(?:\d+ |scene: |before: )([^;\n]*)", re.MULTILINE)
PICTURE = compose_prompt("").partition(" ")[0]

Reading = Plan | tuple[Edit, ...]


def held_out_pairs(seed: int, count: int) -> list[Pair]:
    """Pairs of nouns and phrases that training never sees."""
    return [pair_at(seed, number, held_out=True) for number in range(count)]


def grammar_of(prompt: str) -> Grammar:
    """The grammar of the reply to a prompt: of a plan, or of edits to the things that it lists."""
    message = prompt.splitlines()[-2].partition(": ")[2]
    words = reply_words(message, " ".join(_SHOWN.findall(prompt)), known_words())
    if prompt.startswith(PICTURE):
        return plan_rules(words)
    return edit_rules(words, len(re.findall(r"^\d+ ", prompt, re.M)))


def evaluate(
    model: Any, tokenizer: Any, pairs: Sequence[Pair], told: Callable[[int], None] = lambda _: None
) -> tuple[dict[str, tuple[int, int]], list[tuple[Pair, str]]]:
    """Right replies and all of them by category, and those that are wrong."""
    written = replies(model, tokenizer, [(pair.prompt, grammar_of(pair.prompt)) for pair in pairs], told=told)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong = []
    for pair, reply in zip(pairs, written, strict=True):
        right = means_the_same(pair, reply)
        counts[pair.category][0] += right
        counts[pair.category][1] += 1
        if not right:
            wrong.append((pair, reply))
    return {name: (right, total) for name, (right, total) in sorted(counts.items())}, wrong


def means_the_same(pair: Pair, reply: str) -> bool:
    """Whether a reply says what the pair's does, but for a scene and colours that the message leaves open."""
    try:
        wanted, got = _read(pair.prompt, pair.reply), _read(pair.prompt, reply)
    except CanvasError:
        return False
    if isinstance(wanted, Plan) and isinstance(got, Plan):
        return _essence(wanted, pair.prompt) == _essence(got, pair.prompt)
    if not (isinstance(wanted, tuple) and isinstance(got, tuple)):
        return False
    return {repr(_open(edit)) for edit in wanted} == {repr(_open(edit)) for edit in got}


def _open(edit: Edit) -> Edit:
    """The edit without what its message leaves open: a scene's colour, one that no word says, which of two is swapped."""
    if isinstance(edit, SetScene):
        return replace(edit, color=None)
    if isinstance(edit, Swap):
        return Swap(Targets(tuple(sorted(edit.targets.names))))
    if isinstance(edit, Replace):
        return replace(edit, color=_said_color(edit.thing, edit.color) or None)
    if isinstance(edit, Add):
        return Add(replace(edit.entry, color=_said_color(edit.entry.thing, edit.entry.color) or None))
    return edit


def _read(prompt: str, reply: str) -> Reading:
    if prompt.startswith(PICTURE):
        return read_plan(reply)
    return read_plan(reply.removeprefix(NEW)) if reply.startswith(NEW) else read_edits(reply)


def _essence(plan: Plan, prompt: str) -> tuple[object, ...]:
    message = prompt.lower()
    entries = sorted(
        (
            entry.thing,
            entry.count,
            entry.place or "",
            repr(entry.relation),
            entry.size or "",
            entry.depth or "",
            _said_color(entry.thing, entry.color),
        )
        for entry in plan.entries
    )
    scene = plan.scene if plan.scene in message else ""
    return scene, sorted(plan.style.split(", ")), sorted(plan.absent), entries


def _said_color(thing: str, color: str | None) -> str:
    """A colour counts where the thing's words have one."""
    return color or "" if color and color in thing.replace(" ", "") else ""
