"""Random texts of a grammar, to see that each is a canvas."""

from __future__ import annotations

import random
from collections.abc import Mapping

from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Repeat, Sequence


def walk(grammar: Grammar, seed: int) -> str:
    """A text of this grammar by `seed`: every choice, count and character is drawn evenly."""
    return _walk(grammar.rules["start"], grammar.rules, random.Random(seed))


def _walk(node: Node, rules: Mapping[str, Node], rng: random.Random) -> str:
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Chars):
        return _any_char(node, rng)
    if isinstance(node, Sequence):
        return "".join([_walk(part, rules, rng) for part in node.parts])
    if isinstance(node, Choice):
        return _walk(rng.choice(node.options), rules, rng)
    if isinstance(node, Repeat):
        return "".join([_walk(node.part, rules, rng) for _ in range(rng.randint(node.least, node.most))])
    return _walk(rules[node.name], rules, rng)


def _any_char(chars: Chars, rng: random.Random) -> str:
    pair = rng.choice(chars.ranges)
    return chr(rng.randint(ord(pair[0]), ord(pair[1])))
