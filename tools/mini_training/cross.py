"""The mini transformer with cross-attention: Anima's networks, two orders of magnitude smaller.

Its transformer is Cosmos-Predict2's; a text reaches it through Qwen3 and an adapter, which puts T5's ids into words.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AnimaTextConditioner, CosmosTransformer3DModel, FlowMatchEulerDiscreteScheduler
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model
from transformers.convert_slow_tokenizer import bytes_to_unicode

from lib_omost.hosts.diffusers.families.anima_pipeline import AnimaModularPipeline
from lib_omost.mini.worlds import World, write_world
from mini_training import grounding
from mini_training.architecture import LATENT
from mini_training.blocks import PATCH, Guess, Texts, as_image
from mini_training.captions import words_of
from mini_training.probe import watching
from mini_training.strange import with_strange_words
from mini_training.t5_words import END, MARKS, build_tokenizer, ids_of, padded

_TEXT = 128
_HEADS, _HEAD = 4, 48
_SPACE = "Ġ"  # how the tokenizer writes one
_NO_WORDS = [0]  # what Anima reads for a text without any


def build_transformer() -> CosmosTransformer3DModel:
    """Seven blocks, 192 wide; 5.0 M parameters. A picture is 64 positions, and a text 512 with its zeros."""
    return CosmosTransformer3DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=_HEADS,
        attention_head_dim=_HEAD,
        num_layers=7,
        mlp_ratio=4.0,
        text_embed_dim=_TEXT,
        adaln_lora_dim=64,
        max_size=(1, LATENT, LATENT),
        patch_size=(1, PATCH, PATCH),
        rope_scale=(1.0, 1.0, 1.0),
        concat_padding_mask=False,
        extra_pos_embed_type=None,
    )


def build_text_tokenizer(world: World) -> Qwen2Tokenizer:
    """Qwen's tokenizer, in which each of the world's words is one token behind a space, and all else is its bytes.

    A word grows letter by letter from its space on, so no two words' merges meet.
    """
    pieces = list(bytes_to_unicode().values())
    merges: dict[str, tuple[str, str]] = {}  # by what comes of them
    for word in sorted(words_of(world) - set(MARKS)):
        for end in range(1, len(word) + 1):
            merges[_SPACE + word[:end]] = (_SPACE + word[: end - 1], word[end - 1])
    vocab = {piece: number for number, piece in enumerate([*pieces, *merges])}
    return Qwen2Tokenizer(vocab=vocab, merges=list(merges.values()))


def build_text_encoder(vocabulary: int) -> Qwen3Model:
    """Qwen3 in two layers; 0.5 M parameters."""
    return Qwen3Model(
        Qwen3Config(
            vocab_size=vocabulary,
            hidden_size=_TEXT,
            intermediate_size=2 * _TEXT,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            head_dim=32,
            max_position_embeddings=1024,
            bos_token_id=None,
            eos_token_id=None,
        )
    )


def build_adapter(vocabulary: int) -> AnimaTextConditioner:
    """Anima's adapter in two layers; 0.5 M parameters."""
    return AnimaTextConditioner(
        source_dim=_TEXT,
        target_dim=_TEXT,
        model_dim=_TEXT,
        num_layers=2,
        num_attention_heads=4,
        mlp_ratio=2.0,
        target_vocab_size=vocabulary,
    )


@dataclass(frozen=True)
class CrossBlocks:
    """`Blocks` of Anima's kind."""

    transformer: CosmosTransformer3DModel
    text_encoder: Qwen3Model
    adapter: AnimaTextConditioner
    tokenizer: Any
    text_tokenizer: Any

    @property
    def networks(self) -> Sequence[torch.nn.Module]:
        """As `Blocks` has it."""
        return self.transformer, self.text_encoder, self.adapter

    @property
    def width(self) -> int:
        """As `Blocks` has it."""
        return _HEADS * _HEAD

    def encoded(self, texts: Sequence[str], rngs: Sequence[np.random.Generator]) -> Texts:
        """(B, T) of T5's ids, each with its end sign and padding behind it, and (B,) lengths with the end sign; then
        (B, Q) of Qwen's with (B,) lengths."""
        said = [with_strange_words(text, rng) for text, rng in zip(texts, rngs, strict=True)]
        words = [list(self.text_tokenizer(text).input_ids) or _NO_WORDS for text in said]
        return *padded([[*ids_of(self.tokenizer, text), END] for text in said], 1), *padded(words)

    def predicted(self, noisy: torch.Tensor, share: torch.Tensor, texts: Texts) -> torch.Tensor:
        """As `Blocks` has it."""
        states, weights = self._read(texts)
        found: torch.Tensor = self.transformer(
            hidden_states=noisy[:, :, None],
            timestep=share,
            encoder_hidden_states=states,
            attention_mask=weights.expand(len(noisy), -1),
            return_dict=False,
        )[0]
        return found[:, :, 0]

    def _read(self, texts: Texts) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T, C) states, and (1, T), the logarithm of how many tokens each stands for.

        The adapter puts zeros behind a text, 512 tokens in all, and all are attended to; the last one here stands for
        those that no text of the batch comes to: equal keys have equal shares.
        """
        ids, lengths, words, counts = texts
        read, heard = (
            torch.arange(some.shape[1], device=some.device) < ends[:, None]
            for some, ends in ((words, counts), (ids, lengths))
        )
        states = self.text_encoder(words, attention_mask=read.long()).last_hidden_state
        found = self.adapter(states, ids, target_attention_mask=heard, source_attention_mask=read)
        many = torch.ones(1, ids.shape[1], device=ids.device)
        many[:, -1] += found.shape[1] - ids.shape[1]
        return found[:, : ids.shape[1]], many.log()

    def guessed(self, noisy: torch.Tensor, share: torch.Tensor, texts: Texts) -> Guess:
        """As `Blocks` has it."""
        layer = self.transformer.transformer_blocks[-2]
        with watching(layer) as seen, grounding.watching_crosswise(self.transformer) as heard:
            way = self.predicted(noisy, share, texts)
        return Guess(way, as_image(seen[0]), heard)

    def save(self, folder: Path, vae: Any, world: World) -> None:
        """As `Blocks` has it, of Anima."""
        pipeline = AnimaModularPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0),
            vae=copy.deepcopy(vae).half(),
            text_encoder=copy.deepcopy(self.text_encoder).half(),
            tokenizer=self.text_tokenizer,
            t5_tokenizer=self.tokenizer,
            text_conditioner=copy.deepcopy(self.adapter).half(),
            transformer=copy.deepcopy(self.transformer).half(),
        )
        pipeline.save_pretrained(folder)
        write_world(world, folder)


def build_cross(world: World) -> CrossBlocks:
    """Untrained, by torch's seed."""
    tokenizer, text_tokenizer = build_tokenizer(world), build_text_tokenizer(world)
    return CrossBlocks(
        build_transformer(),
        build_text_encoder(len(text_tokenizer)),
        build_adapter(len(tokenizer)),
        tokenizer,
        text_tokenizer,
    )
