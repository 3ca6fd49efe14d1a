"""A WebUI's own engines around small random models of its own classes, as it builds them of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from tests.hosts.installed.denoisers.tiny import (
    CHANNELS,
    TEXT,
    anima_transformer,
    chroma_transformer,
    flux_transformer,
    klein_transformer,
    lumina_transformer,
    qwen_transformer,
    sd3_transformer,
    seeded,
)

STATES = 28  # layers of a language model whose 9th, 18th and 27th are asked for
WAN = 16  # channels of latents with an axis of time
KLEIN = 32  # channels of latents in cells of 8 pixels, which become a quarter as many of four times as many
SD3_CHANNELS, SD3_TEXT = 16, 4096  # that its engine and transformer are written for


def tiny_engine(family: str) -> Any:
    """By the names of `tiny.MODELS`: one that can take the place of the model that the WebUI has loaded."""
    make, guess = {
        "flux": (_flux, "Flux"),
        "kontext": (_flux, "Flux"),
        "klein": (_klein, "Flux2K4B"),
        "chroma": (_chroma, "Chroma"),
        "sd3": (_sd3, "SD3"),
        "anima": (_anima, "Anima"),
        "z_image": (_z_image, "ZImage"),
        "lumina2": (_lumina2, "Lumina2"),
        "qwen_image": (_qwen_image, "QwenImage"),
    }[family]
    known = _model_list()
    kind = getattr(known, guess, known.Flux)
    config = kind({"in_channels": CHANNELS}) if kind.__init__ is not object.__init__ else kind()
    engine = make(config)
    engine.extra_generation_params, engine.comments = {}, []
    return engine


def _model_list() -> Any:
    try:
        from modules_forge.packages.huggingface_guess import model_list
    except ImportError:
        from huggingface_guess import model_list
    return model_list


def _flux(config: Any) -> Any:
    from backend.diffusion_engine.flux import Flux

    return Flux(
        config,
        {
            "text_encoder": _clip(),
            "tokenizer": _tokenizer("CLIPTokenizer", config, "tokenizer"),
            "text_encoder_2": _t5(),
            "tokenizer_2": _tokenizer("T5TokenizerFast", config, "tokenizer_2"),
            "vae": _vae(),
            "transformer": _placed(flux_transformer()),
        },
    )


def _klein(config: Any) -> Any:
    from backend.diffusion_engine.flux2 import Flux2
    from backend.nn.vae import AutoencoderKLFlux2

    transformer = klein_transformer(4 * KLEIN, text=3 * TEXT)
    parts = {"text_encoder": _language_model(STATES), "tokenizer": _tokenizer("Qwen2Tokenizer", config, "tokenizer")}
    return Flux2(config, parts | {"vae": _vae(KLEIN, AutoencoderKLFlux2), "transformer": _placed(transformer)})


def _chroma(config: Any) -> Any:
    from backend.diffusion_engine.chroma import Chroma

    parts = {
        "text_encoder": _t5(),
        "tokenizer": _tokenizer("T5TokenizerFast", _model_list().Flux, "tokenizer_2"),
    }  # the same
    return Chroma(config, parts | {"vae": _vae(), "transformer": _placed(chroma_transformer())})


def _sd3(config: Any) -> Any:
    from backend.diffusion_engine.sd35 import StableDiffusion3

    transformer = sd3_transformer(SD3_CHANNELS, text=SD3_TEXT, vector=2 * TEXT)
    return StableDiffusion3(
        config,
        {
            "text_encoder": _clip(),
            "tokenizer": _tokenizer("CLIPTokenizer", config, "tokenizer"),
            "text_encoder_2": _clip(),
            "tokenizer_2": _tokenizer("CLIPTokenizer", config, "tokenizer_2"),
            "text_encoder_3": _t5(SD3_TEXT),  # its tokens stand behind those of CLIP, which are filled up
            "tokenizer_3": _tokenizer("T5TokenizerFast", _model_list().Flux, "tokenizer_2"),  # the same
            "vae": _vae(SD3_CHANNELS),
            "transformer": _placed(transformer),
        },
    )


def _anima(config: Any) -> Any:
    from backend.diffusion_engine.anima import Anima
    from backend.nn.anima import LLMAdapter

    encoder = _language_model()
    encoder.llm_adapter = seeded(
        LLMAdapter, source_dim=TEXT, target_dim=TEXT, model_dim=TEXT, num_layers=1, num_heads=2
    )
    encoder.preprocess_text_embeds = encoder.llm_adapter.forward
    return Anima(
        config,
        {
            "text_encoder": encoder,
            "tokenizer": _tokenizer("Qwen2Tokenizer", config, "tokenizer"),
            "tokenizer_2": _tokenizer("T5TokenizerFast", config, "tokenizer_2"),
            "vae": _wan_vae(),
            "transformer": _placed(anima_transformer(WAN)),
        },
    )


def _z_image(config: Any) -> Any:
    from backend.diffusion_engine.zimage import ZImage

    parts = {"text_encoder": _language_model(), "tokenizer": _tokenizer("Qwen2Tokenizer", config, "tokenizer")}
    return ZImage(config, parts | {"vae": _vae(), "transformer": _placed(lumina_transformer(32))})


def _lumina2(config: Any) -> Any:
    from backend.diffusion_engine.lumina import Lumina2

    parts = {"text_encoder": _language_model(), "tokenizer": _tokenizer("GemmaTokenizerFast", config, "tokenizer")}
    return Lumina2(config, parts | {"vae": _vae(), "transformer": _placed(lumina_transformer(None))})


def _qwen_image(config: Any) -> Any:
    from backend.diffusion_engine.qwen import QwenImage

    parts = {"text_encoder": _language_model(), "tokenizer": _tokenizer("Qwen2Tokenizer", config, "tokenizer")}
    return QwenImage(config, parts | {"vae": _wan_vae(), "transformer": _placed(qwen_transformer(WAN))})


def _placed(transformer: Any) -> Any:
    """With what the loader says of a model."""
    device = torch.device("cpu")
    transformer.storage_dtype = transformer.computation_dtype = torch.float32
    transformer.load_device = transformer.initial_device = transformer.offload_device = device
    return transformer


def _tokenizer(kind: str, config: Any, part: str) -> Any:
    import backend.huggingface
    import transformers

    folder = Path(next(iter(backend.huggingface.__path__))) / config.huggingface_repo / part
    return getattr(transformers, kind).from_pretrained(folder)


def _clip() -> Any:
    from backend.nn.clip import IntegratedCLIP
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig(
        hidden_size=TEXT, intermediate_size=64, num_attention_heads=2, num_hidden_layers=2, projection_dim=TEXT
    )
    return seeded(IntegratedCLIP, cls=CLIPTextModel, config=config, add_text_projection=True)


def _t5(width: int = TEXT) -> Any:
    from backend.nn.t5 import IntegratedT5

    config = {
        "num_layers": 2,
        "d_model": width,
        "d_ff": 64,
        "dense_act_fn": "gelu_pytorch_tanh",
        "is_gated_act": True,
        "num_heads": 2,
        "model_type": "t5",
        "vocab_size": 32128,
    }
    return seeded(IntegratedT5, config=config)


class LanguageModel(torch.nn.Module):
    """A small one of the WebUI's own Qwen3."""

    def __init__(self, layers: int) -> None:
        from backend.nn.llm.llama import Llama2_, Qwen3_06BConfig

        super().__init__()
        own = {name: getattr(Qwen3_06BConfig, name) for name in vars(Qwen3_06BConfig) if not name.startswith("_")}
        small = {"hidden_size": TEXT, "intermediate_size": 64, "num_hidden_layers": layers, "num_attention_heads": 2}
        self.model = Llama2_(
            SimpleNamespace(**(own | small | {"num_key_value_heads": 1, "head_dim": 16, "vocab_size": 256000}))
        )
        self.num_layers = layers

    def get_input_embeddings(self) -> Any:
        return self.model.embed_tokens

    def forward(self, x: Any = None, *arguments: Any, input_ids: Any = None, **keywords: Any) -> Any:
        return self.model(input_ids if x is None else x, *arguments, **keywords)


def _language_model(layers: int = 3) -> Any:
    with _norms_of_forge():
        return seeded(LanguageModel, layers=layers)


@contextmanager
def _norms_of_forge() -> Iterator[None]:
    """Its language models ask their norms for more than torch's know."""
    from backend.operations import ForgeOperations

    before = torch.nn.RMSNorm
    torch.nn.RMSNorm = ForgeOperations.RMSNorm  # type: ignore[misc]
    try:
        yield
    finally:
        torch.nn.RMSNorm = before  # type: ignore[misc]


def _vae(channels: int = CHANNELS, kind: Any = None) -> Any:
    """One that is sure of its latents, so that what a WebUI draws from them is alike every time."""
    from backend.nn.vae import IntegratedAutoencoderKL

    vae = seeded(
        kind or IntegratedAutoencoderKL,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 32, 32, 32),
        latent_channels=channels,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    last = vae.encoder.conv_out
    last.weight[channels:], last.bias[channels:] = 0.0, -30.0  # logarithms of variances
    return vae


def _wan_vae() -> Any:
    from backend.nn.wan_vae import WanVAE

    return seeded(
        WanVAE, base_dim=8, z_dim=WAN, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temporal_downsample=[False, True, True]
    )
