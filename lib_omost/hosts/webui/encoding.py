"""Texts → embeddings by the host's own encoder; what was encoded for the last jobs is kept, so a re-roll is free."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from lib_omost.hosts.webui.host import Conditioning, Host

CACHE_BYTES = 128 * 2**20  # some 200 bags of SDXL in float32
CHUNK = 75  # tokens of a prompt that a text encoder of the CLIP family reads at once
EMPHASIS = re.compile(r"(?<!\\)[(\[]")  # a bracket of the prompt syntax
STATES = 4  # first pass, hires pass, each with another checkpoint


@dataclass
class EncodingCache:
    """Encoded texts of one script, by the state of the encoder they were made with; the oldest states go first."""

    limit: int = CACHE_BYTES
    _states: list[tuple[object, OrderedDict[str, Conditioning]]] = field(default_factory=list)

    def texts_for(self, state: object) -> OrderedDict[str, Conditioning]:
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
    host: Host, cache: EncodingCache, texts: Sequence[str], *, width: int, height: int
) -> list[Conditioning]:
    """One row a text: (77 · chunks, C), or SDXL's dict of such with `vector` (D,). Only new texts are encoded.

    Texts without emphasis go to the encoder in one call for each number of chunks; with emphasis each goes alone, since
    hosts rescale a call's embeddings by their common mean.
    """
    known = cache.texts_for((host.encoder_state, width, height))
    rows = {text: known.pop(text) for text in dict.fromkeys(texts) if text in known}
    for group in _groups(host, (text for text in dict.fromkeys(texts) if text not in rows)):
        encoded = host.encode(group, width, height)
        for number, text in enumerate(group):
            rows[text] = _row(encoded, number)
    known.update(rows)
    cache.shrink()
    return [rows[text] for text in texts]


def tokens_of(row: Conditioning) -> torch.Tensor:
    """(77 · chunks, C) of an encoded text."""
    return row["crossattn"] if isinstance(row, Mapping) else row


def _groups(host: Host, texts: Iterable[str]) -> list[list[str]]:
    by_chunks: dict[object, list[str]] = {}
    for text in texts:
        chunks = -(-max(1, len(host.tokenize(text))) // CHUNK)
        by_chunks.setdefault(text if EMPHASIS.search(text) else chunks, []).append(text)
    return list(by_chunks.values())


def _row(encoded: Conditioning, number: int) -> Conditioning:
    # Copies: a view would keep the whole call's tensor alive in the cache.
    if isinstance(encoded, Mapping):
        return {name: value[number].detach().clone() for name, value in encoded.items()}
    return encoded[number].detach().clone()


def _bytes(row: Conditioning) -> int:
    tensors = row.values() if isinstance(row, Mapping) else [row]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
