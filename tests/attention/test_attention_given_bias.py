"""A bias reaches torch's attention through a forward that knows nothing of it, and no other call."""

from __future__ import annotations

import threading

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.attention.given_bias import given_bias
from lib_omost.errors import OmostError

QUERY, KEY, VALUE = torch.randn(3, 2, 2, 5, 4, generator=torch.Generator().manual_seed(2))
BIAS = torch.zeros(1, 1, 5, 5).masked_fill(torch.ones(5, 5, dtype=torch.bool).triu(1), float("-inf"))
ALLOWED = torch.tensor([True, True, False, True, True])


@pytest.mark.parametrize("own", [None, ALLOWED, torch.where(ALLOWED, 0.5, -1.0)], ids=["none", "booleans", "numbers"])
@pytest.mark.parametrize("by_name", [True, False])
def test_the_bias_joins_the_mask_of_the_layer(own: torch.Tensor | None, by_name: bool) -> None:
    added = torch.zeros(5) if own is None else own if own.dtype != torch.bool else torch.where(own, 0.0, float("-inf"))
    expected = scaled_dot_product_attention(QUERY, KEY, VALUE, attn_mask=BIAS + added)
    mask = None if own is None else own.view(1, 1, 1, 5)
    with given_bias(BIAS, "layer"):
        out = (
            scaled_dot_product_attention(QUERY, KEY, VALUE, attn_mask=mask, dropout_p=0.0)
            if by_name
            else scaled_dot_product_attention(QUERY, KEY, VALUE, mask)
        )
    assert torch.allclose(out, expected, atol=1e-6)
    assert not torch.allclose(scaled_dot_product_attention(QUERY, KEY, VALUE, attn_mask=mask), expected)


@pytest.mark.parametrize("calls", [0, 2])
def test_a_layer_that_does_not_call_it_once_is_refused_by_name(calls: int) -> None:
    def attend() -> None:
        with given_bias(BIAS, "blocks.3.attn"):
            for _ in range(calls):
                scaled_dot_product_attention(QUERY, KEY, VALUE)

    with pytest.raises(OmostError, match=rf"blocks\.3\.attn called torch's attention {calls} times") as refused:
        attend()
    assert refused.value.hint


def test_attention_of_other_positions_is_left_alone() -> None:
    """As where a block lets the image attend to itself once more."""
    query, key, value = QUERY[:, :, :3], KEY[:, :, :3], VALUE[:, :, :3]
    expected = scaled_dot_product_attention(query, key, value)
    with given_bias(BIAS, "layer"):
        alone = scaled_dot_product_attention(query, key, value)
        both = scaled_dot_product_attention(query=QUERY, key=KEY, value=VALUE)
    assert torch.equal(alone, expected)
    assert torch.equal(both, scaled_dot_product_attention(QUERY, KEY, VALUE, attn_mask=BIAS))


def test_attention_of_the_image_alone_has_its_own_bias_and_is_not_counted() -> None:
    query, key, value = QUERY[:, :, :3], KEY[:, :, :3], VALUE[:, :, :3]
    own = BIAS[..., :3, :3]
    with given_bias(BIAS, "layer", own):
        alone = [scaled_dot_product_attention(query, key, value) for _ in range(2)]
        scaled_dot_product_attention(QUERY, KEY, VALUE)
        other = scaled_dot_product_attention(query, KEY, VALUE)
    assert torch.equal(alone[0], scaled_dot_product_attention(query, key, value, attn_mask=own))
    assert torch.equal(alone[0], alone[1])
    assert torch.equal(other, scaled_dot_product_attention(query, KEY, VALUE))


def test_a_fault_within_is_the_one_that_is_told() -> None:
    with pytest.raises(KeyboardInterrupt), given_bias(BIAS, "layer"):
        raise KeyboardInterrupt


def test_another_thread_is_not_touched() -> None:
    found: list[torch.Tensor] = []
    with given_bias(BIAS, "layer"):
        thread = threading.Thread(target=lambda: found.append(scaled_dot_product_attention(QUERY, KEY, VALUE)))
        thread.start()
        thread.join()
        scaled_dot_product_attention(QUERY, KEY, VALUE)
    assert torch.equal(found[0], scaled_dot_product_attention(QUERY, KEY, VALUE))
