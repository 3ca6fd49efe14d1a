"""Second stage: the UNet and the text encoder, together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel

from lib_omost.mini.scenes import Scene, draw_scene, random_scene
from lib_omost.mini.tokenizer import VOCABULARY_SIZE
from mini_training.architecture import LATENT, NOISE, build_text_encoder, build_unet
from mini_training.captions import Vocabulary, caption
from mini_training.loop import Course, train
from mini_training.processes import Group
from mini_training.settings import Settings
from mini_training.vae import as_tensor


def trained_unet_and_text_encoder(
    settings: Settings, vae: AutoencoderKL, run: Path, group: Group
) -> tuple[UNet2DConditionModel, CLIPTextModel]:
    """Both networks, the text encoder with CLIP's whole vocabulary."""
    scenes = [random_scene(np.random.default_rng([settings.seed, 3, n])) for n in range(settings.pictures)]
    latents = _cached_latents(scenes, vae, run / "latents.safetensors", group)
    vocabulary = Vocabulary()
    torch.manual_seed(settings.seed + 1)
    unet, text_encoder = build_unet(), build_text_encoder(len(vocabulary.ids) + 1, vocabulary.end)
    noising = DDPMScheduler(**NOISE)

    def loss_of(step: int) -> torch.Tensor:
        # every process draws the whole batch and takes its share: the same pictures however many processes there are
        rng = np.random.default_rng([settings.seed, 4, step])
        chosen = rng.integers(len(scenes), size=settings.batch)
        texts = ["" if rng.random() < 0.1 else caption(scenes[n], rng) for n in chosen]
        tokens = group.share(torch.from_numpy(vocabulary.encode(texts, rng)))  # (B, 77)
        late = rng.random(settings.batch) < 0.5  # the steps where the layout is decided get half of the attention
        steps = np.where(late, rng.integers(350, 1000, settings.batch), rng.integers(0, 1000, settings.batch))
        timesteps = group.share(torch.from_numpy(steps))
        noise = group.share(
            torch.from_numpy(rng.standard_normal((settings.batch, 4, LATENT, LATENT), dtype=np.float32))
        )
        clean = group.share(latents[torch.from_numpy(chosen)])  # (B, 4, 16, 16)
        context = text_encoder(tokens).last_hidden_state  # (B, 77, 96)
        guess = unet(noising.add_noise(clean, noise, timesteps), timesteps, context).sample
        return torch.nn.functional.mse_loss(guess, noise)

    course = Course(
        "diffusion", settings.steps, rate=1e-3, last_rate=3e-5, averaging=0.998, save_every=settings.save_every
    )
    train(torch.nn.ModuleList([unet, text_encoder]), loss_of, course, run / "diffusion.pt", group)
    return unet, _with_whole_vocabulary(text_encoder, vocabulary)


@torch.no_grad()
def _cached_latents(scenes: list[Scene], vae: AutoencoderKL, file: Path, group: Group) -> torch.Tensor:
    """(N, 4, 16, 16): the latents of all pictures, from the file if it is there."""
    if group.leads and not file.exists():
        parts = []
        for start in range(0, len(scenes), 64):
            pictures = np.stack([draw_scene(scene) for scene in scenes[start : start + 64]])
            parts.append(vae.encode(as_tensor(pictures)).latent_dist.mode())
        unfinished = file.with_suffix(".part")
        save_file({"latents": torch.cat(parts).contiguous()}, unfinished)
        unfinished.replace(file)
    group.wait()
    return load_file(file)["latents"]


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
