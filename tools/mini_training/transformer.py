"""The one stage of the mini transformer: both networks learn together, by flow matching (Lipman et al. 2023).

What they are asked for is what the mini checkpoint's UNet makes of the same noise (`teacher.py`). Without convolutions
the samples alone teach slowly: after 307,000 of them its regions were hardly obeyed.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ChromaTransformer2DModel
from transformers import T5EncoderModel

from lib_omost.mini.worlds import World
from mini_training import grounding
from mini_training.architecture import LATENT
from mini_training.captions import scatter
from mini_training.feeding import Batch
from mini_training.linear import require_linear
from mini_training.loop import Course, train
from mini_training.noise import random_shares
from mini_training.optimizers import muon_within_blocks
from mini_training.precision import fastest_precision
from mini_training.probe import Probe, labels_of, watching
from mini_training.processes import Group
from mini_training.samples import Shown, shown, told
from mini_training.settings import TransformerSettings
from mini_training.teacher import teacher_of
from mini_training.transformer_parts import (
    END,
    PAD,
    UNKNOWN,
    build_text_encoder,
    build_tokenizer,
    build_transformer,
    pack,
    places,
)

_STRANGE, _MOST_STRANGE = 0.3, 12  # of the samples: words among their own that the model is to pass over
_LITTLE = 0.1  # of noise: what is under it is seen well enough, and the teacher's error would count for much
_SEEN_PADDING = 1  # Chroma attends to the first sign of padding behind a text


def trained_transformer(
    settings: TransformerSettings,
    mini: Any,
    world: World,
    run: Path,
    group: Group,
    *,
    as_it_stands: bool = False,
) -> tuple[ChromaTransformer2DModel, T5EncoderModel, Any]:
    """Transformer, text encoder and tokenizer. mini: the mini checkpoint whose autoencoder they share."""
    tokenizer = build_tokenizer(world)
    torch.manual_seed(settings.seed + 1)
    transformer, text_encoder = build_transformer(), build_text_encoder(len(tokenizer))
    probe = Probe(transformer.inner_dim, len(world.kinds), patch=2)
    learning = torch.nn.ModuleList([transformer, text_encoder, probe]).to(group.device)
    if not as_it_stands:
        require_linear(mini.vae)
    teacher = teacher_of(mini, group.device)
    where = places(LATENT // 2, LATENT // 2).to(group.device)

    @functools.cache
    def words_in(phrase: str) -> list[int]:
        return list(tokenizer(phrase, add_special_tokens=False).input_ids)

    def batch_of(step: int) -> Batch:
        some = told(settings.seed, step, group.share_of(range(settings.batch)), world)
        ids, lengths = encoded(tokenizer, [one.text for one in some], [one.rng for one in some])
        share = np.concatenate([random_shares(one.rng, 1) for one in some])
        named = grounding.tokens_of([one.scene for one in some], ids.numpy(), words_in, UNKNOWN)
        said = torch.from_numpy(
            mini.tokenizer(
                [one.text for one in some], padding="max_length", truncation=True, return_tensors="np"
            ).input_ids
        )
        return ids, lengths, torch.from_numpy(share).float(), named, said, *shown(some, world)

    def loss_of(batch: Batch) -> torch.Tensor:
        ids, lengths, share, named, said, *drawn = batch
        picture = Shown(*drawn)
        clean, noise = pack(picture.clean), pack(picture.noise)  # (B, 64, 16)
        much = share[:, None, None]
        noisy = torch.lerp(clean, noise, much)
        likely = pack(teacher.picture(picture.clean, picture.noise, share, said))
        asked = torch.where(much < _LITTLE, noise - clean, (noisy - likely) / much)
        layer, texts = transformer.single_transformer_blocks[-2], ids.shape[1]
        heard_of = grounding.watching_jointly(transformer, texts)
        with watching(layer) as seen, heard_of as heard, fastest_precision(group.device):
            guess = predicted(transformer, text_encoder, noisy, share, ids=ids, lengths=lengths, where=where)
        features = seen[0][:, texts:].float().transpose(1, 2).unflatten(2, (LATENT // 2, LATENT // 2))
        error = (guess.float() - asked).square().mean((1, 2))
        read = probe.loss(features, labels_of(picture.segments, picture.numbers))
        listened = grounding.loss_of(heard, grounding.covers_of(picture.segments), named)
        loss: torch.Tensor = (error + read + listened).mean()
        return loss

    course = Course(
        "transformer", settings.steps, rate=5e-4, last_rate=2e-5, averaging=0.9995, save_every=settings.save_every
    )
    train(
        learning,
        batch_of,
        loss_of,
        course,
        state=run / "transformer.pt",
        group=group,
        as_it_stands=as_it_stands,
        optimizers_of=muon_within_blocks,
        as_graph=False,  # Chroma copies its guidance to the card at each call
    )
    return transformer.cpu().eval(), text_encoder.cpu().eval(), tokenizer


def encoded(
    tokenizer: Any, texts: Sequence[str], rngs: Sequence[np.random.Generator]
) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, T) ids, each with its end sign and padding behind it, and (B,) lengths with the end sign.

    Some texts get unknown words among their own, so that what a canvas says beside does not drown them.
    """
    rows = []
    for text, rng in zip(texts, rngs, strict=True):
        ids = list(tokenizer(text, add_special_tokens=False).input_ids)
        if rng.random() < _STRANGE:
            ids = scatter(ids, UNKNOWN, int(rng.integers(1, _MOST_STRANGE + 1)), rng)
        rows.append([*ids, END])
    longest = max(map(len, rows)) + _SEEN_PADDING
    padded = [row + [PAD] * (longest - len(row)) for row in rows]
    return torch.tensor(padded), torch.tensor([len(row) for row in rows])


def predicted(
    transformer: Any,
    text_encoder: Any,
    noisy: torch.Tensor,
    share: torch.Tensor,
    *,
    ids: torch.Tensor,
    lengths: torch.Tensor,
    where: torch.Tensor,
) -> torch.Tensor:
    """(B, P, 16) patches with `share` (B,) of noise → the way from picture to noise, as the pipeline asks for it."""
    places_of_text = torch.arange(ids.shape[1], device=ids.device)[None]
    read = places_of_text < lengths[:, None]
    states = text_encoder(ids, attention_mask=read.long()).last_hidden_state
    seen = places_of_text < lengths[:, None] + _SEEN_PADDING
    every = torch.ones(noisy.shape[:2], dtype=torch.bool, device=noisy.device)
    found: torch.Tensor = transformer(
        hidden_states=noisy,
        encoder_hidden_states=states,
        timestep=share,
        img_ids=where,
        txt_ids=torch.zeros(ids.shape[1], 3, device=ids.device),
        attention_mask=torch.cat([seen, every], dim=1),
        return_dict=False,
    )[0]
    return found
