"""The three networks of an SD1 pipeline, wider and deeper, with the same outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from widening.channels import copies, heads, query_gain, sinusoids
from widening.state import Rule, load_widened

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

WIDE_GROUPS = 32  # of every group norm in the code of the WebUIs
SD1_LATENT_SCALE = 0.18215  # latents of a host = encoder's mean × this


def widen_unet(unet: UNet2DConditionModel, *, width: int, wide_heads: int, context: int) -> UNet2DConditionModel:
    """The UNet with `width` channels at its top level, `wide_heads` heads and a conditioning `context` wide.

    The conditioning it takes is the narrow one with every channel repeated. Raises ValueError when `width` or
    `context` is no multiple, or the UNet's group norms have not 32 groups.
    """
    config = unet.config
    times = _multiple(width, config.block_out_channels[0])
    context_times = _multiple(context, config.cross_attention_dim)
    if config.norm_num_groups != WIDE_GROUPS:
        raise ValueError(f"the UNet has {config.norm_num_groups} norm groups and not {WIDE_GROUPS}")
    wide = type(unet).from_config(
        config,
        block_out_channels=[times * channels for channels in config.block_out_channels],
        attention_head_dim=wide_heads,  # in SD1's configuration this is the number of heads
        cross_attention_dim=context,
    )
    body, prompt = copies(times), copies(context_times)
    split = {"narrow_heads": config.attention_head_dim, "wide_heads": wide_heads}
    inner, gain = heads(times, **split), query_gain(times, **split)

    def rule(name: str) -> Rule:  # noqa: PLR0911 - one line a kind of tensor
        if name == "time_embedding.linear_1.weight":
            return Rule(body, sinusoids(times))
        if name == "conv_in.weight":
            return Rule(body)
        if name.startswith("conv_out."):
            return Rule(None, body)
        if ".to_q." in name:
            return Rule(inner, body, gain)
        if ".to_k." in name or ".to_v." in name:
            return Rule(inner, prompt if ".attn2." in name else body)
        if name.endswith(".to_out.0.weight"):
            return Rule(body, inner)
        return Rule(body, body)

    load_widened(wide, unet.state_dict(), rule)
    return wide.eval()


def widen_text_encoder(encoder: CLIPTextModel, *, width: int, wide_heads: int, layers: int) -> CLIPTextModel:
    """The text encoder `width` wide with `layers` layers; its output is the narrow one, every channel repeated.

    The layers that are added do nothing, so CLIP skip does nothing either. Raises ValueError when `width` is no
    multiple.
    """
    config = encoder.config
    times = _multiple(width, config.hidden_size)
    wide = type(encoder)(
        type(config).from_dict(
            {
                **config.to_dict(),
                "hidden_size": width,
                "projection_dim": width,
                "intermediate_size": times * config.intermediate_size,
                "num_attention_heads": wide_heads,
                "num_hidden_layers": layers,
            }
        )
    )
    body = copies(times)
    split = {"narrow_heads": config.num_attention_heads, "wide_heads": wide_heads}
    inner, gain = heads(times, **split), query_gain(times, **split)

    def rule(name: str) -> Rule:
        if "_embedding.weight" in name:
            return Rule(None, body, times)  # a table's columns are produced: the gain takes the division back
        if ".q_proj." in name:
            return Rule(inner, body, gain)
        if ".k_proj." in name or ".v_proj." in name:
            return Rule(inner, body)
        if name.endswith(".out_proj.weight"):
            return Rule(body, inner)
        return Rule(body, body)

    load_widened(wide, encoder.state_dict(), rule)
    return wide.eval()


def widen_vae(vae: AutoencoderKL, *, width: int, resnets: int) -> AutoencoderKL:
    """The VAE with `width` channels at its top level, 32 norm groups and `resnets` resnets a block of the encoder.

    Its latents are those of `vae` for a host that scales by 0.18215. Raises ValueError when `width` is no multiple.
    """
    config = vae.config
    times = _multiple(width, config.block_out_channels[0])
    wide = type(vae).from_config(
        config,
        block_out_channels=[times * channels for channels in config.block_out_channels],
        norm_num_groups=WIDE_GROUPS,
        layers_per_block=resnets,
        scaling_factor=SD1_LATENT_SCALE,
    )
    body = copies(times, groups=config.norm_num_groups, wide_groups=WIDE_GROUPS)
    one_head = {"narrow_heads": 1, "wide_heads": 1}
    inner, gain = heads(times, **one_head), query_gain(times, **one_head)

    def rule(name: str) -> Rule:  # noqa: PLR0911 - one line a kind of tensor
        if "quant_conv." in name:
            return Rule()
        if "coder.conv_in." in name:
            return Rule(body)
        if "coder.conv_out." in name:
            return Rule(None, body)
        if ".to_q." in name:
            return Rule(inner, body, gain)
        if ".to_k." in name or ".to_v." in name:
            return Rule(inner, body)
        if name.endswith(".to_out.0.weight"):
            return Rule(body, inner)
        return Rule(body, body)

    load_widened(wide, vae.state_dict(), rule)
    _fold_scale(wide, config.scaling_factor / SD1_LATENT_SCALE)
    return wide.eval()


@torch.no_grad()
def _fold_scale(vae: AutoencoderKL, factor: float) -> None:
    """Multiply the latents of the encoder by `factor`, and let the decoder divide by it."""
    channels = vae.config.latent_channels
    encoder, decoder = vae.quant_conv, vae.post_quant_conv
    encoder.weight[:channels] *= factor
    encoder.bias[:channels] *= factor
    encoder.bias[channels:] += 2 * torch.tensor(factor).log()  # the log of the variance
    decoder.weight /= factor


def _multiple(wide: int, narrow: int) -> int:
    times, rest = divmod(wide, narrow)
    if rest or not times:
        raise ValueError(f"{wide} is no multiple of {narrow}")
    return times
