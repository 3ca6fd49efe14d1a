"""What may follow a text that was begun: the derivative of a grammar (Brzozowski, 1964), character by character."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Ref, Repeat, Sequence, sequence

_NOTHING_MORE = Sequence(())


def rest_of(grammar: Grammar, begun: str) -> Grammar | None:
    """The grammar of all that goes on from `begun` to a text of `grammar`; None when nothing does."""
    rules = grammar.rules
    node: Node | None = rules["start"]
    for char in begun:
        if node is None:
            return None
        node = _after(node, char, rules)
    return None if node is None else Grammar({**rules, "start": node})


def _after(node: Node, char: str, rules: Mapping[str, Node]) -> Node | None:
    """What may follow once the node has taken `char`; None when it cannot begin with it."""
    if isinstance(node, Literal):
        return Literal(node.text[1:]) if node.text[:1] == char else None
    if isinstance(node, Chars):
        return _NOTHING_MORE if char in node else None
    if isinstance(node, Ref):
        return _after(rules[node.name], char, rules)
    if isinstance(node, Choice):
        return _one_of(_after(option, char, rules) for option in node.options)
    if isinstance(node, Repeat):
        first = _after(node.part, char, rules) if node.most else None
        more = (Repeat(node.part, max(0, node.least - 1), node.most - 1),) if node.most > 1 else ()
        return None if first is None else sequence(first, *more)
    return _one_of(_after_sequence(node, char, rules))


def _after_sequence(node: Sequence, char: str, rules: Mapping[str, Node]) -> Iterator[Node | None]:
    """What may follow by each part that may take the character: the first, and those behind empty ones."""
    for place, part in enumerate(node.parts):
        first = _after(part, char, rules)
        yield None if first is None else sequence(first, *node.parts[place + 1 :])
        if not _may_be_empty(part, rules):
            return


def _one_of(ways: Iterable[Node | None]) -> Node | None:
    """Whatever goes on; each way once."""
    different = tuple(dict.fromkeys(way for way in ways if way is not None))
    return Choice(different) if len(different) > 1 else next(iter(different), None)


def _may_be_empty(node: Node, rules: Mapping[str, Node]) -> bool:
    if isinstance(node, Literal):
        return not node.text
    if isinstance(node, Chars):
        return False
    if isinstance(node, Ref):
        return _may_be_empty(rules[node.name], rules)
    if isinstance(node, Choice):
        return any(_may_be_empty(option, rules) for option in node.options)
    if isinstance(node, Sequence):
        return all(_may_be_empty(part, rules) for part in node.parts)
    return node.least == 0 or _may_be_empty(node.part, rules)
