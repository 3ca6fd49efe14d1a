"""What must hold of regions in each of a WebUI's transformers. A check raises AssertionError where it does not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.joint import JointRule
from lib_omost.attention.layout import place
from lib_omost.attention.masks import span_masks
from lib_omost.errors import OmostError
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of, refuse_method
from lib_omost.hosts.webui.capabilities.masking import refuse_unmasked
from lib_omost.methods.method import Method
from tests.hosts.installed.denoisers.cross_checks import (
    cross_attention_of_a_mask_alone_is_the_naive_one_in_float64,
    cross_attention_of_one_region_is_the_plain_prompt,
    zeros_behind_the_canvas_are_not_attended_to,
)
from tests.hosts.installed.denoisers.picture_checks import (
    pictures_of_regions_are_seen_in_them_alone,
    pictures_that_no_pixel_sees_together_have_one_number,
)
from tests.hosts.installed.denoisers.steering import (
    HEIGHT,
    ROWS,
    SPANS,
    WHOLE,
    WIDTH,
    close,
    context_of,
    latents,
    other_text,
    pixels_of,
    refusal,
    sides,
    steered,
)
from tests.hosts.installed.denoisers.tiny import Tiny, attention_chosen
from tests.hosts.naive_joint import naive


def _owners(tiny: Tiny, positions: int, given: int) -> list[tuple[str, int]]:
    """What stands at each position, `given` tokens of text being in front: in layers that hold both, or the text."""
    tokens, padded, pixels = 20, -(-given // tiny.pads_to) * tiny.pads_to, pixels_of(tiny)
    texts = [("text", token) for token in range(tokens)]
    texts += [("unseen", token) for token in range(tokens, given)] + [("other", 0)] * (padded - given)
    image = [("image", pixel) for pixel in range(pixels)]
    image += [("other", 0)] * (-pixels % tiny.pads_to)
    for owners in (texts + image, texts, image):
        if len(owners) == positions:
            return owners
    raise AssertionError(f"a layer holds {positions} positions")


def _allowed(
    tiny: Tiny, owners: list[tuple[str, int]], context: RegionalContext, *, apart: bool = False
) -> torch.Tensor:
    """(positions, positions) bool, from the rule alone. apart: whether a subject's pixels see no others' pixels."""
    masks = span_masks(place(context, *sides(tiny))).flatten(1)

    def region(token: int) -> int:
        return next(number for number, span in enumerate(context.spans) if span.start <= token < span.stop)

    def sees(first: int, second: int) -> bool:
        one, other = owners[first], owners[second]
        if "unseen" in (one[0], other[0]):
            return first == second
        for own, beside in ((one, other), (other, one)):
            if own[0] == "text" and region(own[1]) > 0:
                if beside[0] == "image":
                    return bool(masks[region(own[1]), beside[1]])
                return beside[0] == "text" and region(beside[1]) == region(own[1])
        if apart and one[0] == other[0] == "image":
            mine, theirs = masks[1:, one[1]].bool(), masks[1:, other[1]].bool()
            return not bool(mine.any()) or bool((mine & theirs).any())
        return True

    every = range(len(owners))
    return torch.tensor([[sees(first, second) for second in every] for first in every])


def masked_attention_is_the_naive_one_in_float64(tiny: Tiny) -> None:
    for copies in (1, 2):  # a host repeats texts to make rows equally long
        context = context_of()
        with steered(tiny, context), tiny.seen() as calls:
            tiny.call(latents(), context.embeddings.repeat(copies, 1)[None])
        alone = [one for one in calls if one.mask is None]
        pads, pixels = range(tiny.pads_to), pixels_of(tiny)
        assert all(one.query.shape[2] - pixels in pads for one in alone), "a layer with text is unmasked"
        assert len(calls) == len(denoiser_of(tiny.engine).layers) + tiny.alone
        assert len(calls) > len(alone)
        for one in calls:
            if one.mask is not None:
                owners = _owners(tiny, one.query.shape[2], 20 * copies)
                close(one.out, naive(one, _allowed(tiny, owners, context)))


def pixels_of_other_subjects_are_apart_while_noise_is_strong(tiny: Tiny) -> None:
    context, denoiser = context_of(), replace(denoiser_of(tiny.engine), steps=1.0)  # its calls have half of the noise
    for least, apart in ((0.5, True), (0.6, False)):
        method = Method("own", joint=JointRule(apart_noise=least))
        with regional_attention(denoiser, [context], method, height=HEIGHT, width=WIDTH), tiny.seen() as calls:
            tiny.call(latents(), context.embeddings[None])
        masked = [one for one in calls if one.mask is not None]
        whole = [len(one.query[0, 0]) for one in masked].count(pixels_of(tiny))  # layers of the image alone
        assert len(masked) >= len(denoiser.layers) - (0 if apart else 2)
        assert not tiny.alone or bool(whole) == apart
        for one in masked:
            owners = _owners(tiny, one.query.shape[2], 20)
            close(one.out, naive(one, _allowed(tiny, owners, context, apart=apart)))


def one_region_over_everything_is_the_plain_prompt(tiny: Tiny) -> None:
    context = context_of(WHOLE)
    texts = context.embeddings.expand(2, -1, -1)
    plain = tiny.call(latents(2), texts)
    with steered(tiny, context, method="layout"):
        assert torch.equal(tiny.call(latents(2), texts), plain)


def before_and_after_the_same_bytes_and_between_others(tiny: Tiny) -> None:
    context, x, other = context_of(), latents(), other_text(7)[None]
    before, unconditional = tiny.call(x, context.embeddings[None]), tiny.call(x, other)
    with steered(tiny, context):
        between = tiny.call(x, context.embeddings[None])
        assert torch.equal(tiny.call(x, other), unconditional)
    assert torch.equal(tiny.call(x, context.embeddings[None]), before)
    assert float((between - before).abs().max()) > 1e-3


def rows_in_any_order_are_the_rows_one_by_one(tiny: Tiny) -> None:
    context = context_of()
    for order in ROWS:
        x, texts = latents(len(order)), torch.stack([(other_text(), context.embeddings)[one] for one in order])
        with steered(tiny, context):
            together = tiny.call(x, texts)
            alone = torch.cat([tiny.call(x[[row]], texts[[row]]) for row in range(len(order))])
        close(together, alone)


def two_canvases_each_have_their_rows(tiny: Tiny) -> None:
    one, other = context_of(), context_of((SPANS[0], Span(9, 20, (0, 45, 0, 90))))
    other = replace(other, embeddings=other.embeddings + 1)
    x, texts = latents(2), torch.stack([one.embeddings, other.embeddings])
    with steered(tiny, one, other):
        together = tiny.call(x, texts)
    for row, context in enumerate((one, other)):
        with steered(tiny, context):
            close(tiny.call(x[[row]], texts[[row]]), together[[row]])


def texts_repeated_or_filled_up_by_the_host_draw_the_same(tiny: Tiny) -> None:
    context, x = context_of(), latents()
    with steered(tiny, context):
        expected = tiny.call(x, context.embeddings[None])
        repeated = tiny.call(x, context.embeddings.repeat(2, 1)[None])
        filled = tiny.call(x, torch.cat([context.embeddings, context.embeddings[-1:].expand(4, -1)])[None])
    if tiny.pads_to == 1:
        close(repeated, expected)
    else:  # 20 and 40 tokens are padded with other numbers of signs, 24 with none
        assert repeated.isfinite().all()
        expected = filled
        with steered(tiny, context):
            filled = tiny.call(x, torch.cat([context.embeddings, other_text(4)])[None])
    close(filled, expected)


def positions_are_those_of_each_text_alone(tiny: Tiny) -> None:
    """In the first layer of each kind keys depend on a token and its position alone: the image does not move, and a
    region's tokens stand where they would without the others."""
    context = context_of()
    with steered(tiny, context), tiny.seen() as together:
        tiny.call(latents(), context.embeddings[None])
    kinds = (0, 2) if tiny.name in ("z_image", "lumina2") else (0,)  # its refiners hold each alone
    for number, span in enumerate(context.spans):
        with tiny.seen() as alone:
            tiny.call(latents(), context.embeddings[None, span.start : span.stop])
        length = span.stop - span.start
        for kind in kinds:
            mine, theirs = together[kind].key, alone[kind].key
            if kind == 0:
                close(mine[:, :, span.start : span.stop], theirs[:, :, :length])
            if number == 0 and (kind or len(kinds) == 1):  # the longest text, and a layer that holds the image
                image = slice(0, pixels_of(tiny)) if kind else slice(-pixels_of(tiny), None)
                close(mine[:, :, image], theirs[:, :, image])


def forwards_are_put_back_after_a_fault(tiny: Tiny) -> None:
    context = context_of()
    before = tiny.call(latents(), context.embeddings[None])
    with suppress(OmostError), steered(tiny, context):
        tiny.call(latents(), context.embeddings[None])
        tiny.call(latents()[..., :4], context.embeddings[None])  # a tile
    assert not any("forward" in vars(module) for module in tiny.model.modules())
    assert not tiny.model._forward_pre_hooks
    assert torch.equal(tiny.call(latents(), context.embeddings[None]), before)


def what_it_cannot_do_is_refused_by_name(tiny: Tiny) -> None:
    denoiser = denoiser_of(tiny.engine)
    assert denoiser.methods == ("layout", "sketch", "plain")
    told = refusal(lambda: refuse_method(denoiser, "score", tiny.engine))
    assert "score" in told
    assert "layout or sketch or plain" in told


def attention_that_passes_over_masks_is_refused(tiny: Tiny) -> None:
    denoiser = denoiser_of(tiny.engine)
    refuse_unmasked(denoiser)
    modules = {sys.modules[type(layer.module).__module__] for layer in denoiser.layers} | {sys.modules[tiny.code]}
    original = sys.modules[tiny.code].attention_function

    def blind(q: Any, k: Any, v: Any, heads: int, mask: Any = None, **options: Any) -> Any:
        return original(q, k, v, heads, **options)

    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(attention_chosen(module, blind))
        assert "mask" in refusal(lambda: refuse_unmasked(denoiser))


def whatever_attention_was_chosen_regions_are_the_same(tiny: Tiny) -> None:
    """Torch's takes its place in the rows that follow a canvas, and it is there again in those that do not."""
    context, x = context_of(), latents(2)
    texts = torch.stack([other_text(), context.embeddings])
    refuse_unmasked(denoiser_of(tiny.engine))
    with steered(tiny, context):
        expected = tiny.call(x, texts)
    module = sys.modules[tiny.code]
    if not hasattr(module, "attention_function"):
        return
    from backend.attention import attention_split

    rows: list[int] = []

    def other(q: Any, k: Any, v: Any, heads: int, mask: Any = None, **options: Any) -> Any:
        assert mask is None
        rows.append(len(q))
        return attention_split(q, k, v, heads, **options)

    with attention_chosen(module, other), steered(tiny, context):
        close(tiny.call(x, texts), expected)
        assert module.attention_function is other
    assert set(rows) == {1}
    assert len(rows) == len(denoiser_of(tiny.engine).layers)


CHECKS = (
    masked_attention_is_the_naive_one_in_float64,
    pixels_of_other_subjects_are_apart_while_noise_is_strong,
    one_region_over_everything_is_the_plain_prompt,
    before_and_after_the_same_bytes_and_between_others,
    rows_in_any_order_are_the_rows_one_by_one,
    two_canvases_each_have_their_rows,
    texts_repeated_or_filled_up_by_the_host_draw_the_same,
    positions_are_those_of_each_text_alone,
    forwards_are_put_back_after_a_fault,
    what_it_cannot_do_is_refused_by_name,
)
MASK_CHECKS = (attention_that_passes_over_masks_is_refused, pictures_of_regions_are_seen_in_them_alone)
NUMBER_CHECKS = (pictures_that_no_pixel_sees_together_have_one_number,)  # of a model that counts them
CHOICE_CHECKS = (whatever_attention_was_chosen_regions_are_the_same,)
CROSS_CHECKS = (
    cross_attention_of_a_mask_alone_is_the_naive_one_in_float64,
    cross_attention_of_one_region_is_the_plain_prompt,
    zeros_behind_the_canvas_are_not_attended_to,
    before_and_after_the_same_bytes_and_between_others,
    rows_in_any_order_are_the_rows_one_by_one,
    two_canvases_each_have_their_rows,
    forwards_are_put_back_after_a_fault,
)


def checks_of(tiny: str, host: str) -> tuple[Callable[[Tiny], None], ...]:
    """Those of a model by its name, as a WebUI builds it."""
    if tiny == "anima":
        return CROSS_CHECKS
    further = NUMBER_CHECKS if tiny == "klein" else ()
    return CHECKS + (MASK_CHECKS if host == "Neo" else CHOICE_CHECKS) + further
