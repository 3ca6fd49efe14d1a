"""Diffusion transformers of the real architectures, small and with random weights, and their pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.hosts.denoiser import Denoiser

TEXT = 32  # channels of every text encoder here
WORDS = "a an the red blue green white plain circle square ring background on of . , oil painting blurry people"


@dataclass(frozen=True)
class Tiny:
    """One denoiser. `call`: (rows, 4, H, W) and the tokens of each row, (rows, T, C) → (rows, 4, H, W).

    where: how many positions a sequence has, tokens and pixels of the canvas, and a position → what stands there:
    ("text", number), ("image", number) or ("other", 0). always: layers that keep texts apart whatever the schedule.
    """

    denoiser: Denoiser
    channels: int
    call: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    where: Callable[[int, int, int, int], tuple[str, int]]
    method: str = "layout"
    always: int = 0

    @property
    def scheduled(self) -> list[Any]:
        """The layers that a schedule can leave out."""
        return [layer for layer in self.denoiser.layers if layer.depth is not None]


def text_first(_positions: int, tokens: int, pixels: int, position: int) -> tuple[str, int]:
    """Text, then image, then what else there is."""
    if position < tokens:
        return "text", position
    return ("image", position - tokens) if position < tokens + pixels else ("other", 0)


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


def flux_transformer(*, guidance: bool = True, double: int = 2, single: int = 2) -> Any:
    from diffusers import FluxTransformer2DModel

    return seeded(
        FluxTransformer2DModel,
        in_channels=16,
        num_layers=double,
        num_single_layers=single,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=TEXT,
        pooled_projection_dim=TEXT,
        guidance_embeds=guidance,
        axes_dims_rope=(4, 6, 6),
    )


def flux_pipeline(*, guidance: bool = True) -> Any:
    from diffusers import FluxPipeline

    from lib_omost.mini.tokenizer import load_tokenizer

    pipeline = FluxPipeline(
        scheduler=flow_scheduler(),
        vae=image_vae(),
        text_encoder=clip_encoder(),
        tokenizer=load_tokenizer(),
        text_encoder_2=t5_encoder(),
        tokenizer_2=t5_tokenizer(),
        transformer=flux_transformer(guidance=guidance),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@torch.no_grad()
def call_flux(transformer: Any, x: torch.Tensor, tokens: torch.Tensor, **extra: Any) -> torch.Tensor:
    """The latent packed in patches of 2 × 2 as the pipeline packs it, and unpacked."""
    rows, channels, height, width = x.shape
    patches = x.view(rows, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    places = torch.stack(
        [
            torch.zeros(height // 2, width // 2),
            torch.arange(height // 2)[:, None].expand(-1, width // 2),
            torch.arange(width // 2)[None, :].expand(height // 2, -1),
        ],
        dim=-1,
    )
    out = transformer(
        hidden_states=patches.reshape(rows, -1, channels * 4),
        encoder_hidden_states=tokens,
        timestep=torch.full((rows,), 0.5),
        img_ids=places.flatten(0, 1),
        txt_ids=torch.zeros(tokens.shape[1], 3),
        **extra,
    ).sample
    return out.view(rows, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(x.shape)


class Holder:
    """A pipeline as far as a denoiser's adapter looks at it."""

    def __init__(self, transformer: Any) -> None:
        self.transformer = transformer


def tiny_flux() -> Tiny:
    from lib_omost.hosts.diffusers.flux import flux_denoiser

    transformer = flux_transformer()

    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        rows = len(x)
        return call_flux(
            transformer, x, tokens, pooled_projections=torch.ones(rows, TEXT), guidance=torch.full((rows,), 3.5)
        )

    return Tiny(flux_denoiser(Holder(transformer)), TEXT, call, text_first)


def chroma_transformer() -> Any:
    from diffusers import ChromaTransformer2DModel

    return seeded(
        ChromaTransformer2DModel,
        in_channels=16,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=TEXT,
        axes_dims_rope=(4, 6, 6),
        approximator_num_channels=16,
        approximator_hidden_dim=32,
        approximator_layers=1,
    )


def chroma_pipeline() -> Any:
    from diffusers import ChromaPipeline

    return ChromaPipeline(
        scheduler=flow_scheduler(),
        vae=image_vae(),
        text_encoder=t5_encoder(),
        tokenizer=t5_tokenizer(),
        transformer=chroma_transformer(),
    )


def tiny_chroma() -> Tiny:
    from lib_omost.hosts.diffusers.flux import flux_denoiser

    transformer = chroma_transformer()
    return Tiny(
        flux_denoiser(Holder(transformer)), TEXT, lambda x, tokens: call_flux(transformer, x, tokens), text_first
    )


def cosmos_transformer(channels: int = 4) -> Any:
    from diffusers import CosmosTransformer3DModel

    return seeded(
        CosmosTransformer3DModel,
        in_channels=channels,
        out_channels=channels,
        num_attention_heads=2,
        attention_head_dim=18,
        num_layers=2,
        mlp_ratio=2,
        text_embed_dim=TEXT,
        adaln_lora_dim=8,
        max_size=(4, 64, 64),
        extra_pos_embed_type=None,
        concat_padding_mask=False,  # diffusers wants torchvision for it
    )


def tiny_cosmos() -> Tiny:
    from lib_omost.hosts.diffusers.cosmos import cosmos_denoiser

    transformer = cosmos_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        size = (8 * side for side in x.shape[2:])
        noise = torch.full((len(x),), 0.5)
        padding = torch.zeros(1, 1, *size)
        return transformer(x[:, :, None], noise, tokens, padding_mask=padding).sample[:, :, 0]

    return Tiny(cosmos_denoiser(Holder(transformer)), TEXT, call, text_first, "score")


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


def anima_pipeline() -> Any:
    from diffusers import AnimaTextConditioner

    from lib_omost.hosts.diffusers.anima_pipeline import AnimaModularPipeline

    adapter = seeded(
        AnimaTextConditioner,
        source_dim=TEXT,
        target_dim=TEXT,
        model_dim=TEXT,
        num_layers=2,
        num_attention_heads=2,
        target_vocab_size=256,
    )
    return AnimaModularPipeline(
        scheduler=flow_scheduler(use_dynamic_shifting=False),
        vae=qwen_vae(),
        text_encoder=qwen3_encoder(),
        tokenizer=qwen_tokenizer(),
        t5_tokenizer=t5_tokenizer(),
        text_conditioner=adapter,
        transformer=cosmos_transformer(),
    )


def z_image_transformer() -> Any:
    from diffusers import ZImageTransformer2DModel

    return seeded(
        ZImageTransformer2DModel,
        in_channels=4,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=TEXT,
        axes_dims=[4, 6, 6],
        axes_lens=[1024, 64, 64],
    )


def z_image_pipeline() -> Any:
    from diffusers import ZImagePipeline

    return ZImagePipeline(
        scheduler=flow_scheduler(use_dynamic_shifting=False),
        vae=image_vae(),
        text_encoder=qwen3_encoder(),
        tokenizer=qwen_tokenizer(),
        transformer=z_image_transformer(),
    )


def tiny_z_image() -> Tiny:
    from lib_omost.hosts.diffusers.z_image import z_image_denoiser

    transformer = z_image_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        latents = list(x[:, :, None].unbind(0))
        out = transformer(latents, torch.full((len(x),), 0.5), list(tokens.unbind(0))).sample
        return torch.stack(out)[:, :, 0]

    def where(positions: int, tokens: int, pixels: int, position: int) -> tuple[str, int]:
        """The refiner holds the text alone; then the image stands first, both padded to 32."""
        before = 0 if positions == -(-tokens // 32) * 32 else -(-pixels // 32) * 32
        if position < min(before, pixels):
            return "image", position
        return ("text", position - before) if before <= position < before + tokens else ("other", 0)

    return Tiny(z_image_denoiser(Holder(transformer)), TEXT, call, where, always=1)


def qwen_image_transformer() -> Any:
    from diffusers import QwenImageTransformer2DModel

    return seeded(
        QwenImageTransformer2DModel,
        in_channels=16,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=TEXT,
        axes_dims_rope=(4, 6, 6),
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


def qwen_image_pipeline() -> Any:
    from diffusers import QwenImagePipeline

    return QwenImagePipeline(
        scheduler=flow_scheduler(),
        vae=qwen_vae(),
        text_encoder=qwen_vl_encoder(),
        tokenizer=qwen_tokenizer(),
        transformer=qwen_image_transformer(),
    )


def tiny_qwen_image() -> Tiny:
    from lib_omost.hosts.diffusers.qwen_image import qwen_image_denoiser

    transformer = qwen_image_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        rows, channels, height, width = x.shape
        patches = x.view(rows, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
        out = transformer(
            hidden_states=patches.reshape(rows, -1, channels * 4),
            encoder_hidden_states=tokens,
            timestep=torch.full((rows,), 0.5),
            img_shapes=[[(1, height // 2, width // 2)]] * rows,
        ).sample
        return out.view(rows, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(x.shape)

    return Tiny(qwen_image_denoiser(Holder(transformer)), TEXT, call, text_first)


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


def lumina2_transformer() -> Any:
    from diffusers import Lumina2Transformer2DModel

    return seeded(
        Lumina2Transformer2DModel,
        sample_size=8,
        in_channels=4,
        hidden_size=32,
        num_layers=2,
        num_refiner_layers=1,
        num_attention_heads=2,
        num_kv_heads=1,
        multiple_of=16,
        axes_dim_rope=(4, 6, 6),
        axes_lens=(300, 64, 64),
        cap_feat_dim=TEXT,
    )


def lumina2_pipeline() -> Any:
    from diffusers import Lumina2Pipeline

    return Lumina2Pipeline(
        scheduler=flow_scheduler(),
        vae=image_vae(),
        text_encoder=gemma_encoder(),
        tokenizer=gemma_tokenizer(),
        transformer=lumina2_transformer(),
    )


def tiny_lumina2() -> Tiny:
    from lib_omost.hosts.diffusers.lumina2 import lumina2_denoiser

    transformer = lumina2_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        seen = torch.ones(tokens.shape[:2], dtype=torch.long)
        return transformer(x, torch.full((len(x),), 0.5), tokens, seen).sample

    return Tiny(lumina2_denoiser(Holder(transformer)), TEXT, call, text_first, always=1)


def sd3_transformer() -> Any:
    from diffusers import SD3Transformer2DModel

    return seeded(
        SD3Transformer2DModel,
        sample_size=8,
        in_channels=4,
        out_channels=4,
        num_layers=3,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=2 * TEXT,
        caption_projection_dim=32,
        pooled_projection_dim=2 * TEXT,
        pos_embed_max_size=24,
        dual_attention_layers=(0,),
        qk_norm="rms_norm",
    )


def sd3_pipeline() -> Any:
    from diffusers import StableDiffusion3Pipeline

    from lib_omost.mini.tokenizer import load_tokenizer

    second = load_tokenizer()
    second.pad_token = "!"
    return StableDiffusion3Pipeline(
        scheduler=flow_scheduler(use_dynamic_shifting=False),
        vae=image_vae(),
        text_encoder=clip_encoder("CLIPTextModelWithProjection"),
        tokenizer=load_tokenizer(),
        text_encoder_2=clip_encoder("CLIPTextModelWithProjection"),
        tokenizer_2=second,
        text_encoder_3=t5_encoder(2 * TEXT),
        tokenizer_3=t5_tokenizer(),
        transformer=sd3_transformer(),
    )


def tiny_sd3() -> Tiny:
    from lib_omost.hosts.diffusers.sd3 import sd3_denoiser

    transformer = sd3_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        return transformer(
            hidden_states=x,
            encoder_hidden_states=tokens,
            pooled_projections=torch.ones(len(x), 2 * TEXT),
            timestep=torch.full((len(x),), 500.0),
            return_dict=False,
        )[0]

    def where(_positions: int, tokens: int, pixels: int, position: int) -> tuple[str, int]:
        """The image, then the text."""
        if position < pixels:
            return "image", position
        return ("text", position - pixels) if position < pixels + tokens else ("other", 0)

    return Tiny(sd3_denoiser(Holder(transformer)), 2 * TEXT, call, where)


def klein_transformer() -> Any:
    from diffusers import Flux2Transformer2DModel

    return seeded(
        Flux2Transformer2DModel,
        in_channels=16,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * TEXT,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )


def klein_pipeline(*, distilled: bool = False) -> Any:
    from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline

    vae = seeded(
        AutoencoderKLFlux2,
        block_out_channels=[8, 8, 8, 8],
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
    )
    return Flux2KleinPipeline(
        scheduler=flow_scheduler(),
        vae=vae,
        text_encoder=qwen3_encoder("Qwen3ForCausalLM", layers=28),
        tokenizer=qwen_tokenizer(),
        transformer=klein_transformer(),
        is_distilled=distilled,
    )


def tiny_klein() -> Tiny:
    from lib_omost.hosts.diffusers.flux2_klein import klein_denoiser

    transformer = klein_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        rows, channels, height, width = x.shape
        patches = x.view(rows, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
        sides = (torch.arange(1), torch.arange(height // 2), torch.arange(width // 2), torch.arange(1))
        words = torch.zeros(tokens.shape[1], 4, dtype=torch.long)
        words[:, 3] = torch.arange(tokens.shape[1])
        out = transformer(
            hidden_states=patches.reshape(rows, -1, channels * 4),
            encoder_hidden_states=tokens,
            timestep=torch.full((rows,), 0.5),
            img_ids=torch.cartesian_prod(*sides)[None],
            txt_ids=words[None],
        ).sample
        return out.view(rows, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(x.shape)

    return Tiny(klein_denoiser(Holder(transformer)), 3 * TEXT, call, text_first)


class Guardrail:
    """What reads texts and looks at pictures for Cosmos' licence, without its models; it refuses one word."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def to(self, *_place: Any) -> Guardrail:
        return self

    def check_text_safety(self, text: str) -> bool:
        self.read.append(text)
        return "forbidden" not in text

    def check_video_safety(self, frames: Any) -> Any:
        return frames


def cosmos2_pipeline() -> Any:
    from diffusers import AutoencoderKLWan, Cosmos2TextToImagePipeline

    vae = seeded(
        AutoencoderKLWan,
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        latents_mean=[0.1] * 4,
        latents_std=[1.2] * 4,
    )
    return Cosmos2TextToImagePipeline(
        scheduler=flow_scheduler(use_dynamic_shifting=False, shift=1.0, use_karras_sigmas=True),
        vae=vae,
        text_encoder=t5_encoder(),
        tokenizer=t5_tokenizer(),
        transformer=cosmos_transformer(),
        safety_checker=Guardrail(),
    )


TRANSFORMERS: Mapping[str, Callable[[], Tiny]] = {
    "flux": tiny_flux,
    "chroma": tiny_chroma,
    "cosmos": tiny_cosmos,
    "z_image": tiny_z_image,
    "qwen_image": tiny_qwen_image,
    "lumina2": tiny_lumina2,
    "sd3": tiny_sd3,
    "klein": tiny_klein,
}
PIPELINES: Mapping[str, Callable[[], Any]] = {
    "Flux 1": flux_pipeline,
    "Chroma": chroma_pipeline,
    "Anima": anima_pipeline,
    "Z-Image": z_image_pipeline,
    "Qwen-Image": qwen_image_pipeline,
    "Lumina 2": lumina2_pipeline,
    "SD3": sd3_pipeline,
    "Flux.2 Klein": klein_pipeline,
}
