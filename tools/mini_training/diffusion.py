"""Second stage: the UNet and the text encoder, together, and what is asked of the UNet meanwhile.

It learns v (Salimans and Ho 2022, arXiv 2202.00512), not the noise: where σ is large, what is asked for lies in the
difference between noise and picture, and a network that has to repeat the noise first learns that difference late.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel

from lib_omost.mini.tokenizer import VOCABULARY_SIZE
from lib_omost.mini.worlds import THINGS_WORLD
from mini_training import grounding
from mini_training.architecture import NOISE, build_text_encoder, build_unet
from mini_training.captions import Vocabulary
from mini_training.feeding import Batch
from mini_training.loop import Course, train
from mini_training.precision import fastest_precision
from mini_training.probe import Probe, labels_of, watching
from mini_training.processes import Group
from mini_training.samples import Samples, samples
from mini_training.settings import Settings


def trained_unet_and_text_encoder(
    settings: Settings, run: Path, group: Group, *, as_it_stands: bool = False
) -> tuple[UNet2DConditionModel, CLIPTextModel]:
    """Both networks, the text encoder with CLIP's whole vocabulary."""
    vocabulary = Vocabulary(THINGS_WORLD)
    torch.manual_seed(settings.seed + 1)
    unet, text_encoder = build_unet(), build_text_encoder(len(vocabulary.ids) + 1, vocabulary.end)
    read_at = unet.up_blocks[-2]
    probe = Probe(unet.config["block_out_channels"][1], len(THINGS_WORLD.kinds))
    learning = torch.nn.ModuleList([unet, text_encoder, probe]).to(group.device)
    noising = DDPMScheduler(**NOISE)
    noising.alphas_cumprod = noising.alphas_cumprod.to(group.device)  # where it would be copied to at each step
    sigmas = ((1 - noising.alphas_cumprod) / noising.alphas_cumprod).sqrt().cpu().numpy()  # (1000,)

    def batch_of(step: int) -> Batch:
        return samples(settings.seed, step, group.share_of(range(settings.batch)), vocabulary, sigmas)

    def loss_of(batch: Batch) -> torch.Tensor:
        given = Samples(*batch)
        noisy = noising.add_noise(given.clean, given.noise, given.timesteps)
        with watching(read_at) as seen, grounding.watching(unet) as heard, fastest_precision(group.device):
            context = text_encoder(given.tokens).last_hidden_state  # (B, 77, 128)
            guess = unet(noisy, given.timesteps, context).sample
        asked = noising.get_velocity(given.clean, given.noise, given.timesteps)
        error = (guess.float() - asked).square().mean((1, 2, 3))
        labels, covers = labels_of(given.segments, given.numbers), grounding.covers_of(given.segments)
        read = probe.loss(seen[0].float(), labels)
        loss: torch.Tensor = (error + read + grounding.loss_of(heard, covers, given.named)).mean()
        return loss

    course = Course(
        "diffusion", settings.steps, rate=6e-4, last_rate=2e-5, averaging=0.9995, save_every=settings.save_every
    )
    train(learning, batch_of, loss_of, course, state=run / "diffusion.pt", group=group, as_it_stands=as_it_stands)
    return unet.cpu(), _with_whole_vocabulary(text_encoder.cpu(), vocabulary)


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
