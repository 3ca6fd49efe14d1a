"""Anima as one pipeline: diffusers has its parts, and puts them together in blocks without a word about each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from diffusers.image_processor import VaeImageProcessor
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image

from lib_omost.hosts.diffusers.shared.pipeline import left_out

StepEnd = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class AnimaOutput:
    """As other pipelines of diffusers answer."""

    images: list[Image.Image]


class AnimaModularPipeline(DiffusionPipeline):  # type: ignore[misc]  # diffusers is not typed
    """Text embeddings → pictures, by flow matching with a second call without the prompt.

    Source: diffusers' blocks of the same name, which this follows step by step.
    """

    def __init__(
        self,
        *,
        scheduler: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        t5_tokenizer: Any,
        text_conditioner: Any,
        transformer: Any,
    ) -> None:
        super().__init__()
        self.register_modules(
            scheduler=scheduler,
            vae=vae,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            t5_tokenizer=t5_tokenizer,
            text_conditioner=text_conditioner,
            transformer=transformer,
        )
        self.cell = 2 ** len(vae.temperal_downsample)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.cell)

    @torch.no_grad()
    def __call__(
        self,
        *,
        prompt_embeds: torch.Tensor,
        negative_prompt_embeds: torch.Tensor | None,
        guidance_scale: float,
        width: int,
        height: int,
        num_inference_steps: int,
        generator: list[torch.Generator],
        image: torch.Tensor | None = None,
        strength: float = 1.0,
        callback_on_step_end: StepEnd | None = None,
    ) -> AnimaOutput:
        """(rows, T, C) texts → `rows` pictures, from noise or from pictures (rows, 3, H, W), 0…1, noised to `strength`.

        `negative_prompt_embeds` is None where guidance is off.
        """
        device, dtype = self._execution_device, self.transformer.dtype
        self.scheduler.set_timesteps(
            sigmas=np.linspace(1.0, 1 / num_inference_steps, num_inference_steps), device=device
        )
        skipped = left_out(num_inference_steps, strength) if image is not None else 0
        timesteps = self.scheduler.timesteps[skipped * self.scheduler.order :]
        self.scheduler.set_begin_index(skipped * self.scheduler.order)
        shape = (len(prompt_embeds), self.transformer.config.in_channels, 1, height // self.cell, width // self.cell)
        latents = randn_tensor(shape, generator=generator, device=device, dtype=torch.float32)
        if image is not None:
            begun = self._encoded(image, width, height).to(latents)
            latents = self.scheduler.scale_noise(begun, timesteps[:1], latents)
        padding = latents.new_zeros(1, 1, height, width, dtype=dtype)

        def predicted(text: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
            share = timestep.expand(len(latents)).to(dtype) / self.scheduler.config.num_train_timesteps
            found: torch.Tensor = self.transformer(
                hidden_states=latents.to(dtype),
                timestep=share,
                encoder_hidden_states=text.to(dtype),
                padding_mask=padding,
                return_dict=False,
            )[0]
            return found

        for step, timestep in enumerate(self.progress_bar(timesteps)):
            noise = predicted(prompt_embeds, timestep)
            if negative_prompt_embeds is not None:
                without = predicted(negative_prompt_embeds, timestep)
                noise = without + guidance_scale * (noise - without)
            latents = self.scheduler.step(noise, timestep, latents, return_dict=False)[0]
            if callback_on_step_end is not None:
                callback_on_step_end(self, step, timestep, {})
        return AnimaOutput(self._decoded(latents))

    def _scales(self, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and deviation of the latent's channels, (1, C, 1, 1, 1) each."""
        config = self.vae.config
        mean, deviation = (
            torch.tensor(values).view(1, config.z_dim, 1, 1, 1).to(like)
            for values in (config.latents_mean, config.latents_std)
        )
        return mean, deviation

    def _encoded(self, image: torch.Tensor, width: int, height: int) -> torch.Tensor:
        pixels = self.image_processor.preprocess(image, height=height, width=width)[:, :, None]
        found = self.vae.encode(pixels.to(self._execution_device, self.vae.dtype)).latent_dist.mode()
        mean, deviation = self._scales(found)
        scaled: torch.Tensor = (found - mean) / deviation
        return scaled

    def _decoded(self, latents: torch.Tensor) -> list[Image.Image]:
        latents = latents.to(self.vae.dtype)
        mean, deviation = self._scales(latents)
        pixels = self.vae.decode(latents * deviation + mean, return_dict=False)[0][:, :, 0]
        images: list[Image.Image] = self.image_processor.postprocess(pixels, output_type="pil")
        return images
