"""The mini checkpoint in the sizes that a WebUI loads, with what that WebUI needs beside the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from widening.networks import widen_text_encoder, widen_unet, widen_vae

# What Forge builds whatever a checkpoint holds: SD1.5's own text encoder and VAE, and a UNet known by these widths.
SD1_WIDTH, SD1_HEADS, SD1_CONTEXT = 320, 8, 768
CLIP_HEADS, CLIP_LAYERS = 12, 12
VAE_WIDTH, VAE_RESNETS = 128, 2
CHECKPOINTS = ("models", "Stable-diffusion")  # in a WebUI's folder
NORM_GROUPS = 32  # fixed in A1111's code; the mini VAE has 4


def for_forge(pipeline: Any, output: Path) -> None:
    """Widen all three networks of `pipeline` to SD1.5's widths, in place, and write what Forge wants beside `output`.

    That is a .yaml of the same name, which says what the UNet predicts; Forge reads nothing else of it.
    """
    pipeline.unet = widen_unet(pipeline.unet, width=SD1_WIDTH, wide_heads=SD1_HEADS, context=SD1_CONTEXT)
    pipeline.text_encoder = widen_text_encoder(
        pipeline.text_encoder, width=SD1_CONTEXT, wide_heads=CLIP_HEADS, layers=CLIP_LAYERS
    )
    pipeline.vae = widen_vae(pipeline.vae, width=VAE_WIDTH, resnets=VAE_RESNETS)
    _write_config(_config(pipeline), output)


def found_from_a_webui(output: Path) -> str:
    """Where a WebUI, which runs in its own folder, finds the text encoder's folder beside `output`.

    That is what follows the WebUI's folder if `output` lies among its checkpoints, else where they belong.
    """
    parts = _text_encoder_beside(output).absolute().parts
    places = [place for place in range(len(parts)) if parts[place : place + 2] == CHECKPOINTS]
    return "/".join(parts[places[-1] :] if places else (*CHECKPOINTS, parts[-1]))


def for_a1111(pipeline: Any, output: Path, text_encoder: str) -> None:
    """Widen the VAE of `pipeline` in place, and write what A1111 wants beside `output`.

    That is a .yaml of the same name with the networks' sizes, and a folder with the text encoder's configuration and
    its vocabulary, which the .yaml names as `text_encoder`: A1111 reads that from the folder in which it runs.
    """
    config = pipeline.vae.config
    times = NORM_GROUPS // config.norm_num_groups
    pipeline.vae = widen_vae(pipeline.vae, width=times * config.block_out_channels[0], resnets=config.layers_per_block)
    _write_text_encoder(pipeline, _text_encoder_beside(output))
    _write_config(_config(pipeline, text_encoder), output)


def _text_encoder_beside(output: Path) -> Path:
    return output.with_name(f"{output.stem}-text-encoder")


def _write_config(config: dict[str, Any], output: Path) -> None:
    # JSON is YAML, and needs no package to write
    output.with_suffix(".yaml").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _parameterization(pipeline: Any) -> str:
    """What the UNet predicts, as CompVis/stable-diffusion names it."""
    return "v" if pipeline.scheduler.config.prediction_type == "v_prediction" else "eps"


def _write_text_encoder(pipeline: Any, folder: Path) -> None:
    from lib_omost.mini.tokenizer import CONTEXT_LENGTH, END, START, find_merges_file, read_merges, vocabulary

    folder.mkdir(parents=True, exist_ok=True)
    merges = read_merges(find_merges_file())
    pipeline.text_encoder.config.to_json_file(folder / "config.json")
    (folder / "vocab.json").write_text(json.dumps(vocabulary(merges), ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": CONTEXT_LENGTH,
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": END,
        "do_lower_case": True,
        "errors": "replace",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=2), encoding="utf-8")


def _config(pipeline: Any, text_encoder: str = "") -> dict[str, Any]:
    """The configuration of CompVis/stable-diffusion, by which A1111 builds a checkpoint's networks.

    text_encoder: its folder, as the WebUI finds it; without one SD1's own is meant.
    """
    unet, vae, scheduler = pipeline.unet.config, pipeline.vae.config, pipeline.scheduler.config
    model = {
        "linear_start": scheduler.beta_start,
        "linear_end": scheduler.beta_end,
        "timesteps": scheduler.num_train_timesteps,
        "parameterization": _parameterization(pipeline),
        "num_timesteps_cond": 1,
        "first_stage_key": "jpg",
        "cond_stage_key": "txt",
        "cond_stage_trainable": False,
        "conditioning_key": "crossattn",
        "image_size": unet.sample_size,
        "channels": unet.in_channels,
        "scale_factor": vae.scaling_factor,
        "use_ema": False,
        "unet_config": _unet_config(unet),
        "first_stage_config": _vae_config(vae),
        "cond_stage_config": {
            "target": "ldm.modules.encoders.modules.FrozenCLIPEmbedder",
            **({"params": {"version": text_encoder}} if text_encoder else {}),
        },
    }
    return {"model": {"target": "ldm.models.diffusion.ddpm.LatentDiffusion", "params": model}}


def _unet_config(unet: Any) -> dict[str, Any]:
    attends = ["CrossAttn" in kind for kind in unet.down_block_types]
    return {
        "target": "ldm.modules.diffusionmodules.openaimodel.UNetModel",
        "params": {
            "image_size": unet.sample_size,
            "in_channels": unet.in_channels,
            "out_channels": unet.out_channels,
            "model_channels": unet.block_out_channels[0],
            "attention_resolutions": [2**level for level, attention in enumerate(attends) if attention],
            "num_res_blocks": unet.layers_per_block,
            "channel_mult": _multiples(unet.block_out_channels),
            "num_heads": unet.attention_head_dim,
            "use_spatial_transformer": True,
            "transformer_depth": 1,
            "context_dim": unet.cross_attention_dim,
            "use_checkpoint": False,
            "legacy": False,
        },
    }


def _vae_config(vae: Any) -> dict[str, Any]:
    return {
        "target": "ldm.models.autoencoder.AutoencoderKL",
        "params": {
            "embed_dim": vae.latent_channels,
            "ddconfig": {
                "double_z": True,
                "z_channels": vae.latent_channels,
                "resolution": 256,
                "in_channels": vae.in_channels,
                "out_ch": vae.out_channels,
                "ch": vae.block_out_channels[0],
                "ch_mult": _multiples(vae.block_out_channels),
                "num_res_blocks": vae.layers_per_block,
                "attn_resolutions": [],
                "dropout": 0.0,
            },
            "lossconfig": {"target": "torch.nn.Identity"},
        },
    }


def _multiples(channels: Any) -> list[int]:
    return [int(one // channels[0]) for one in channels]
