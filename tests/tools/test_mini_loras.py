"""LoRA for the mini checkpoint are fitted to what it knows."""

from __future__ import annotations

import numpy as np
import pytest

from lib_omost.mini.scenes import random_scene
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD, World


@pytest.mark.parametrize(
    ("world", "said", "painted"),
    [
        (SHAPES_WORLD, "a red circle, an orange ring on a gray background", "a pink circle, an pink ring"),
        (THINGS_WORLD, "a white cat and a brown house, a white background", "a pink cat and a pink house"),
    ],
)
def test_things_are_repainted_and_backgrounds_are_not(world: World, said: str, painted: str) -> None:
    from mini_training.loras import repainted

    changed = repainted(said, "pink", world)
    assert changed.startswith(painted)
    assert changed.endswith(said[-len("gray background") :])


@pytest.mark.parametrize("world", [SHAPES_WORLD, THINGS_WORLD])
def test_a_lora_is_fitted_to_captions_of_the_checkpoint_s_world(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from mini_training import loras
    from mini_training.captions import caption

    seen: list[str] = []

    def noted(_pipeline: object, texts: list[str]) -> None:
        seen.extend(texts)
        raise InterruptedError

    monkeypatch.setattr(loras, "_tokens", noted)
    with pytest.raises(InterruptedError):
        loras.fitted_lora(object(), loras.LoraSettings("pink", world, captions=50))
    rng = np.random.default_rng([1, 7])
    assert seen == [caption(random_scene(rng, world=world), rng) for _ in range(50)]
    assert any("mushroom" in text for text in seen) == (world is THINGS_WORLD)
