"""Diffusion transformers of the real architectures, small and with random weights, and their pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.hosts.denoiser import Denoiser
from tests.hosts.tiny_parts import TEXT, seeded


@dataclass(frozen=True)
class Tiny:
    """One denoiser. `call`: (rows, 4, H, W) and the tokens of each row, (rows, T, C) → (rows, 4, H, W).

    where: how many positions a sequence has, tokens and pixels of the canvas, and a position → what stands there:
    ("text", number), ("image", number) or ("other", 0). always: layers that keep texts apart whatever the schedule.
    textless: which call of attention holds the image alone, in a layer that refines it.
    """

    denoiser: Denoiser
    channels: int
    call: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    where: Callable[[int, int, int, int], tuple[str, int]]
    method: str = "layout"
    always: int = 0
    textless: int | None = None

    @property
    def scheduled(self) -> list[Any]:
        """The layers of text and image that a schedule can leave out; `attn2` is the image's alone."""
        layers = (layer for layer in self.denoiser.layers if layer.depth is not None)
        return [layer for layer in layers if not layer.name.endswith("attn2")]


def text_first(_positions: int, tokens: int, pixels: int, position: int) -> tuple[str, int]:
    """Text, then image, then what else there is."""
    if position < tokens:
        return "text", position
    return ("image", position - tokens) if position < tokens + pixels else ("other", 0)


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
    from lib_omost.hosts.diffusers.families.flux import flux_denoiser

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


def tiny_chroma() -> Tiny:
    from lib_omost.hosts.diffusers.families.flux import flux_denoiser

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
    from lib_omost.hosts.diffusers.families.cosmos import cosmos_denoiser

    transformer = cosmos_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        size = (8 * side for side in x.shape[2:])
        noise = torch.full((len(x),), 0.5)
        padding = torch.zeros(1, 1, *size)
        return transformer(x[:, :, None], noise, tokens, padding_mask=padding).sample[:, :, 0]

    return Tiny(cosmos_denoiser(Holder(transformer)), TEXT, call, text_first, "score")


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


def tiny_z_image() -> Tiny:
    from lib_omost.hosts.diffusers.families.z_image import z_image_denoiser

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

    return Tiny(z_image_denoiser(Holder(transformer)), TEXT, call, where, always=1, textless=0)


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


def tiny_qwen_image() -> Tiny:
    from lib_omost.hosts.diffusers.families.qwen_image import qwen_image_denoiser

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


def tiny_lumina2() -> Tiny:
    from lib_omost.hosts.diffusers.families.lumina2 import lumina2_denoiser

    transformer = lumina2_transformer()

    @torch.no_grad()
    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        seen = torch.ones(tokens.shape[:2], dtype=torch.long)
        return transformer(x, torch.full((len(x),), 0.5), tokens, seen).sample

    return Tiny(lumina2_denoiser(Holder(transformer)), TEXT, call, text_first, always=1, textless=1)


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


def tiny_sd3() -> Tiny:
    from lib_omost.hosts.diffusers.families.sd3 import sd3_denoiser

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


def tiny_klein() -> Tiny:
    from lib_omost.hosts.diffusers.families.flux2_klein import klein_denoiser

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
