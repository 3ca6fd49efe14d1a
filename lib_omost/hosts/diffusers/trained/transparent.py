"""LayerDiffuse's two files for SDXL: what makes a UNet draw on nothing, and what reads alpha from a latent.

The first holds differences of the UNet's weights by diffusers' names. The second is a UNet over the decoded pixels that
is given the latent where it is as small: (B, 3, H, W) in 0…1 and (B, 4, H/8, W/8) → (B, 4, H, W), alpha first. After
Zhang and Agrawala 2024 (Transparent Image Layer Diffusion using Latent Transparency, arXiv 2402.17113), with the names
of the published files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.diffusers.shared.weights import read_tensors
from lib_omost.reasons import reason

WHERE = "on the hub in lllyasviel/LayerDiffuse_Diffusers"
ATTENTION, DECODER = "ld_diffusers_sdxl_attn.safetensors", "ld_diffusers_sdxl_vae_transparent_decoder.safetensors"
_LATENT_AT = 3  # the block whose input is as small as the latent: an eighth
_GROUPS, _HEAD, _RESNETS = 4, 8, 2
_PLAIN = 4  # blocks without attention, from the outside


class AlphaDecoder(nn.Module):
    """The second file's network. widths: channels of each block from the outside, halved in size between them."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        from diffusers.models.unets.unet_2d_blocks import UNetMidBlock2D, get_down_block, get_up_block

        shared: dict[str, Any] = {"temb_channels": None, "resnet_eps": 1e-5, "resnet_act_fn": "silu"}
        shared |= {"resnet_groups": _GROUPS, "attention_head_dim": _HEAD}
        before = [widths[0], *widths[:-1]]  # the block outside of each
        last = len(widths) - 1
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.latent_conv_in = nn.Conv2d(4, widths[_LATENT_AT - 1], 1)
        self.down_blocks = nn.ModuleList(
            get_down_block(
                "DownBlock2D" if place < _PLAIN else "AttnDownBlock2D",
                num_layers=_RESNETS,
                in_channels=before[place],
                out_channels=width,
                add_downsample=place < last,
                downsample_padding=1,
                downsample_type="conv",
                **shared,
            )
            for place, width in enumerate(widths)
        )
        self.mid_block = UNetMidBlock2D(in_channels=widths[-1], **shared)
        self.up_blocks = nn.ModuleList(
            get_up_block(
                "UpBlock2D" if place < _PLAIN else "AttnUpBlock2D",
                num_layers=_RESNETS + 1,
                in_channels=before[place],
                out_channels=widths[place],
                prev_output_channel=widths[min(place + 1, last)],
                add_upsample=place > 0,
                upsample_type="conv",
                **shared,
            )
            for place in reversed(range(len(widths)))
        )
        self.conv_norm_out = nn.GroupNorm(_GROUPS, widths[0], eps=1e-5)
        self.conv_out = nn.Conv2d(widths[0], 4, 3, padding=1)

    def forward(self, pixels: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W), (B, 4, H/8, W/8) → (B, 4, H, W); H and W multiples of 64."""
        hidden = self.conv_in(pixels)
        skipped = [hidden]
        for place, block in enumerate(self.down_blocks):
            if place == _LATENT_AT:
                hidden = hidden + self.latent_conv_in(latent)
            hidden, more = block(hidden, None)
            skipped += more
        hidden = self.mid_block(hidden, None)
        for block in self.up_blocks:
            count = _RESNETS + 1
            hidden = block(hidden, tuple(skipped[-count:]), None)
            del skipped[-count:]
        out: torch.Tensor = self.conv_out(nn.functional.silu(self.conv_norm_out(hidden)))
        return out

    @torch.no_grad()
    def read(self, pixels: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
        """The same in 0…1, the middle of eight views of the picture: turned by quarters, and mirrored."""
        views = []
        for turn in range(4):
            for mirrored in (False, True):
                seen = [torch.rot90(one.flip(3) if mirrored else one, turn, (2, 3)) for one in (pixels, latent)]
                out = torch.rot90(self(*seen).clamp(0, 1), -turn, (2, 3))
                views.append(out.flip(3) if mirrored else out)
        return torch.stack(views).median(0).values


def load_decoder(file: Path, device: torch.device) -> AlphaDecoder:
    """From its file, in single precision. Raises BadInputError for another thing, ModelError for a damaged one."""
    tensors = _read(file, "the decoder")
    widths: list[int] = []
    while (name := f"down_blocks.{len(widths)}.resnets.0.conv1.weight") in tensors:
        widths.append(tensors[name].shape[0])
    try:
        decoder = AlphaDecoder(widths)
        decoder.load_state_dict({name: one.float() for name, one in tensors.items()})
    except (LookupError, ValueError, RuntimeError) as error:  # tensors that lack, or of other shapes
        raise BadInputError(
            f"{file.name} is no decoder of transparent layers: {reason(error)}", hint=f"{DECODER} is, {WHERE}"
        ) from error
    return decoder.eval().to(device)


def load_changes(unet: Any, file: Path) -> Mapping[str, torch.Tensor]:
    """What the UNet's weights are changed by to draw on nothing, by their names.

    Raises BadInputError for a file of another thing or another kind of model, ModelError for a damaged one.
    """
    changes = _read(file, "the differences of attention")
    known: Mapping[str, nn.Parameter] = dict(unet.named_parameters())
    fits = [name for name, one in changes.items() if name in known and known[name].shape == one.shape]
    if not changes or len(fits) < len(changes):
        raise BadInputError(
            f"{file.name} does not fit this checkpoint: {len(changes) - len(fits)} of {len(changes)} of its tensors",
            hint=f"{ATTENTION} is for SDXL, {WHERE}; files that WebUIs use have other names in them",
        )
    return changes


@contextmanager
def drawing_on_nothing(unet: Any, changes: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """The UNet draws on nothing within the block; then it has the very weights that it had."""
    known: Mapping[str, nn.Parameter] = dict(unet.named_parameters())
    before = {name: known[name].data for name in changes}
    try:
        for name, change in changes.items():
            known[name].data = before[name] + change.to(before[name])
        yield
    finally:
        for name, weight in before.items():
            known[name].data = weight


def _read(file: Path, what: str) -> Mapping[str, torch.Tensor]:
    try:
        return read_tensors(file)
    except OmostError:
        raise
    except Exception as error:  # whatever a damaged or missing file makes safetensors or torch raise
        raise ModelError(
            f"cannot read {what} of transparent layers, {file}: {reason(error)}",
            hint="the file may be missing or damaged",
        ) from error
