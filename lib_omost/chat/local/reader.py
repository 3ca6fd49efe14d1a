"""Reading tokens through a causal model, with the keys and values of everything read so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lib_omost.errors import ModelError


class Reader:
    """What a model has read: `tokens`, and their keys and values. The two never disagree, also after a failure."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache: Any = None
        self.tokens: list[int] = []

    @property
    def can_forget(self) -> bool:
        """Whether single tokens can be taken back: not from a sliding window or a recurrent state."""
        cache = self._cache
        if cache is None or not getattr(cache, "is_croppable", True):  # transformers 4 has no such mark
            return False
        return not any(getattr(cache, "is_sliding", ()) or ())

    def rewind(self, prompt: Sequence[int]) -> list[int]:
        """Forget what `prompt` does not begin with. Returns its tokens that are still to be read, at least one."""
        same = 0
        while same < min(len(self.tokens), len(prompt) - 1) and self.tokens[same] == prompt[same]:
            same += 1
        self.forget(len(self.tokens) - same)
        return list(prompt[len(self.tokens) :])

    def forget(self, count: int) -> None:
        """Take back the last `count` tokens; all of them where single ones cannot be."""
        if not count:
            return
        kept = len(self.tokens) - count
        if kept and self.can_forget:
            self._cache.crop(-count)
            del self.tokens[kept:]
        else:
            self._drop()

    @torch.inference_mode()
    def read(self, tokens: list[int], scored: int = 1) -> torch.Tensor:
        """One forward pass: the scores (scored, V) after each of the last `scored` of `tokens`, float32 on the CPU.

        Raises ModelError; nothing counts as read then.
        """
        try:
            ids = torch.tensor([tokens], device=self._model.device)
            out = self._model(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=scored)
        except RuntimeError as error:  # out of memory is one too
            self._drop()
            raise ModelError(
                f"the language model failed: {error}", hint="free memory, or choose a smaller model or a shorter chat"
            ) from error
        except BaseException:  # a keyboard interrupt may leave some layers a pass ahead of others
            self._drop()
            raise
        self._cache = out.past_key_values
        self.tokens += tokens
        scores: torch.Tensor = out.logits[0, -scored:].float().cpu()
        return scores

    def _drop(self) -> None:
        self._cache = None
        self.tokens.clear()
