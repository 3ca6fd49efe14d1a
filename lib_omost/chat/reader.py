"""Reading tokens through a causal model, with the keys and values of everything read so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lib_omost.errors import ModelError


class Reader:
    """What a model has read: `tokens`, and their keys and values."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache: Any = None
        self.tokens: list[int] = []

    def rewind(self, prompt: Sequence[int]) -> list[int]:
        """Forget what `prompt` does not begin with. Returns its tokens that are still to be read, at least one."""
        same = 0
        while same < min(len(self.tokens), len(prompt) - 1) and self.tokens[same] == prompt[same]:
            same += 1
        surplus = len(self.tokens) - same
        if surplus and same:
            self._cache.crop(-surplus)
        elif surplus:
            self._cache = None
        del self.tokens[same:]
        return list(prompt[same:])

    @torch.inference_mode()
    def read(self, tokens: list[int]) -> torch.Tensor:
        """One forward pass: the scores (V,) after the last of `tokens`, float32 on the CPU. Raises ModelError."""
        try:
            ids = torch.tensor([tokens], device=self._model.device)
            out = self._model(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        except RuntimeError as error:  # out of memory is one too
            raise ModelError(
                f"the language model failed: {error}", hint="free memory, or choose a smaller model or a shorter chat"
            ) from error
        self._cache = out.past_key_values
        self.tokens += tokens
        scores: torch.Tensor = out.logits[0, -1].float().cpu()
        return scores
