"""Second stage: the UNet and the text encoder, together, and what is asked of the UNet meanwhile.

It learns v (Salimans and Ho 2022, arXiv 2202.00512), not the noise: where σ is large, what is asked for lies in the
difference between noise and picture, and a network that has to repeat the noise first learns that difference late.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel

from lib_omost.mini.scenes import Scene, random_scene
from lib_omost.mini.tokenizer import VOCABULARY_SIZE
from lib_omost.mini.worlds import THINGS_WORLD
from mini_training import grounding
from mini_training.architecture import LATENT, NOISE, build_text_encoder, build_unet
from mini_training.captions import Vocabulary, caption
from mini_training.latents import cached_latents
from mini_training.linear import latents_of
from mini_training.loop import Course, train
from mini_training.noise import random_timesteps
from mini_training.probe import Probe, labels_of
from mini_training.processes import Group
from mini_training.segmentation import segmented
from mini_training.settings import Settings

_UNTITLED = 0.1  # of the samples: without a caption, for classifier-free guidance


def trained_unet_and_text_encoder(
    settings: Settings, run: Path, group: Group, *, as_it_stands: bool = False
) -> tuple[UNet2DConditionModel, CLIPTextModel]:
    """Both networks, the text encoder with CLIP's whole vocabulary."""
    vocabulary = Vocabulary(THINGS_WORLD)
    torch.manual_seed(settings.seed + 1)
    unet, text_encoder = build_unet(), build_text_encoder(len(vocabulary.ids) + 1, vocabulary.end)
    probe = Probe(unet, len(THINGS_WORLD.kinds))
    noising = DDPMScheduler(**NOISE)
    sigmas = ((1 - noising.alphas_cumprod) / noising.alphas_cumprod).sqrt()  # (1000,)
    scenes: list[Scene] = []
    latents = torch.empty(0)
    if not as_it_stands:
        scenes = [scene_of(settings, number) for number in range(settings.pictures)]
        latents = cached_latents(scenes, latents_of, run / "latents", group)

    def loss_of(step: int) -> torch.Tensor:
        # every process draws the whole batch and takes its share: the same pictures however many processes there are
        rng = np.random.default_rng([settings.seed, 4, step])
        chosen = rng.integers(len(scenes), size=settings.batch)
        texts = ["" if rng.random() < _UNTITLED else caption(scenes[n], rng) for n in chosen]
        rows = vocabulary.encode(texts, rng)
        tokens = group.share(torch.from_numpy(rows))  # (B, 77)
        timesteps = group.share(torch.from_numpy(random_timesteps(rng, settings.batch, sigmas.numpy())))
        noise = group.share(
            torch.from_numpy(rng.standard_normal((settings.batch, 4, LATENT, LATENT), dtype=np.float32))
        )
        clean = group.share(latents[torch.from_numpy(chosen)])  # (B, 4, 16, 16)
        with probe.watching(unet) as seen, grounding.watching(unet) as heard, _half_precision():
            context = text_encoder(tokens).last_hidden_state  # (B, 77, 128)
            guess = unet(noising.add_noise(clean, noise, timesteps), timesteps, context).sample
        error = (guess.float() - noising.get_velocity(clean, noise, timesteps)).square().mean((1, 2, 3))
        mine = group.share_of([scenes[n] for n in chosen])
        segments = segmented(mine)
        labels, covers = labels_of(segments, mine, THINGS_WORLD.kinds), grounding.covers_of(segments)
        named = grounding.tokens_of(mine, tokens.numpy(), vocabulary)
        loss: torch.Tensor = (
            error + probe.loss(seen[0].float(), labels) + grounding.loss_of(heard, covers, named)
        ).mean()
        return loss

    course = Course(
        "diffusion", settings.steps, rate=6e-4, last_rate=2e-5, averaging=0.9995, save_every=settings.save_every
    )
    learning = torch.nn.ModuleList([unet, text_encoder, probe])
    train(learning, loss_of, course, run / "diffusion.pt", group, as_it_stands=as_it_stands)
    return unet, _with_whole_vocabulary(text_encoder, vocabulary)


def _half_precision() -> torch.autocast:
    """bfloat16 for what is inside, where the processor multiplies in it: a fifth of the time less."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu.get_capabilities().get("avx512_bf16", False))


def scene_of(settings: Settings, number: int) -> Scene:
    """The `number`-th picture of a run."""
    return random_scene(np.random.default_rng([settings.seed, 3, number]), world=THINGS_WORLD)


@torch.no_grad()
def _with_whole_vocabulary(trained: CLIPTextModel, vocabulary: Vocabulary) -> CLIPTextModel:
    """The same encoder for CLIP's ids: every token that no caption holds gets the row of the unknown one."""
    whole = build_text_encoder(VOCABULARY_SIZE, VOCABULARY_SIZE - 1)
    state = trained.state_dict()
    (name,) = (name for name in state if name.endswith("token_embedding.weight"))
    table = state[name][vocabulary.unknown].repeat(VOCABULARY_SIZE, 1)
    table[vocabulary.ids] = state[name][: vocabulary.unknown]
    whole.load_state_dict({**state, name: table})
    return whole
