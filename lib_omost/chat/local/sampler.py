"""Drawing the next token from a model's scores."""

from __future__ import annotations

import torch

LIKELY = 1024  # tokens that are sorted first; they nearly always reach the share that is kept


def draw_token(
    logits: torch.Tensor,
    temperature: float,
    top_p: float,
    generator: torch.Generator,
    allowed: torch.Tensor | None = None,
) -> int:
    """The next token from `logits` (V,), any float type, on the CPU; `allowed` (V,) bool shuts out the others.

    Temperature 0 takes the likeliest. Otherwise: nucleus sampling, "The Curious Case of Neural Text Degeneration"
    (Holtzman et al. 2020): the likeliest tokens that together reach `top_p`, never none. One random number is used for
    a token, whatever the vocabulary's size.
    """
    tokens = None if allowed is None else allowed.nonzero().squeeze(1)  # (A,), mostly few in a grammar
    logits = (logits if tokens is None else logits[tokens]).double()
    if temperature == 0:
        place = int(logits.argmax())
    else:
        scores = (logits - logits.max()) / temperature  # 0 or less, so a tiny temperature cannot overflow to nan
        place = _draw(torch.softmax(scores, dim=-1), top_p, generator)
    return place if tokens is None else int(tokens[place])


def _draw(probabilities: torch.Tensor, top_p: float, generator: torch.Generator) -> int:
    """A place in `probabilities` (A,), out of the likeliest that together reach `top_p`."""
    ranked, places = probabilities.topk(min(LIKELY, len(probabilities)))  # sorting them all takes milliseconds
    if len(ranked) < len(probabilities) and ranked.sum() < top_p:
        ranked, places = probabilities.sort(descending=True, stable=True)
    reached = ranked.cumsum(-1)
    kept = int((reached - ranked < top_p).sum())  # those that the likelier ones do not make needless
    mark = torch.rand((), generator=generator, dtype=torch.float64) * reached[kept - 1]
    return int(places[min(int(torch.searchsorted(reached[:kept], mark, right=True)), kept - 1)])
