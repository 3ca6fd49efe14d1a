"""Tiny random pipelines of diffusers, one a family, of the parts and transformers beside this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.hosts.tiny_parts import (
    TEXT,
    clip_encoder,
    flow_scheduler,
    gemma_encoder,
    gemma_tokenizer,
    image_vae,
    qwen3_encoder,
    qwen_tokenizer,
    qwen_vae,
    qwen_vl_encoder,
    seeded,
    t5_encoder,
    t5_tokenizer,
)
from tests.hosts.tiny_transformers import (
    chroma_transformer,
    cosmos_transformer,
    flux_transformer,
    klein_transformer,
    lumina2_transformer,
    qwen_image_transformer,
    sd3_transformer,
    z_image_transformer,
)


def flux_pipeline(kind: str = "FluxPipeline", *, guidance: bool = True) -> Any:
    import diffusers

    from lib_omost.mini.tokenizer import load_tokenizer

    pipeline = getattr(diffusers, kind)(
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


def kontext_pipeline() -> Any:
    return flux_pipeline("FluxKontextPipeline")


def chroma_pipeline() -> Any:
    from diffusers import ChromaPipeline

    return ChromaPipeline(
        scheduler=flow_scheduler(),
        vae=image_vae(),
        text_encoder=t5_encoder(),
        tokenizer=t5_tokenizer(),
        transformer=chroma_transformer(),
    )


def anima_pipeline() -> Any:
    from diffusers import AnimaTextConditioner

    from lib_omost.hosts.diffusers.families.anima_pipeline import AnimaModularPipeline

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


def z_image_pipeline() -> Any:
    from diffusers import ZImagePipeline

    return ZImagePipeline(
        scheduler=flow_scheduler(use_dynamic_shifting=False),
        vae=image_vae(),
        text_encoder=qwen3_encoder(),
        tokenizer=qwen_tokenizer(),
        transformer=z_image_transformer(),
    )


def qwen_image_pipeline() -> Any:
    from diffusers import QwenImagePipeline

    return QwenImagePipeline(
        scheduler=flow_scheduler(),
        vae=qwen_vae(),
        text_encoder=qwen_vl_encoder(),
        tokenizer=qwen_tokenizer(),
        transformer=qwen_image_transformer(),
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


PIPELINES: Mapping[str, Callable[[], Any]] = {
    "Flux 1": flux_pipeline,
    "Flux 1 Kontext": kontext_pipeline,
    "Chroma": chroma_pipeline,
    "Anima": anima_pipeline,
    "Z-Image": z_image_pipeline,
    "Qwen-Image": qwen_image_pipeline,
    "Lumina 2": lumina2_pipeline,
    "SD3": sd3_pipeline,
    "Flux.2 Klein": klein_pipeline,
}
