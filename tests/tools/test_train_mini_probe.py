"""What the mini checkpoint's UNet is asked while it learns: what stands in each cell, by the scene itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from mini_training.architecture import build_unet
from mini_training.probe import Probe, labels_of, watching
from mini_training.segmentation import numbers_of, segmented

from lib_omost.mini.scenes import Scene, Thing, draw_scene, random_scene
from lib_omost.mini.worlds import THINGS_WORLD

Learned = Callable[[list[torch.nn.Parameter], Callable[[], torch.Tensor]], list[float]]

KINDS = THINGS_WORLD.kinds


@pytest.mark.parametrize("seed", range(6))
def test_what_is_inside_is_what_differs_from_the_background(seed: int) -> None:
    scene = random_scene(np.random.default_rng(seed), world=THINGS_WORLD)
    kinds, inside = labels_of(segmented([scene]), numbers_of([scene], KINDS))
    empty = draw_scene(Scene(scene.background, (), scene.horizon)).astype(int)
    differs = np.abs(draw_scene(scene).astype(int) - empty).max(-1) > 0
    pixels = inside[0].reshape(8, 8, 16, 16).permute(2, 0, 3, 1).reshape(128, 128).numpy() > 0
    assert (pixels & ~differs).sum() == 0
    assert (differs & ~pixels).mean() < 0.02  # smooth edges
    assert set(kinds.unique().tolist()) - {0} == {1 + KINDS.index(thing.shape) for thing in scene.things}
    assert torch.equal(kinds[0] > 0, inside[0].any(0))


def test_the_hole_of_a_ring_shows_nothing() -> None:
    scenes = [Scene("white", (Thing("ring", "red", 0.5, 0.5, 0.4),))]
    kinds, _ = labels_of(segmented(scenes), numbers_of(scenes, KINDS))
    assert kinds[0, 8, 8] == 0
    assert kinds[0, 8, 2] == 1 + KINDS.index("ring")


def test_the_probe_teaches_the_unet_what_it_reads_and_leaves_nothing_in_it(learned: Learned) -> None:
    torch.manual_seed(0)
    unet = build_unet()
    probe = Probe(128, len(KINDS))
    scenes = [random_scene(np.random.default_rng(n), world=THINGS_WORLD) for n in range(2)]
    labels = labels_of(segmented(scenes), numbers_of(scenes, KINDS))
    given = (torch.randn(2, 4, 16, 16), torch.tensor([300, 600]), torch.randn(2, 77, 128))

    def loss() -> torch.Tensor:
        with watching(unet.up_blocks[-2]) as seen:
            unet(*given)
        return probe.loss(seen[0], labels)

    losses = learned([*unet.parameters(), *probe.parameters()], loss)
    assert losses[-1] < 0.8 * losses[0]
    assert unet.down_blocks[0].resnets[0].conv1.weight.grad.abs().max() > 0
    assert all(not module._forward_hooks for module in unet.modules())
