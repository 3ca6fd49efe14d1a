"""The networks of the mini transformer: Chroma's and T5's, two orders of magnitude smaller, and their words.

Chroma's are Flux's blocks with one text encoder and no vector of the whole text: all that a region's words say reaches
the picture by joint attention, which is what is to be measured.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ChromaPipeline, ChromaTransformer2DModel, FlowMatchEulerDiscreteScheduler
from transformers import T5Config, T5EncoderModel, T5Tokenizer

from lib_omost.mini.worlds import World, write_world
from mini_training.captions import words_of

_TEXT = 128
_HEADS, _HEAD = 6, 32
PAD, END, UNKNOWN = 0, 1, 2
_MARKS = (",", ".")


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


def build_tokenizer(world: World) -> T5Tokenizer:
    """T5's tokenizer with the words of the world's captions alone: all others are one unknown token."""
    words = [word for word in sorted(words_of(world)) if word not in _MARKS]
    pieces = [*_MARKS, *(f"▁{word}" for word in words)]
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((piece, -1.0) for piece in pieces)]
    return T5Tokenizer(vocab=vocab, extra_ids=0)


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


def pack(latents: torch.Tensor) -> torch.Tensor:
    """(B, 4, H, W) → (B, H/2·W/2, 16): patches of 2 × 2, as the pipeline packs them."""
    rows, channels, height, width = latents.shape
    patches = latents.view(rows, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return patches.reshape(rows, -1, 4 * channels)


def places(height: int, width: int) -> torch.Tensor:
    """(H·W, 3): 0, row and column of each patch."""
    return torch.cartesian_prod(torch.zeros(1), torch.arange(height).float(), torch.arange(width).float())


def save_transformer(
    folder: Path, *, transformer: Any, text_encoder: Any, tokenizer: Any, vae: AutoencoderKL, world: World
) -> None:
    """Write a diffusers folder of Chroma in fp16, with its world beside it. The parts stay as they are."""
    autoencoder = copy.deepcopy(vae)
    autoencoder.register_to_config(shift_factor=0.0)
    pipeline = ChromaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0),
        vae=autoencoder.half(),
        text_encoder=copy.deepcopy(text_encoder).half(),
        tokenizer=tokenizer,
        transformer=copy.deepcopy(transformer).half(),
    )
    pipeline.save_pretrained(folder)
    write_world(world, folder)
