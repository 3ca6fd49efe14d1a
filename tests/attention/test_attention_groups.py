"""Pixels group after group: tokens laid so that each group's stand together, and one call for all groups."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention import groups
from lib_omost.attention.layout import PlacedSpan, place
from lib_omost.attention.places import Box

SPANS = [PlacedSpan(7 * number, 7 * number + 7, Box(0, 1, 0, 1)) for number in range(8)]


def by_bounds(query, key, value, sequences, scale):
    """Attention of the sequences from the bounds that a device is given, key by key, in float64."""
    starts, begins = sequences.query_starts.tolist(), sequences.key_starts.tolist()
    assert len(starts) == len(begins) == len(sequences.key_lengths) + 1
    assert (starts[0], starts[-1]) == (0, len(query))
    out = torch.empty_like(query, dtype=torch.float64)
    most = [0, 0]
    for start, stop, begin, length in zip(starts, starts[1:], begins, sequences.key_lengths.tolist(), strict=False):
        pixels, tokens = slice(start, stop), slice(begin, begin + length)
        scores = torch.einsum("nhd,mhd->hnm", query[pixels].double(), key[tokens].double()) * scale
        out[pixels] = torch.einsum("hnm,mhd->nhd", scores.softmax(-1), value[tokens].double())
        most = [max(most[0], stop - start), max(most[1], length)]
    assert sequences.most == tuple(most)
    return out.to(query.dtype)


@given(st.lists(st.sets(st.sampled_from(SPANS), min_size=1), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_each_set_of_spans_stands_together_somewhere(sets) -> None:
    wanted = [tuple(sorted(one)) for one in sets]
    line, begins = groups.laid(wanted)
    for spans, begin in zip(wanted, begins, strict=True):
        assert set(line[begin : begin + len(spans)]) == set(spans)
    assert len(line) <= sum(map(len, wanted))


def test_the_dragons_tokens_stand_there_less_often_than_groups_see_them(dragon) -> None:
    layout = place(dragon, 64, 64)
    line, _ = groups.laid([group.spans for group in layout.groups])
    assert sum(span.tokens for span in line) < 0.4 * sum(group.tokens for group in layout.groups)


@pytest.mark.parametrize("call", [groups.apart, by_bounds])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_groups_are_attention_over_what_each_pixel_sees(problems, reference_mask, relative_error, call, data) -> None:
    problem = data.draw(problems)
    local_alone = data.draw(st.booleans())
    layout = place(problem.context, problem.height, problem.width)
    tokens = layout.tokens
    added = torch.randn(tokens, generator=torch.Generator().manual_seed(3)) * data.draw(st.sampled_from([0, 3]))
    scale = 0.7
    extra = groups.channels_of(added, scale, torch.float32) if added.any() else None
    parts = problem.query, problem.key, problem.value, layout
    out = groups.attend_groups(*parts, scale=scale, local_alone=local_alone, extra=extra, call=call)
    masks = [reference_mask(span.rect, problem.height, problem.width).flatten() for span in problem.context.spans]
    seen = torch.stack(masks, dim=1)
    if local_alone:
        seen[:, 0] &= ~seen[:, 1:].any(1)
    lengths = torch.tensor([span.stop - span.start for span in problem.context.spans])
    seen = seen.repeat_interleave(lengths, dim=1)
    rows = len(problem.query)
    key, value = (one.double().expand(rows, -1, -1, -1) for one in (problem.key, problem.value))
    scores = problem.query.double() @ key.transpose(-1, -2) * scale + added
    expected = scores.masked_fill(~seen, float("-inf")).softmax(-1) @ value
    assert out.shape == problem.query.shape
    assert relative_error(out, expected) < 1e-5


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-6), (torch.float16, 2e-6), (torch.bfloat16, 1e-4)])
def test_channels_carry_a_bias_in_more_than_their_own_precision(dtype, most) -> None:
    bias = torch.linspace(-3, 3, 101)
    extra = groups.channels_of(bias, 0.125, dtype)
    assert extra.shape == (101, groups.EXTRA)
    assert (extra.double().sum(1) * 0.125 - bias.double()).abs().max() < most


def test_the_order_of_a_layer_is_made_once(dragon, make_problem, monkeypatch) -> None:
    problem, layout = make_problem(dragon, 6, 6), place(dragon, 6, 6)
    parts = problem.query, problem.key, problem.value, layout
    first = groups.attend_groups(*parts, scale=1.0)
    monkeypatch.setattr(groups, "sequences_of", None)
    assert torch.equal(groups.attend_groups(*parts, scale=1.0), first)
