"""What the mini transformer is asked for, and which optimizer changes which of its weights."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from mini_training.architecture import LATENT
from mini_training.joint import build_transformer
from mini_training.optimizers import adam, muon_within_blocks
from mini_training.samples import shown, told
from mini_training.teacher import Teacher, teacher_of

from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.worlds import THINGS_WORLD

CPU = torch.device("cpu")
ALPHAS = torch.linspace(0.998, 0.01, 100)


@pytest.fixture(scope="module")
def mini():
    return load_mini()


def knowing(clean, noise, *, learned_v):
    """A teacher that knows picture and noise, and answers in the way that it learned."""

    def unet(noisy, timesteps, context):
        alpha = ALPHAS[timesteps][:, None, None, None]
        assert torch.allclose(noisy, alpha.sqrt() * clean + (1 - alpha).sqrt() * noise)
        seen.append(timesteps)
        velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * clean
        return SimpleNamespace(sample=velocity if learned_v else noise)

    seen = []
    text_encoder = lambda tokens: SimpleNamespace(last_hidden_state=tokens)  # noqa: E731
    return Teacher(unet, text_encoder, ALPHAS, learned_v), seen


@pytest.mark.parametrize("learned_v", [True, False])
def test_a_teacher_that_knows_the_picture_says_it(learned_v):
    clean, noise = torch.randn(2, 5, 4, LATENT, LATENT)
    teacher, seen = knowing(clean, noise, learned_v=learned_v)
    share = torch.tensor([0.0, 0.2, 0.5, 0.8, 1.0])
    assert torch.allclose(teacher.picture(clean, noise, share, torch.zeros(5, 77)), clean, atol=1e-4)
    (timesteps,) = seen
    assert timesteps[0] == 0
    assert timesteps[-1] == 99
    sigma = ((1 - ALPHAS) / ALPHAS).sqrt()[timesteps[2]]
    assert sigma == pytest.approx(1, abs=0.02)  # as much noise as picture


def test_the_mini_checkpoint_tells_its_world_from_noise_better_with_the_right_words(mini):
    some = told(3, 0, range(8), THINGS_WORLD)
    picture = shown(some, THINGS_WORLD)
    teacher = teacher_of(mini, CPU)

    def error(texts, share):
        tokens = mini.tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids
        found = teacher.picture(picture.clean, picture.noise, torch.full((8,), share), tokens)
        return (found - picture.clean).square().mean().item()

    texts = [one.text for one in some]
    assert error(texts, 0.2) < 0.02
    assert error(texts, 0.7) < error([""] * 8, 0.7)


def test_muon_changes_the_matrices_within_blocks_and_adam_all_else():
    model = torch.nn.ModuleList([build_transformer(), torch.nn.Embedding(5, 3)])
    muon, rest = muon_within_blocks(model)
    changed = [{id(p) for options in one.param_groups for p in options["params"]} for one in (muon, rest)]
    every = {id(parameter) for parameter in model.parameters()}
    assert changed[0] | changed[1] == every
    assert not changed[0] & changed[1]
    assert id(model[1].weight) in changed[1]
    assert id(model[0].proj_out.weight) in changed[1]
    assert id(model[0].x_embedder.weight) in changed[1]
    assert id(model[0].transformer_blocks[0].attn.to_q.weight) in changed[0]
    (alone,) = adam(model)
    assert {id(p) for options in alone.param_groups for p in options["params"]} == every
