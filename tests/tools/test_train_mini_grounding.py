"""Which words the mini checkpoint's UNet is shown to belong where, while it learns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from mini_training import grounding
from mini_training.architecture import build_unet
from mini_training.captions import Vocabulary, caption
from mini_training.joint import build_transformer, places
from mini_training.segmentation import segmented

from lib_omost.mini.scenes import Scene, Thing, draw_scene, random_scene
from lib_omost.mini.worlds import THINGS_WORLD

Learned = Callable[[list[torch.nn.Parameter], Callable[[], torch.Tensor]], list[float]]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(THINGS_WORLD)


def test_each_cell_is_of_what_it_shows() -> None:
    scene = Scene("white", (Thing("square", "red", 0.25, 0.25, 0.25), Thing("square", "blue", 0.75, 0.75, 0.25)))
    (covers,) = grounding.covers_of(segmented([scene]))
    assert covers.shape == (5, 16, 16)
    picture = draw_scene(scene).reshape(16, 8, 16, 8, 3).mean((1, 3))
    for number, color in ((0, (245, 245, 245)), (1, (220, 30, 30)), (2, (40, 70, 225))):
        assert np.abs(picture[covers[number] == 1] - color).max() < 2
    assert covers[3:].max() == 0


@pytest.mark.parametrize("seed", range(8))
def test_each_cell_is_shared_out_whole(seed: int) -> None:
    scene = random_scene(np.random.default_rng(seed), world=THINGS_WORLD)
    covers = grounding.covers_of(segmented([scene]))
    assert torch.allclose(covers.sum(1), torch.ones(1, 16, 16))
    assert all(covers[0, 1 + number].sum() > 0 for number in range(len(scene.things)))


@pytest.mark.parametrize("seed", range(8))
def test_each_phrase_is_found_among_words_that_mean_nothing(vocabulary: Vocabulary, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = random_scene(rng, world=THINGS_WORLD)
    rows = vocabulary.encode([caption(scene, rng)], rng)
    (found,) = grounding.tokens_of([scene], rows, vocabulary.small, vocabulary.unknown)
    assert (found.sum(0) <= 1).all()  # a word belongs to one phrase
    for number, thing in enumerate(scene.things, start=1):
        words = vocabulary.small(f"{thing.color} {thing.shape}")
        at = found[number].nonzero()[:, 0]
        assert len(at) >= len(words)
        assert list(rows[0][at]) == words * (len(at) // len(words))  # once or twice, as the caption says it
    assert not found[1 + len(scene.things) :].any()


def test_a_thing_that_is_not_named_is_found_nowhere(vocabulary: Vocabulary) -> None:
    scene = Scene("white", (Thing("star", "red", 0.5, 0.5, 0.3),))
    rows = vocabulary.encode(["", "a red circle. a white background.", "a blue star"])
    found = grounding.tokens_of([scene] * 3, rows, vocabulary.small, vocabulary.unknown)
    assert found.amax(2).tolist() == [[0] * 5, [1, 0, 0, 0, 0], [0] * 5]


def test_watching_changes_nothing_of_what_the_unet_gives() -> None:
    torch.manual_seed(0)
    unet = build_unet()
    given = (torch.randn(2, 4, 16, 16), torch.tensor([300, 600]), torch.randn(2, 77, 128))
    processors = dict(unet.attn_processors)
    with torch.no_grad():
        plain = unet(*given).sample
        with grounding.watching(unet) as seen:
            watched = unet(*given).sample
        assert torch.allclose(plain, watched, atol=1e-5)
        assert unet.attn_processors == processors
    assert {share.shape[2] for share in seen} == {64, 256}
    assert all(torch.allclose(share.sum(-1), torch.ones(())) for share in seen)


def test_the_loss_is_nothing_where_all_is_heard_and_counts_no_cell_without_a_name() -> None:
    covers = torch.zeros(1, 5, 16, 16)
    covers[:, 0, :, :8] = 1
    covers[:, 1, :, 8:] = 1
    tokens = torch.zeros(1, 5, 77)
    tokens[0, 0, 2] = tokens[0, 1, 5] = 1
    right, wrong = torch.zeros(1, 4, 256, 77), torch.zeros(1, 4, 256, 77)
    for at in range(256):
        right[..., at, 2 if at % 16 < 8 else 5] = 1
        wrong[..., at, 5 if at % 16 < 8 else 2] = 1
    assert grounding.loss_of([right], covers, tokens).item() == pytest.approx(0, abs=1e-4)
    assert grounding.loss_of([wrong], covers, tokens).item() > 0.1
    free = torch.cat([right[:, :2], wrong[:, 2:]], 1)
    assert grounding.loss_of([free], covers, tokens).item() == pytest.approx(0, abs=1e-4)  # half of the heads
    unnamed = tokens.clone()
    unnamed[0, 1] = 0
    half = torch.where(torch.arange(256)[:, None] % 16 < 8, right, wrong)
    assert grounding.loss_of([half], covers, unnamed).item() == pytest.approx(0, abs=1e-4)


def test_it_teaches_the_unet_where_words_belong(vocabulary: Vocabulary, learned: Learned) -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    unet = build_unet()
    scenes = [random_scene(rng, world=THINGS_WORLD) for _ in range(2)]
    tokens = grounding.tokens_of(
        scenes, vocabulary.encode([caption(s, rng) for s in scenes]), vocabulary.small, vocabulary.unknown
    )
    covers = grounding.covers_of(segmented(scenes))
    given = (torch.randn(2, 4, 16, 16), torch.tensor([300, 600]), torch.randn(2, 77, 128))

    def loss() -> torch.Tensor:
        with grounding.watching(unet) as heard:
            unet(*given)
        return grounding.loss_of(heard, covers, tokens)

    losses = learned(list(unet.parameters()), loss)
    assert losses[-1] < 0.8 * losses[0]


def test_joint_attention_is_what_it_was_and_tells_what_pictures_hear_of_texts() -> None:
    torch.manual_seed(0)
    transformer = build_transformer()
    given = {
        "hidden_states": torch.randn(2, 64, 16),
        "encoder_hidden_states": torch.randn(2, 9, 128),
        "timestep": torch.tensor([0.2, 0.8]),
        "img_ids": places(8, 8),
        "txt_ids": torch.zeros(9, 3),
        "attention_mask": torch.ones(2, 73, dtype=torch.bool).index_put(
            (torch.tensor([1, 1]), torch.tensor([7, 8])), torch.tensor(False)
        ),
        "return_dict": False,
    }
    with torch.no_grad():
        (before,) = transformer(**given)
        with grounding.watching_jointly(transformer, 9) as heard:
            (watched,) = transformer(**given)
        (after,) = transformer(**given)
    assert torch.allclose(watched, before, atol=1e-5)
    assert torch.equal(after, before)
    assert [shares.shape for shares in heard] == [(2, 6, 64, 9)] * 3
    assert all(torch.allclose(shares.sum(-1), torch.ones(2, 6, 64)) for shares in heard)
    assert all(shares[1, :, :, 7:].max() == 0 for shares in heard)
