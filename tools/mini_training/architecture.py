"""The three networks of the mini checkpoint: SD1's, an order of magnitude smaller in every direction."""

from __future__ import annotations

from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from lib_omost.mini.scenes import SIZE
from lib_omost.mini.tokenizer import CONTEXT_LENGTH

NOISE = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
_CONTEXT = 128
LATENT = SIZE // 8


def build_vae() -> AutoencoderKL:
    """8× smaller pictures of 4 channels; 1.0 M parameters. No scaling: the latents will be whitened instead.

    Its widths and groups are an eighth and a quarter of SD1's, so that `widening` can make it SD1's own.
    """
    return AutoencoderKL(
        block_out_channels=(16, 32, 64, 64),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=4,
        sample_size=SIZE,
        scaling_factor=1.0,
    )


def build_unet() -> UNet2DConditionModel:
    """14.8 M parameters, most of them where the picture is 4 × 4 and 2 × 2, where they cost little.

    Two channels a group at the top level: one channel a group would be instance norm, which erases the picture's mean,
    and backgrounds would come out at random.
    """
    return UNet2DConditionModel(
        sample_size=LATENT,
        block_out_channels=(64, 128, 192, 192),
        layers_per_block=1,
        attention_head_dim=4,
        norm_num_groups=32,
        cross_attention_dim=_CONTEXT,
    )


def build_text_encoder(vocabulary: int, end: int) -> CLIPTextModel:
    """CLIP's text encoder with `vocabulary` tokens, of which `end` ends a text; 0.4 M parameters and its tokens."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=_CONTEXT,
            projection_dim=_CONTEXT,
            intermediate_size=4 * _CONTEXT,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=CONTEXT_LENGTH,
            bos_token_id=end - 1,  # the start token's id is one below in CLIP's vocabulary and in every part of it
            eos_token_id=end,
            pad_token_id=end,
        )
    )


def build_scheduler() -> DPMSolverMultistepScheduler:
    """DPM++ 2M Karras on SD1.5's noise schedule, for a network that predicts v."""
    return DPMSolverMultistepScheduler(
        **NOISE,
        prediction_type="v_prediction",
        algorithm_type="dpmsolver++",
        solver_order=2,
        use_karras_sigmas=True,
        steps_offset=1,
    )
