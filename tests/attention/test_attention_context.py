"""A context is refused unless every pixel sees some token and every token has its place."""

from __future__ import annotations

import pytest
import torch

from lib_omost.attention.context import RegionalContext, Span

WHOLE = (0, 90, 0, 90)


def test_spans_that_cover_all_tokens_are_taken() -> None:
    spans = (Span(0, 3, WHOLE), Span(3, 4, (0, 1, 89, 90)))
    assert RegionalContext(torch.zeros(4, 2), spans).spans == spans


def test_a_grid_of_another_size_is_taken() -> None:
    assert RegionalContext(torch.zeros(1, 2), (Span(0, 1, (0, 8, 0, 8)),), grid=8).grid == 8


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ((), "at least one span"),
        ((Span(0, 4, (0, 90, 0, 89)),), "span 0 must cover the whole grid"),
        ((Span(0, 3, WHOLE),), "end at token 3, the embeddings at 4"),
        ((Span(0, 5, WHOLE),), "end at token 5"),
        ((Span(1, 4, WHOLE),), "span 0: tokens 1…4 should start at 0"),
        ((Span(0, 2, WHOLE), Span(3, 4, WHOLE)), "span 1: tokens 3…4 should start at 2"),
        ((Span(0, 2, WHOLE), Span(1, 4, WHOLE)), "span 1"),
        ((Span(0, 2, WHOLE), Span(2, 2, WHOLE), Span(2, 4, WHOLE)), "span 1"),
        ((Span(0, 2, WHOLE), Span(2, 4, (5, 5, 0, 90))), "span 1: rectangle .* is empty or leaves"),
        ((Span(0, 2, WHOLE), Span(2, 4, (0, 90, 60, 50))), "span 1: rectangle"),
        ((Span(0, 2, WHOLE), Span(2, 4, (-1, 5, 0, 90))), "span 1: rectangle"),
        ((Span(0, 2, WHOLE), Span(2, 4, (0, 90, 0, 91))), "span 1: rectangle"),
    ],
)
def test_other_spans_are_refused_with_their_place(spans: tuple[Span, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RegionalContext(torch.zeros(4, 2), spans)


def test_embeddings_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 4, 2\)"):
        RegionalContext(torch.zeros(1, 4, 2), (Span(0, 4, WHOLE),))


def test_an_empty_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        RegionalContext(torch.zeros(4, 2), (Span(0, 4, (0, 0, 0, 0)),), grid=0)


def test_each_span_is_one_text_where_nothing_else_is_said() -> None:
    spans = (Span(0, 3, (0, 90, 0, 90)), Span(3, 8, (0, 45, 0, 90)))
    assert RegionalContext(torch.zeros(8, 2), spans).lengths == (3, 5)
    assert RegionalContext(torch.zeros(8, 2), spans, texts=(3, 1, 4)).lengths == (3, 1, 4)
    with pytest.raises(ValueError, match="texts of"):
        RegionalContext(torch.zeros(8, 2), spans, texts=(3, 4))
