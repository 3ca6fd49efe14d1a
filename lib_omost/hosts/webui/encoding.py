"""Texts → embeddings by the host's own encoder; what was encoded for the last jobs is kept, so a re-roll is free."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from lib_omost.hosts.host import EncodedText
from lib_omost.hosts.webui.capabilities.encoder import TextEncoder

CACHE_BYTES = 128 * 2**20  # some 200 bags of SDXL in float32
STATES = 4  # first pass, hires pass, each with another checkpoint


@dataclass
class EncodingCache:
    """Encoded texts of one script, by the state of the encoder they were made with; the oldest states go first."""

    limit: int = CACHE_BYTES
    _states: list[tuple[object, OrderedDict[str, EncodedText]]] = field(default_factory=list)

    def texts_for(self, state: object) -> OrderedDict[str, EncodedText]:
        """What was encoded in `state`, most recently used last."""
        for place, (known, texts) in enumerate(self._states):
            if known == state:
                self._states.append(self._states.pop(place))
                return texts
        self._states.append((state, OrderedDict()))
        del self._states[:-STATES]
        return self._states[-1][1]

    def shrink(self) -> None:
        """Let go of what was used least recently until the rest fits `limit` bytes."""
        excess = self.size - self.limit
        for _, texts in self._states:
            while texts and excess > 0:
                excess -= _bytes(texts.popitem(last=False)[1])

    @property
    def size(self) -> int:
        """Bytes of everything kept."""
        return sum(_bytes(row) for _, texts in self._states for row in texts.values())


def encode_texts(
    encoder: TextEncoder, cache: EncodingCache, texts: Sequence[str], *, width: int, height: int
) -> list[EncodedText]:
    """One text after the other, with what else each gives, such as SDXL's `vector` (D,). Only new ones are encoded.

    Texts of one kind go to the encoder in one call.
    """
    known = cache.texts_for((encoder.state, width, height))
    rows = {text: known.pop(text) for text in dict.fromkeys(texts) if text in known}
    for group in _groups(encoder, (text for text in dict.fromkeys(texts) if text not in rows)):
        rows.update(zip(group, encoder.encode(group, width, height), strict=True))
    known.update(rows)
    cache.shrink()
    return [rows[text] for text in texts]


def _groups(encoder: TextEncoder, texts: Iterable[str]) -> list[list[str]]:
    by_kind: dict[Hashable, list[str]] = {}
    for text in texts:
        by_kind.setdefault(encoder.kind(text), []).append(text)
    return list(by_kind.values())


def _bytes(row: EncodedText) -> int:
    padding = () if row.padding is None else (row.padding,)
    return sum(tensor.numel() * tensor.element_size() for tensor in (row.tokens, *padding, *row.others.values()))
