"""Drawing the next token from a model's scores."""

from __future__ import annotations

import torch


def draw_token(
    logits: torch.Tensor,
    temperature: float,
    top_p: float,
    generator: torch.Generator,
    allowed: torch.Tensor | None = None,
) -> int:
    """The next token from `logits` (V,), any float type, on the CPU; `allowed` (V,) bool shuts out the others.

    Temperature 0 takes the likeliest. Otherwise: nucleus sampling, "The Curious Case of Neural Text Degeneration"
    (Holtzman et al. 2020): the likeliest tokens that together reach `top_p`, never none.
    """
    logits = logits.double()
    if allowed is not None:
        logits = logits.masked_fill(~allowed, -torch.inf)
    if temperature == 0:
        return int(logits.argmax())
    scores = (logits - logits.max()) / temperature  # 0 or less, so a tiny temperature cannot overflow to nan
    probabilities, tokens = torch.softmax(scores, dim=-1).sort(descending=True, stable=True)
    before = probabilities.cumsum(-1) - probabilities  # what the likelier ones reach already
    kept = probabilities.masked_fill(before >= top_p, 0.0)
    return int(tokens[torch.multinomial(kept, 1, generator=generator)])
