"""The forward pass of a small Llama in plain torch, with the calls of transformers' models that `Reader` makes.

Importing transformers takes twice the CPU time of importing torch, and its fused attention is slow in bfloat16 on a
CPU. Source: Touvron et al. 2023, "LLaMA"; Su et al. 2021, "RoFormer"; Ainslie et al. 2023, "GQA".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch.nn.functional import linear, silu


@dataclass(frozen=True)
class LlamaShape:
    """How many layers, heads, heads of keys and values, and numbers a head; `theta` is the base of the rotations."""

    layers: int
    heads: int
    kv_heads: int
    head: int
    epsilon: float
    theta: float
    longest: int  # tokens


class LlamaCache:
    """Keys and values of what was read: of each layer two tensors (kv_heads, tokens, head)."""

    def __init__(self, layers: int) -> None:
        self._parts: list[tuple[torch.Tensor, torch.Tensor] | None] = [None] * layers

    @property
    def length(self) -> int:
        """Tokens that were read."""
        first = self._parts[0]
        return 0 if first is None else first[0].shape[1]

    def extend(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """All keys and values of a layer, with new ones (kv_heads, T, head) at their end."""
        known = self._parts[layer]
        if known is not None:
            keys, values = torch.cat((known[0], keys), 1), torch.cat((known[1], values), 1)
        self._parts[layer] = keys, values
        return keys, values

    def crop(self, count: int) -> None:
        """Without the last tokens; `count` is minus so many, as transformers' caches take it."""
        self._parts = [part and (part[0][:, :count], part[1][:, :count]) for part in self._parts]


@dataclass(frozen=True)
class LlamaOutput:
    """`logits` (1, scored, V), and what has been read until now."""

    logits: torch.Tensor
    past_key_values: LlamaCache


class Llama:
    """A Llama with tied embeddings.

    `weights` are `embedding` (V, C) and `norm` (C,), and of each layer n, as `n.qkv`, the projections to queries, keys
    and values below each other, `n.out`, `n.gate_up` (gate above up), `n.down`, and the two norms `n.before_attention`
    and `n.before_mlp`.
    """

    def __init__(self, shape: LlamaShape, weights: Mapping[str, torch.Tensor]) -> None:
        self.shape = shape
        self._weights = weights
        self._embedding = weights["embedding"]
        self.device = self._embedding.device
        self.vocabulary_size = self._embedding.shape[0]
        powers = torch.arange(0, shape.head, 2, dtype=torch.float32) / shape.head
        angles = torch.outer(torch.arange(shape.longest, dtype=torch.float32), shape.theta**-powers)
        angles = torch.cat((angles, angles), 1).to(self.device)  # (longest, head)
        self._cos, self._sin = angles.cos().to(self._embedding.dtype), angles.sin().to(self._embedding.dtype)

    @torch.inference_mode()
    def __call__(
        self, ids: torch.Tensor, *, past_key_values: LlamaCache | None, use_cache: bool = True, logits_to_keep: int = 1
    ) -> LlamaOutput:
        """Read `ids` (1, T) behind what was read; the scores after each of the last `logits_to_keep`."""
        assert use_cache
        cache = past_key_values or LlamaCache(self.shape.layers)
        start, count = cache.length, ids.shape[1]
        rotation = self._cos[start : start + count], self._sin[start : start + count]
        unseen = None  # (T, start + T): what lies ahead of each token
        if count > 1:
            unseen = torch.ones(count, start + count, dtype=torch.bool, device=self.device).triu(start + 1)
        x = self._embedding[ids[0]]
        for layer in range(self.shape.layers):
            x = x + self._attention(layer, self._normed(f"{layer}.before_attention", x), cache, rotation, unseen)
            gate, up = linear(self._normed(f"{layer}.before_mlp", x), self._weights[f"{layer}.gate_up"]).chunk(2, -1)
            x = x + linear(silu(gate) * up, self._weights[f"{layer}.down"])
        return LlamaOutput(linear(self._normed("norm", x[-logits_to_keep:]), self._embedding)[None], cache)

    def _attention(
        self,
        layer: int,
        x: torch.Tensor,
        cache: LlamaCache,
        rotation: tuple[torch.Tensor, torch.Tensor],
        unseen: torch.Tensor | None,
    ) -> torch.Tensor:
        """(T, C) → (T, C). The queries of heads that share keys stand side by side, so that no key is copied."""
        shape, count = self.shape, x.shape[0]
        kept = shape.kv_heads * shape.head
        queries, keys, values = linear(x, self._weights[f"{layer}.qkv"]).split(
            (shape.heads * shape.head, kept, kept), 1
        )
        queries = _rotated(queries.view(count, shape.heads, shape.head).transpose(0, 1), rotation)
        keys = _rotated(keys.view(count, shape.kv_heads, shape.head).transpose(0, 1), rotation)
        keys, values = cache.extend(layer, keys, values.view(count, shape.kv_heads, shape.head).transpose(0, 1))
        grouped = queries.reshape(shape.kv_heads, -1, shape.head)  # (kv_heads, heads of each × T, head)
        scores = (grouped @ keys.transpose(1, 2)).float() / shape.head**0.5
        if unseen is not None:
            scores = scores.view(shape.kv_heads, -1, *unseen.shape).masked_fill(unseen, -torch.inf).view(scores.shape)
        mixed = scores.softmax(-1).to(values.dtype) @ values
        mixed = mixed.view(shape.heads, count, shape.head).transpose(0, 1).reshape(count, -1)
        return linear(mixed, self._weights[f"{layer}.out"])

    def _normed(self, name: str, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.shape.epsilon)
        return wide.to(x.dtype) * self._weights[name]


def _rotated(x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """(heads, T, head), each pair of numbers turned by its token's angle."""
    first, second = x.chunk(2, -1)
    return x * rotation[0] + torch.cat((-second, first), -1) * rotation[1]
