"""The one stage of a mini transformer: all its networks learn together, by flow matching (Lipman et al. 2023).

What they are asked for is what the mini checkpoint's UNet makes of the same noise (`teacher.py`). Without convolutions
the samples alone teach slowly: after 307,000 of them its regions were hardly obeyed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from lib_omost.mini.worlds import World
from mini_training import grounding
from mini_training.blocks import PATCH, Blocks
from mini_training.cross import build_cross
from mini_training.feeding import Batch
from mini_training.image_vae import OF_ANIMA
from mini_training.joint import build_joint
from mini_training.linear import require_linear
from mini_training.loop import Course, train
from mini_training.noise import random_shares
from mini_training.optimizers import muon_within_blocks
from mini_training.precision import fastest_precision
from mini_training.probe import Probe, labels_of
from mini_training.processes import Group
from mini_training.samples import Shown, shown, told
from mini_training.settings import TransformerSettings
from mini_training.t5_words import UNKNOWN, ids_of
from mini_training.teacher import Teacher, teacher_of
from mini_training.vae import Autoencoder, trained_vae

_LITTLE = 0.1  # of noise: what is under it is seen well enough, and the teacher's error would count for much


@dataclass(frozen=True)
class Kind:
    """One of `--blocks`. build: its networks, untrained. vae: what its pipeline decodes with, where that is another
    class than the mini checkpoint's own."""

    build: Callable[[World], Blocks]
    vae: Autoencoder | None = None


KINDS: Mapping[str, Kind] = MappingProxyType({"joint": Kind(build_joint), "cross": Kind(build_cross, OF_ANIMA)})


@dataclass(frozen=True)
class Trained:
    """What a run has learned."""

    blocks: Blocks
    vae: Any


def trained_transformer(
    settings: TransformerSettings,
    mini: Any,
    world: World,
    run: Path,
    group: Group,
    *,
    as_it_stands: bool = False,
) -> Trained:
    """The networks of `settings.blocks`. mini: the mini checkpoint whose latents and UNet they learn from."""
    if not as_it_stands:
        require_linear(mini.vae)
    kind = KINDS[settings.blocks]
    vae = mini.vae if kind.vae is None else trained_vae(settings, run, group, kind=kind.vae, as_it_stands=as_it_stands)
    torch.manual_seed(settings.seed + 1)
    blocks = kind.build(world)
    probe = Probe(blocks.width, len(world.kinds), patch=PATCH)
    learning = torch.nn.ModuleList([*blocks.networks, probe]).to(group.device)
    course = Course(
        "transformer", settings.steps, rate=5e-4, last_rate=2e-5, averaging=0.9995, save_every=settings.save_every
    )
    train(
        learning,
        _batches(settings, mini, world, group, blocks),
        _loss(blocks, probe, teacher_of(mini, group.device), group.device),
        course,
        state=run / "transformer.pt",
        group=group,
        as_it_stands=as_it_stands,
        optimizers_of=muon_within_blocks,
        as_graph=False,  # both kinds make tensors on the CPU at each call
    )
    for network in blocks.networks:
        network.cpu().eval()
    return Trained(blocks, vae)


def _batches(
    settings: TransformerSettings, mini: Any, world: World, group: Group, blocks: Blocks
) -> Callable[[int], Batch]:
    """This process's part of each step's batch: (B,) shares of noise, which tokens name what is shown (B, 5, T), the
    teacher's tokens (B, 77), four of `Shown`, and the texts."""

    @functools.cache
    def words_in(phrase: str) -> list[int]:
        return ids_of(blocks.tokenizer, phrase)

    def batch_of(step: int) -> Batch:
        some = told(settings.seed, step, group.share_of(range(settings.batch)), world)
        texts = blocks.encoded([one.text for one in some], [one.rng for one in some])
        share = np.concatenate([random_shares(one.rng, 1) for one in some])
        named = grounding.tokens_of([one.scene for one in some], texts[0].numpy(), words_in, UNKNOWN)
        said = torch.from_numpy(
            mini.tokenizer(
                [one.text for one in some], padding="max_length", truncation=True, return_tensors="np"
            ).input_ids
        )
        return torch.from_numpy(share).float(), named, said, *shown(some, world), *texts

    return batch_of


def _loss(blocks: Blocks, probe: Probe, teacher: Teacher, device: torch.device) -> Callable[[Batch], torch.Tensor]:
    def loss_of(batch: Batch) -> torch.Tensor:
        share, named, said, *rest = batch
        picture, texts = Shown(*rest[: len(Shown._fields)]), tuple(rest[len(Shown._fields) :])
        much = share[:, None, None, None]
        noisy = torch.lerp(picture.clean, picture.noise, much)
        likely = teacher.picture(picture.clean, picture.noise, share, said)
        asked = torch.where(much < _LITTLE, picture.noise - picture.clean, (noisy - likely) / much)
        with fastest_precision(device):
            guess = blocks.guessed(noisy, share, texts)
        error = (guess.way.float() - asked).square().mean((1, 2, 3))
        read = probe.loss(guess.features, labels_of(picture.segments, picture.numbers))
        listened = grounding.loss_of(guess.heard, grounding.covers_of(picture.segments), named)
        loss: torch.Tensor = (error + read + listened).mean()
        return loss

    return loss_of
