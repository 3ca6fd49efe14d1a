"""Tiny random parts of image models: text encoders with their tokenizers, autoencoders, schedulers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

TEXT = 32  # channels of every text encoder here

WORDS = "a an the red blue green white plain circle square ring background on of . , oil painting blurry people"


def seeded(make: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """A module whose random weights are the same every time, none of them zero."""
    torch.manual_seed(3)
    module = make(*arguments, **keywords).eval().requires_grad_(False)
    for parameter in module.parameters():
        if parameter.dim() < 2:  # scales and biases, which begin as ones and zeros
            parameter.add_(0.1 * torch.randn(parameter.shape))
    return module


def t5_tokenizer() -> Any:
    """T5's tokenizer with words and letters of its own: T5's file is 0.8 MB."""
    from transformers import T5Tokenizer

    letters = [chr(code) for code in range(32, 127)]
    pieces = dict.fromkeys(["▁", *(f"▁{word}" for word in WORDS.split()), *letters])
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((piece, -float(len(pieces))) for piece in pieces)]
    return T5Tokenizer(vocab=vocab, extra_ids=0)


def t5_encoder(width: int = TEXT) -> Any:
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=256,
        d_model=width,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        is_encoder_decoder=False,
    )
    return seeded(T5EncoderModel, config)


def clip_encoder(kind: str = "CLIPTextModel") -> Any:
    import transformers

    config = transformers.CLIPTextConfig(
        hidden_size=TEXT,
        intermediate_size=64,
        num_attention_heads=2,
        num_hidden_layers=2,
        projection_dim=TEXT,
        eos_token_id=49407,
        pad_token_id=49407,
    )
    return seeded(getattr(transformers, kind), config)


def image_vae() -> Any:
    from diffusers import AutoencoderKL

    return seeded(
        AutoencoderKL,
        block_out_channels=[8, 8, 8, 8],
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        shift_factor=0.1,
        scaling_factor=0.4,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def flow_scheduler(**options: Any) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(**{"shift": 3.0, "use_dynamic_shifting": True} | options)


def qwen_tokenizer() -> Any:
    """Qwen's tokenizer with bytes alone: its files are 11 MB."""
    from transformers import Qwen2Tokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    vocab = {sign: number for number, sign in enumerate(bytes_to_unicode().values())}
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is false %}<think>\n\n</think>\n\n"
        "{% endif %}{% endif %}"
    )
    return tokenizer


def qwen3_encoder(kind: str = "Qwen3Model", layers: int = 3) -> Any:
    import transformers

    config = transformers.Qwen3Config(
        vocab_size=300,
        hidden_size=TEXT,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=1024,
        bos_token_id=None,
        eos_token_id=None,
    )
    return seeded(getattr(transformers, kind), config)


def qwen_vae(channels: int = 4) -> Any:
    from diffusers import AutoencoderKLQwenImage

    return seeded(
        AutoencoderKLQwenImage,
        base_dim=8,
        z_dim=channels,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.1] * channels,
        latents_std=[1.2] * channels,
    )


def qwen_vl_encoder() -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    text = {
        "vocab_size": 300,
        "hidden_size": TEXT,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 2048,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        "bos_token_id": None,
        "eos_token_id": None,
    }
    vision = {"depth": 1, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": TEXT}
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision)
    return seeded(Qwen2_5_VLForConditionalGeneration, config)


def gemma_tokenizer() -> Any:
    """Gemma's tokenizer with words and letters of its own: its file is 34 MB."""
    from transformers import GemmaTokenizer

    signs = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *(chr(code) for code in range(33, 127))]
    return GemmaTokenizer(vocab={sign: number for number, sign in enumerate(signs)}, merges=[])


def gemma_encoder() -> Any:
    from transformers import Gemma2Config, Gemma2Model

    config = Gemma2Config(
        vocab_size=128,
        hidden_size=TEXT,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=512,
    )
    return seeded(Gemma2Model, config)
