"""The mini transformer with joint attention: Chroma's and T5's networks, two orders of magnitude smaller.

Chroma's are Flux's blocks with one text encoder and no vector of the whole text: all that a region's words say reaches
the picture by joint attention, which is what is to be measured.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ChromaPipeline, ChromaTransformer2DModel, FlowMatchEulerDiscreteScheduler
from transformers import T5Config, T5EncoderModel

from lib_omost.mini.worlds import World, write_world
from mini_training import grounding
from mini_training.blocks import PATCH, SIDE, Guess, Texts, as_image
from mini_training.captions import scatter
from mini_training.probe import watching
from mini_training.strange import MOST_STRANGE, STRANGE
from mini_training.t5_words import END, PAD, UNKNOWN, build_tokenizer, ids_of, padded

_TEXT = 128
_HEADS, _HEAD = 6, 32
_SEEN_PADDING = 1  # Chroma attends to the first sign of padding behind a text


def build_transformer() -> ChromaTransformer2DModel:
    """Three blocks of two streams and six of one, 192 wide; 5.6 M parameters. A picture is 64 positions."""
    return ChromaTransformer2DModel(
        in_channels=16,
        num_layers=3,
        num_single_layers=6,
        attention_head_dim=_HEAD,
        num_attention_heads=_HEADS,
        joint_attention_dim=_TEXT,
        axes_dims_rope=(4, 14, 14),
        approximator_num_channels=64,
        approximator_hidden_dim=_HEADS * _HEAD,
        approximator_layers=2,
    )


def build_text_encoder(vocabulary: int) -> T5EncoderModel:
    """T5's encoder in two layers; 0.3 M parameters. Without dropout: a step depends on its number alone."""
    return T5EncoderModel(
        T5Config(
            vocab_size=vocabulary,
            d_model=_TEXT,
            d_kv=32,
            d_ff=2 * _TEXT,
            num_layers=2,
            num_heads=4,
            feed_forward_proj="gated-gelu",
            dropout_rate=0.0,
            is_encoder_decoder=False,
            pad_token_id=PAD,
            eos_token_id=END,
        )
    )


@dataclass(frozen=True)
class JointBlocks:
    """`Blocks` of Chroma's kind."""

    transformer: ChromaTransformer2DModel
    text_encoder: T5EncoderModel
    tokenizer: Any

    @property
    def networks(self) -> Sequence[torch.nn.Module]:
        """As `Blocks` has it."""
        return self.transformer, self.text_encoder

    @property
    def width(self) -> int:
        """As `Blocks` has it."""
        return int(self.transformer.inner_dim)

    def encoded(self, texts: Sequence[str], rngs: Sequence[np.random.Generator]) -> Texts:
        """(B, T) ids, each with its end sign and padding behind it, and (B,) lengths with the end sign."""
        rows = []
        for text, rng in zip(texts, rngs, strict=True):
            ids = ids_of(self.tokenizer, text)
            if rng.random() < STRANGE:
                ids = scatter(ids, UNKNOWN, int(rng.integers(1, MOST_STRANGE + 1)), rng)
            rows.append([*ids, END])
        return padded(rows, _SEEN_PADDING)

    def predicted(self, noisy: torch.Tensor, share: torch.Tensor, texts: Texts) -> torch.Tensor:
        """As `Blocks` has it."""
        ids, lengths = texts
        places_of_text = torch.arange(ids.shape[1], device=ids.device)[None]
        read = places_of_text < lengths[:, None]
        states = self.text_encoder(ids, attention_mask=read.long()).last_hidden_state
        seen = places_of_text < lengths[:, None] + _SEEN_PADDING
        every = torch.ones(len(noisy), SIDE * SIDE, dtype=torch.bool, device=noisy.device)
        found = self.transformer(
            hidden_states=pack(noisy),
            encoder_hidden_states=states,
            timestep=share,
            img_ids=places(SIDE, SIDE).to(noisy.device),
            txt_ids=torch.zeros(ids.shape[1], 3, device=ids.device),
            attention_mask=torch.cat([seen, every], dim=1),
            return_dict=False,
        )[0]
        return unpack(found)

    def guessed(self, noisy: torch.Tensor, share: torch.Tensor, texts: Texts) -> Guess:
        """As `Blocks` has it."""
        count = texts[0].shape[1]
        layer = self.transformer.single_transformer_blocks[-2]
        with watching(layer) as seen, grounding.watching_jointly(self.transformer, count) as heard:
            way = self.predicted(noisy, share, texts)
        return Guess(way, as_image(seen[0][:, count:]), heard)

    def save(self, folder: Path, vae: Any, world: World) -> None:
        """As `Blocks` has it, of Chroma."""
        autoencoder = copy.deepcopy(vae)
        autoencoder.register_to_config(shift_factor=0.0)
        pipeline = ChromaPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0),
            vae=autoencoder.half(),
            text_encoder=copy.deepcopy(self.text_encoder).half(),
            tokenizer=self.tokenizer,
            transformer=copy.deepcopy(self.transformer).half(),
        )
        pipeline.save_pretrained(folder)
        write_world(world, folder)


def build_joint(world: World) -> JointBlocks:
    """Untrained, by torch's seed."""
    tokenizer = build_tokenizer(world)
    return JointBlocks(build_transformer(), build_text_encoder(len(tokenizer)), tokenizer)


def pack(latents: torch.Tensor) -> torch.Tensor:
    """(B, 4, H, W) → (B, H/2·W/2, 16): patches of 2 × 2, as the pipeline packs them."""
    rows, channels, height, width = latents.shape
    patches = latents.view(rows, channels, height // PATCH, PATCH, width // PATCH, PATCH).permute(0, 2, 4, 1, 3, 5)
    return patches.reshape(rows, -1, PATCH * PATCH * channels)


def unpack(patches: torch.Tensor) -> torch.Tensor:
    """(B, 64, 16) → (B, 4, 16, 16): `pack` undone."""
    apart = patches.view(len(patches), SIDE, SIDE, -1, PATCH, PATCH).permute(0, 3, 1, 4, 2, 5)
    return apart.reshape(len(patches), -1, SIDE * PATCH, SIDE * PATCH)


def places(height: int, width: int) -> torch.Tensor:
    """(H·W, 3): 0, row and column of each patch."""
    return torch.cartesian_prod(torch.zeros(1), torch.arange(height).float(), torch.arange(width).float())
