"""Greedy bags: sub-prompts packed into encoder calls of at most 75 tokens without cutting one.

Source: the Omost readme, "sub-prompt" and "greedy merge". A bag is encoded as BOS + ids + EOS, padded to 77.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lib_omost.errors import BadInputError
from lib_omost.prompts.syntax import cut_apart, parted

BAG_LIMIT = 75  # CLIP's 77 positions less BOS and EOS

Tokenize = Callable[[str], Sequence[int]]  # a text's token ids without BOS and EOS


@dataclass(frozen=True)
class Bag:
    """Sub-prompts that are encoded together. `ids` are the token ids of `prompts` side by side, without BOS and EOS."""

    prompts: tuple[str, ...]
    ids: tuple[int, ...]

    @property
    def text(self) -> str:
        return " ".join(self.prompts)


@dataclass(frozen=True)
class BagResult:
    """At least one bag, in reading order, and a note for the user wherever the sub-prompts did not fit as they were."""

    bags: tuple[Bag, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Item:
    """`opens`: it stands behind a BREAK, and so in a bag of its own or at the beginning of one."""

    prompt: str
    ids: tuple[int, ...]
    opens: bool = False


@dataclass(frozen=True)
class Signs:
    """What signs in a sub-prompt mean. breaks: BREAK opens the next bag. brackets: they weight what they hold."""

    breaks: bool = False
    brackets: bool = False


LITERAL = Signs()


def greedy_bags(
    prefixes: Sequence[str],
    suffixes: Sequence[str],
    tokenize: Tokenize,
    limit: int = BAG_LIMIT,
    *,
    words: str = "",
    signs: Signs = LITERAL,
) -> BagResult:
    """Pack a path into bags of at most `limit` tokens: the prefix heads every bag, suffixes fill it in order.

    `words`, those of the prompt box, stand behind the prefix. A suffix that does not fit opens the next bag. Where the
    plain rule has no answer:

    - No suffix: the prefix is a bag of its own. Nothing at all: one bag without tokens.
    - The prefix does not fit beside a bag's first suffix: that bag is headed by as much of it as fits. The words give
      way first, then the farthest item (the global description), so that a detail keeps its subject. What no bag
      could hold gets a bag of its own before the others, so every sub-prompt is somewhere.
    - A sub-prompt over `limit` by itself is split near its middle, at a comma, else between words, else between
      characters, until the pieces fit. Such a prefix item counts as the first suffix. A note tells the user.
      Brackets that weight are closed and opened again where it is split.
    - What stands behind BREAK opens a bag; of a prefix item what stands before it is still prefix.

    Raises BadInputError when one character alone has more than `limit` tokens.
    """
    notes: list[str] = []
    head: list[_Item] = []
    rest: list[_Item] = []
    for prompt in (*prefixes, *([words] if words else [])):
        first, *more = _pieces(prompt, tokenize, limit, notes, signs)
        fits = not more or more[0].opens
        (head if fits else rest).append(first)
        rest += more
    gives_way = head[-1] if words and head and head[-1].prompt == words else None
    for prompt in suffixes:
        rest.extend(_pieces(prompt, tokenize, limit, notes, signs))

    filled = _fill(head, rest, limit, gives_way)
    used = {id(item) for items in filled for item in items}
    unused = [item for item in head if id(item) not in used]
    if filled and unused:
        names = ", ".join(_quoted(item.prompt) for item in unused)
        notes.append(f"{names} left no room for what follows within {limit} tokens, and so stands by itself.")
    bags = _fill([], unused, limit, None) + filled
    return BagResult(tuple(_bag(items) for items in bags) or (Bag((), ()),), tuple(notes))


def _fill(head: list[_Item], rest: list[_Item], limit: int, gives_way: _Item | None) -> list[list[_Item]]:
    """The bags of `rest`, each headed by what fits of `head`."""
    bags: list[list[_Item]] = []
    room = -1
    for item in rest:
        if item.opens or len(item.ids) > room or not bags:
            bags.append(_heading(head, limit - len(item.ids), gives_way))
            room = limit - sum(len(other.ids) for other in bags[-1])
        bags[-1].append(item)
        room -= len(item.ids)
    return bags


def _heading(head: list[_Item], room: int, gives_way: _Item | None) -> list[_Item]:
    """What fits of the prefix into `room` tokens, in its order: its nearest items first, and what gives way last."""
    chosen: set[int] = set()
    nearest_first = [item for item in reversed(head) if item is not gives_way]
    for item in nearest_first:
        if len(item.ids) > room:
            break
        chosen.add(id(item))
        room -= len(item.ids)
    if gives_way is not None and len(gives_way.ids) <= room:
        chosen.add(id(gives_way))
    return [item for item in head if id(item) in chosen]


def _pieces(prompt: str, tokenize: Tokenize, limit: int, notes: list[str], signs: Signs) -> list[_Item]:
    parts = parted(prompt) if signs.breaks else (prompt,)
    return [
        replace(item, opens=number > 0 and place == 0)
        for number, part in enumerate(parts)
        for place, item in enumerate(_fitting(part, tokenize, limit, notes, signs))
    ]


def _fitting(prompt: str, tokenize: Tokenize, limit: int, notes: list[str], signs: Signs) -> list[_Item]:
    whole = _Item(prompt, tuple(tokenize(prompt)))
    if len(whole.ids) <= limit:
        return [whole]
    pieces = _split(prompt, tokenize, limit, signs)
    notes.append(
        f"{_quoted(prompt)} has {len(whole.ids)} tokens, more than the {limit} that are encoded together; "
        f"it was split into {len(pieces)} pieces."
    )
    return pieces


def _split(text: str, tokenize: Tokenize, limit: int, signs: Signs) -> list[_Item]:
    ids = tuple(tokenize(text))
    if len(ids) <= limit:
        return [_Item(text, ids)]
    if len(text) < 2:
        raise BadInputError(f"the character {text!r} alone has more than {limit} tokens")
    halves = _halves(text, cut_apart if signs.brackets else _cut)
    return [item for half in halves if half for item in _split(half, tokenize, limit, signs)]


def _halves(text: str, cut: Callable[[str, int], tuple[str, str]]) -> tuple[str, str]:
    """Behind the comma nearest to the middle, else before such a space, else in the middle, each shorter than the text.

    Brackets that are opened again can make a half as long as the whole: it is cut elsewhere then, at last within them.
    """
    middle = len(text) // 2
    for mark in (",", " "):
        places = [place + 1 for place, char in enumerate(text[:-1]) if char == mark and text[: place + 1].strip()]
        for place in sorted(places, key=lambda place: abs(place - middle)):
            halves = cut(text, place)
            if max(map(len, halves)) < len(text):
                return halves
    halves = cut(text, middle)
    return halves if max(map(len, halves)) < len(text) else _cut(text, middle)


def _cut(text: str, place: int) -> tuple[str, str]:
    return text[:place].strip(), text[place:].strip()


def _bag(items: list[_Item]) -> Bag:
    return Bag(tuple(item.prompt for item in items), tuple(token for item in items for token in item.ids))


def _quoted(prompt: str) -> str:
    return f'"{prompt if len(prompt) <= 60 else prompt[:59] + "…"}"'
