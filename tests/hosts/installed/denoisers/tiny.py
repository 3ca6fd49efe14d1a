"""A WebUI's own transformers, small and with random weights, as its `KModel` calls them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from types import SimpleNamespace
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

TEXT = 32  # channels of the texts here
CHANNELS = 4  # of the latents


def seeded(make: Callable[..., Any], **options: Any) -> Any:
    """A module whose random weights are the same every time, none of them zero. `options` that it has not are left out:
    one WebUI's class has more than another's of the same name."""
    torch.manual_seed(3)
    known = signature(make).parameters
    takes_all = any(one.kind is one.VAR_KEYWORD for one in known.values())
    module = make(**{name: value for name, value in options.items() if takes_all or name in known})
    module.eval().requires_grad_(False)
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


def klein_transformer(channels: int = CHANNELS, *, text: int = TEXT) -> Any:
    from backend.nn.flux import IntegratedFluxTransformer2DModel

    return seeded(
        IntegratedFluxTransformer2DModel,
        in_channels=channels,
        out_channels=channels,
        vec_in_dim=None,
        context_in_dim=text,
        hidden_size=32,
        mlp_ratio=3.0,
        num_heads=2,
        depth=2,
        depth_single_blocks=2,
        axes_dim=[4, 4, 4, 4],
        theta=2000,
        patch_size=1,
        qkv_bias=False,
        guidance_embed=False,
        txt_ids_dims=[3],
        global_modulation=True,
        mlp_silu_act=True,
        ops_bias=False,
        default_ref_method="index",
        ref_index_scale=10.0,
    )


def chroma_transformer() -> Any:
    from backend.nn.chroma import IntegratedChromaTransformer2DModel as Chroma

    common = {
        "vec_in_dim": TEXT,
        "context_in_dim": TEXT,
        "hidden_size": 32,
        "mlp_ratio": 2.0,
        "num_heads": 2,
        "depth": 2,
        "depth_single_blocks": 2,
        "axes_dim": [4, 6, 6],
        "theta": 10000,
        "qkv_bias": True,
    }
    if "guidance_out_dim" in signature(Chroma).parameters:  # Forge's
        guidance = {"guidance_out_dim": 32, "guidance_hidden_dim": 32, "guidance_n_layers": 1}
        return seeded(Chroma, in_channels=CHANNELS, **guidance, **common)
    guidance = {"in_dim": 64, "out_dim": 32, "hidden_dim": 32, "n_layers": 1, "patch_size": 2}
    channels = CHANNELS * 4
    return seeded(Chroma, in_channels=channels, out_channels=channels, txt_ids_dims=[], **guidance, **common)


def sd3_transformer(channels: int = CHANNELS, *, text: int = TEXT, vector: int = TEXT) -> Any:
    from backend.nn.mmditx import MMDiTX

    return seeded(
        MMDiTX,
        in_channels=channels,
        depth=2,
        mlp_ratio=2.0,
        adm_in_channels=vector,
        context_embedder_config={"target": "torch.nn.Linear", "params": {"in_features": text, "out_features": 128}},
        pos_embed_max_size=16,
        num_patches=256,
        qk_norm="rms",
        x_block_self_attn_layers=[0],
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


class _Spy(TorchFunctionMode):
    """What torch's own attention is given and gives."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Attended] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if func is scaled_dot_product_attention:
            mask = args[3] if len(args) > 3 else kwargs.get("attn_mask")
            self.calls.append(Attended(*(one.clone() for one in args[:3]), mask, out.clone()))
        return out


@dataclass(frozen=True)
class Tiny:
    """A model of the WebUI's. `code`: the module that attends. `time`: latents have an axis of it. `pads_to`: texts.

    patch: cells of the latent along one side of a position. edits: what the WebUI's parts tell each other where it
    edits pictures.
    alone: how many layers the image attends to itself in besides. takes_masks: whether the code's attention is given
    the mask, else torch's is.
    """

    name: str
    model: Any
    code: str
    time: bool = False
    pads_to: int = 1
    alone: int = 0
    takes_masks: bool = True
    patch: int = 2
    edits: str = ""

    @property
    def engine(self) -> Any:
        """As far as the extension looks at the WebUI's engine."""
        unet = SimpleNamespace(model=SimpleNamespace(diffusion_model=self.model), model_options={})
        return SimpleNamespace(forge_objects=SimpleNamespace(unet=unet), is_sd1=False, is_sdxl=False)

    @torch.no_grad()
    def call(self, latent: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """(rows, C, H, W) and (rows, T, C') → (rows, C, H, W), as `KModel.apply_model` calls it."""
        rows = len(latent)
        more: dict[str, Any] = {"control": None, "transformer_options": {}}
        if self.name in ("flux", "sd3"):
            more |= {"y": torch.ones(rows, TEXT)}
        if self.name == "flux":
            more |= {"guidance": torch.full((rows,), 3.5)}
        x = latent[:, :, None] if self.time else latent
        context = tokens[:, None] if self.name == "anima" else tokens
        out: torch.Tensor = self.model(x.clone(), torch.full((rows,), 0.5), context=context.clone(), **more)
        return out[:, :, 0] if self.time else out

    @contextmanager
    def seen(self) -> Iterator[list[Attended]]:
        """What attention is given and gives while the block runs."""
        if not self.takes_masks:
            with _Spy() as spy:
                yield spy.calls
            return
        module = sys.modules[self.code]
        original, calls = module.attention_function, []

        def asked(q: Any, k: Any, v: Any, heads: int, mask: Any = None, **keywords: Any) -> Any:
            out = original(q, k, v, heads, mask, **keywords)
            if not keywords.get("skip_reshape"):
                q, k, v = (one.unflatten(-1, (heads, -1)).transpose(1, 2) for one in (q, k, v))
            parts = out.unflatten(-1, (heads, -1)).transpose(1, 2)
            calls.append(Attended(*(one.clone() for one in (q, k, v)), mask, parts.clone()))
            return out

        with attention_chosen(module, asked):
            yield calls


@contextmanager
def attention_chosen(module: Any, attend: Callable[..., Any]) -> Iterator[None]:
    """`attend` in the place of the attention that the module's code asks for."""
    original = module.attention_function
    module.attention_function = attend
    try:
        yield
    finally:
        module.attention_function = original


NEO: dict[str, Callable[[], Tiny]] = {
    "flux": lambda: Tiny("flux", flux_transformer(), "backend.nn.flux", edits="kontext"),
    "klein": lambda: Tiny("klein", klein_transformer(), "backend.nn.flux", patch=1, edits="klein"),
    "chroma": lambda: Tiny("chroma", chroma_transformer(), "backend.nn.flux"),
    "anima": lambda: Tiny("anima", anima_transformer(), "backend.nn.anima", time=True),
    "z_image": lambda: Tiny("z_image", lumina_transformer(8), "backend.nn.lumina", pads_to=8),
    "lumina2": lambda: Tiny("lumina2", lumina_transformer(None), "backend.nn.lumina"),
    "qwen_image": lambda: Tiny("qwen_image", qwen_transformer(), "backend.nn.qwen", time=True),
}
FORGE: dict[str, Callable[[], Tiny]] = {
    "flux": lambda: Tiny("flux", flux_transformer(), "backend.nn.flux", takes_masks=False),
    "chroma": lambda: Tiny("chroma", chroma_transformer(), "backend.nn.flux", takes_masks=False),
    "sd3": lambda: Tiny("sd3", sd3_transformer(), "backend.nn.mmditx", alone=1, takes_masks=False),
}
MODELS = {"Neo": NEO, "Forge": FORGE}
