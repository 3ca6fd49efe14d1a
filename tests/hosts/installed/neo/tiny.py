"""Neo's own transformers, small and with random weights, as its `KModel` calls them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch

TEXT = 32  # channels of the texts here
CHANNELS = 4  # of the latents


def seeded(make: Callable[..., Any], **options: Any) -> Any:
    """A module whose random weights are the same every time, none of them zero."""
    torch.manual_seed(3)
    module = make(**options).eval().requires_grad_(False)
    for parameter in module.parameters():
        if parameter.dim() < 2:  # scales and biases
            parameter.copy_(1 + 0.1 * torch.randn(parameter.shape))
        else:
            parameter.normal_(std=parameter.shape[1:].numel() ** -0.5)
    return module


def flux_transformer() -> Any:
    from backend.nn.flux import IntegratedFluxTransformer2DModel

    return seeded(
        IntegratedFluxTransformer2DModel,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        vec_in_dim=TEXT,
        context_in_dim=TEXT,
        hidden_size=32,
        mlp_ratio=2.0,
        num_heads=2,
        depth=2,
        depth_single_blocks=2,
        axes_dim=[4, 6, 6],
        theta=10000,
        patch_size=2,
        qkv_bias=True,
        guidance_embed=True,
    )


def chroma_transformer() -> Any:
    from backend.nn.chroma import IntegratedChromaTransformer2DModel

    return seeded(
        IntegratedChromaTransformer2DModel,
        in_channels=CHANNELS * 4,
        out_channels=CHANNELS * 4,
        context_in_dim=TEXT,
        hidden_size=32,
        mlp_ratio=2.0,
        num_heads=2,
        depth=2,
        depth_single_blocks=2,
        axes_dim=[4, 6, 6],
        theta=10000,
        patch_size=2,
        qkv_bias=True,
        in_dim=64,
        out_dim=32,
        hidden_dim=32,
        n_layers=1,
        txt_ids_dims=[],
        vec_in_dim=TEXT,
    )


def anima_transformer(channels: int = CHANNELS) -> Any:
    from backend.nn.anima import Anima

    return seeded(
        Anima,
        max_img_h=64,
        max_img_w=64,
        max_frames=4,
        in_channels=channels,
        out_channels=channels,
        patch_spatial=2,
        patch_temporal=1,
        model_channels=36,
        num_blocks=2,
        num_heads=2,
        crossattn_emb_channels=TEXT,
        pos_emb_cls="rope3d",
        use_adaln_lora=True,
        adaln_lora_dim=8,
    )


def lumina_transformer(pads_to: int | None) -> Any:
    from backend.nn.lumina import NextDiT

    return seeded(
        NextDiT,
        in_channels=CHANNELS,
        dim=32 if pads_to is None else 256,  # Z-Image's modulation has 256 channels
        n_layers=2,
        n_refiner_layers=2,
        n_heads=2 if pads_to is None else 16,
        n_kv_heads=1 if pads_to is None else None,
        multiple_of=32,
        qk_norm=True,
        cap_feat_dim=TEXT,
        axes_dims=[4, 6, 6],
        axes_lens=[300, 64, 64],
        z_image_modulation=pads_to is not None,
        pad_tokens_multiple=pads_to,
    )


def qwen_transformer(channels: int = CHANNELS) -> Any:
    from backend.nn.qwen import QwenImageTransformer2DModel

    return seeded(
        QwenImageTransformer2DModel,
        in_channels=channels * 4,
        out_channels=channels,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=TEXT,
        axes_dims_rope=(4, 6, 6),
    )


@dataclass(frozen=True)
class Attended:
    """One call of the host's attention: (rows, heads, positions, D) each, but for the mask."""

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    mask: torch.Tensor | None
    out: torch.Tensor


@dataclass(frozen=True)
class Tiny:
    """A model of Neo's. `code`: the module that attends. `time`: latents have an axis of it. `pads_to`: its texts."""

    name: str
    model: Any
    code: str
    time: bool = False
    pads_to: int = 1

    @property
    def engine(self) -> Any:
        """As far as the extension looks at Neo's engine."""
        unet = SimpleNamespace(model=SimpleNamespace(diffusion_model=self.model), model_options={})
        return SimpleNamespace(forge_objects=SimpleNamespace(unet=unet), is_sd1=False, is_sdxl=False)

    @torch.no_grad()
    def call(self, latent: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """(rows, C, H, W) and (rows, T, C') → (rows, C, H, W), as `KModel.apply_model` calls it."""
        rows = len(latent)
        more: dict[str, Any] = {"control": None, "transformer_options": {}}
        if self.name == "flux":
            more |= {"y": torch.ones(rows, TEXT), "guidance": torch.full((rows,), 3.5)}
        x = latent[:, :, None] if self.time else latent
        context = tokens[:, None] if self.name == "anima" else tokens
        out: torch.Tensor = self.model(x.clone(), torch.full((rows,), 0.5), context=context.clone(), **more)
        return out[:, :, 0] if self.time else out

    @contextmanager
    def seen(self) -> Iterator[list[Attended]]:
        """What the host's attention is given and gives while the block runs."""
        module = sys.modules[self.code]
        original, calls = module.attention_function, []

        def spy(q: Any, k: Any, v: Any, heads: int, mask: Any = None, **keywords: Any) -> Any:
            out = original(q, k, v, heads, mask, **keywords)
            if not keywords.get("skip_reshape"):
                q, k, v = (one.unflatten(-1, (heads, -1)).transpose(1, 2) for one in (q, k, v))
            parts = out.unflatten(-1, (heads, -1)).transpose(1, 2)
            calls.append(Attended(*(one.clone() for one in (q, k, v)), mask, parts.clone()))
            return out

        module.attention_function = spy
        try:
            yield calls
        finally:
            module.attention_function = original


MODELS: dict[str, Callable[[], Tiny]] = {
    "flux": lambda: Tiny("flux", flux_transformer(), "backend.nn.flux"),
    "chroma": lambda: Tiny("chroma", chroma_transformer(), "backend.nn.flux"),
    "anima": lambda: Tiny("anima", anima_transformer(), "backend.nn.anima", time=True),
    "z_image": lambda: Tiny("z_image", lumina_transformer(8), "backend.nn.lumina", pads_to=8),
    "lumina2": lambda: Tiny("lumina2", lumina_transformer(None), "backend.nn.lumina"),
    "qwen_image": lambda: Tiny("qwen_image", qwen_transformer(), "backend.nn.qwen", time=True),
}
JOINT = [name for name in MODELS if name != "anima"]
