"""InstanceDiffusion's layers in a UNet of diffusers (Wang et al. 2024, arXiv 2402.03290), and how they come into it.

Three parts, trained into SD1.5: `UniFusion`, whose tokens stand where GLIGEN's do; fusers, GLIGEN's gated
self-attention, in which pixels of one instance do not see those of another; ScaleU, which weights a decoder block's
features and the slowest waves of what its encoder block hands over. Of the ways to say where an instance is boxes and
their middle points are given, as the authors' settings for boxes have it; scribbles and masks hold what was learned
for none.

Published flat (`position_net.…`, `….fuser.…`, `scaleu_b_0`) and as three files (logtd/instance_diffusion on the hub).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.diffusers.shared.weights import read_tensors
from lib_omost.hosts.diffusers.trained.gligen_layers import FUSER, GATED, blocks_of, place_of, put_in
from lib_omost.reasons import reason

FILES = ("position_net.ckpt", "fusers.ckpt", "scaleu.ckpt")
_KINDS = ("null_position_feature", "null_point_feature", "null_scribble_feature", "null_polygon_feature")
_HINT = (
    f"a folder with {', '.join(FILES)} is needed, on the hub in logtd/instance_diffusion, beside an SD1.5 checkpoint"
)
_TEMPERATURE = 100.0


@dataclass(frozen=True)
class Instances:
    """What fusers are given: tokens (B, 4·N + S, C), boxes and points first, and which cells of the latent, row by row,
    each of the N instances has, (B, N, H·W)."""

    tokens: torch.Tensor
    inside: torch.Tensor

    def sight(self, pixels: int) -> torch.Tensor | None:
        """(B, Q, Q), whether one sees the other, Q = pixels + tokens; None for a layer that is smaller than the latent.

        A pixel sees those of its own instances, and one of none those of none. A token of a box or mask and the
        instance's pixels see each other; all other tokens are seen by all. In rows without an instance all is seen.
        """
        inside, count = self.inside, self.inside.shape[1]
        if inside.shape[2] != pixels or not bool(inside.any()):
            return None
        together = torch.einsum("bni,bnj->bij", inside, inside) > 0
        nowhere = inside.sum(1) == 0
        seen = inside.new_ones(len(inside), pixels + self.tokens.shape[1], pixels + self.tokens.shape[1]).bool()
        seen[:, :pixels, :pixels] = together | (nowhere[:, :, None] & nowhere[:, None, :])
        for kind in (0, 3):  # boxes and masks
            tokens = slice(pixels + kind * count, pixels + (kind + 1) * count)
            seen[:, tokens, :pixels] = inside > 0
            seen[:, :pixels, tokens] = inside.transpose(1, 2) > 0
        seen[~inside.flatten(1).any(1)] = True
        return seen


class UniFusion(nn.Module):
    """Boxes and phrases → tokens. The sizes of all parts are those of `tensors`, by the published names."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        kept = ("null_positive_feature", *_KINDS, "null_seg_feature", "pos_embedding")
        for name in kept:
            self.register_parameter(name, nn.Parameter(tensors[name].clone()))
        self.linears_list = nn.ModuleList()
        for number in range(len(_KINDS) + 1):
            layers: list[nn.Module] = []
            for place in (0, 2, 4):
                weight = tensors[f"linears_list.{number}.{place}.weight"]
                layers += [nn.Linear(weight.shape[1], weight.shape[0]), nn.SiLU()]
            self.linears_list.append(nn.Sequential(*layers[:-1]))
        linears = {name: one for name, one in tensors.items() if name.startswith("linears_list.")}
        self.linears_list.load_state_dict({name.removeprefix("linears_list."): one for name, one in linears.items()})

    def forward(
        self, boxes: torch.Tensor, masks: torch.Tensor, positive_embeddings: torch.Tensor, size: tuple[int, int]
    ) -> Instances:
        """boxes (B, N, 4), shares of the picture; masks (B, N), 1 where there is an instance; phrases (B, N, C).

        size: of the latent.
        """
        there = masks[..., None]
        middles = (boxes[..., :2] + boxes[..., 2:]) / 2
        known: list[torch.Tensor | None] = [waves(boxes, self._frequencies(4)), waves(middles, self._frequencies(2))]
        phrases = there * positive_embeddings + (1 - there) * self.get_parameter("null_positive_feature")
        tokens = []
        for linear, name, place in zip(self.linears_list, _KINDS, [*known, None, None], strict=False):
            none = self.get_parameter(name).expand(*masks.shape, -1)
            where = none if place is None else there * place + (1 - there) * none
            tokens.append(linear(torch.cat([phrases, where], -1)))
        picture = self.get_parameter("pos_embedding") + self.get_parameter("null_seg_feature")
        tokens.append(self.linears_list[-1](picture).expand(len(boxes), -1, -1))
        return Instances(torch.cat(tokens, 1), cells_of(boxes, masks, size))

    def _frequencies(self, coordinates: int) -> int:
        name = _KINDS[0] if coordinates == 4 else _KINDS[1]
        return len(self.get_parameter(name)) // (2 * coordinates)


def waves(places: torch.Tensor, frequencies: int) -> torch.Tensor:
    """(…, n) → (…, 2·n·frequencies): of each frequency the sines of all places, then the cosines."""
    speeds = _TEMPERATURE ** (torch.arange(frequencies, device=places.device, dtype=places.dtype) / frequencies)
    angles = speeds[:, None] * places[..., None, :]
    return torch.stack([angles.sin(), angles.cos()], -2).flatten(-3)


def cells_of(boxes: torch.Tensor, masks: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """(B, N, H·W): 1 where a box holds a cell's middle."""
    rows, columns = ((torch.arange(cells, device=boxes.device, dtype=boxes.dtype) + 0.5) / cells for cells in size)
    left, top, right, bottom = (one[..., None] for one in boxes.unbind(-1))
    down = (rows >= top) & (rows < bottom)
    across = (columns >= left) & (columns < right)
    return (down[..., :, None] & across[..., None, :]).flatten(2).to(boxes) * masks[..., None]


class ScaleU(nn.Module):
    """One a resnet of the decoder. b: (C,) of its features; s: (1,) of the slowest waves of the encoder's."""

    def __init__(self, b: torch.Tensor, s: torch.Tensor) -> None:
        super().__init__()
        self.b, self.s = nn.Parameter(b.clone()), nn.Parameter(s.clone())

    def forward(self, both: torch.Tensor) -> torch.Tensor:
        """(B, C + C', H, W), the features and then what the encoder handed over → the same, weighted."""
        features, handed = both[:, : len(self.b)], both[:, len(self.b) :]
        features = features * (self.b.tanh() + 1)[:, None, None]
        spectrum = torch.fft.fftshift(torch.fft.fft2(handed.float()), dim=(-2, -1))
        row, column = handed.shape[-2] // 2, handed.shape[-1] // 2
        weights = torch.ones(handed.shape[-2:], device=handed.device)
        weights[max(0, row - 1) : row + 1, max(0, column - 1) : column + 1] = self.s.tanh().float() + 1
        handed = torch.fft.ifft2(torch.fft.ifftshift(spectrum * weights, dim=(-2, -1))).real.to(handed)
        return torch.cat([features, handed], 1)


def has_instances(unet: Any) -> bool:
    """Whether a UNet has these layers."""
    return isinstance(getattr(unet, "position_net", None), UniFusion)


@contextmanager
def scaled(unet: Any) -> Iterator[None]:
    """ScaleU works within the block."""
    with ExitStack() as undo:
        for resnet, one in zip(_resnets(unet), unet.scale_u, strict=True):

            def before(_module: Any, given: tuple[Any, ...], scale: ScaleU = one) -> tuple[Any, ...]:
                return (scale(given[0]), *given[1:])

            undo.callback(resnet.register_forward_pre_hook(before).remove)
        yield


def add_instances_of(unet: Any, path: Path) -> None:
    """Give a UNet the layers of a folder of three files, or of one flat file.

    Raises BadInputError for what is none or for another kind of model, ModelError for what cannot be read.
    """
    try:
        tensors = _from_folder(path, unet) if path.is_dir() else _from_file(path)
    except OmostError:
        raise
    except Exception as error:  # whatever a damaged or missing file makes safetensors or torch raise
        raise ModelError(f"cannot read {path}: {reason(error)}", hint=_HINT) from error
    add_instances(unet, tensors, path.name)


def add_instances(unet: Any, tensors: Mapping[str, torch.Tensor], told: str) -> None:
    """The same, from tensors by their flat names, others among them; `told` is what they are called."""
    from diffusers.models.attention import GatedSelfAttentionDense

    class InstanceFuser(GatedSelfAttentionDense):  # type: ignore[misc]  # diffusers tells no types
        """GLIGEN's, with what pixels see."""

        def forward(self, x: torch.Tensor, objs: Instances) -> torch.Tensor:
            pixels = x.shape[1]
            both = self.norm1(torch.cat([x, self.linear(objs.tokens)], 1))
            seen = _attended(self.attn, both, objs.sight(pixels))[:, :pixels]
            x = x + self.alpha_attn.tanh() * seen
            grown: torch.Tensor = x + self.alpha_dense.tanh() * self.ff(self.norm2(x))
            return grown

    known = {place: one for name, one in tensors.items() if (place := place_of(name, unet)) is not None}
    own = {name.removeprefix("position_net."): one for name, one in known.items() if name.startswith("position_net.")}
    short = {name.removeprefix("model.diffusion_model."): one for name, one in tensors.items()}
    try:
        made: dict[str, nn.Module] = {"position_net": UniFusion(own)}
        width = own["linears_list.0.4.weight"].shape[0]
        for name, block in blocks_of(unet):
            heads, channels = block.attn1.heads, block.attn1.to_q.out_features
            fuser = InstanceFuser(channels, width, heads, channels // heads)
            of_fuser = f"{name}.{FUSER}."
            fuser.load_state_dict({key.removeprefix(of_fuser): one for key, one in known.items() if of_fuser in key})
            made[f"{name}.{FUSER}"] = fuser
        scales = [ScaleU(short[f"scaleu_b_{number}"], short[f"scaleu_s_{number}"]) for number in range(_count(unet))]
    except (LookupError, RuntimeError) as error:  # a tensor that lacks, or of another shape
        raise BadInputError(f"{told} does not fit this checkpoint: {reason(error)}", hint=_HINT) from error
    put_in(unet, {**made, "scale_u": nn.ModuleList(scales)})
    unet.register_to_config(attention_type=GATED)


def _attended(attn: Any, both: torch.Tensor, sight: torch.Tensor | None) -> torch.Tensor:
    """Self-attention of (B, Q, C), one sight for all heads."""
    query, key, value = (
        project(both).unflatten(-1, (attn.heads, -1)).transpose(1, 2) for project in (attn.to_q, attn.to_k, attn.to_v)
    )
    mask = None if sight is None else sight[:, None]
    out = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    hidden = out.transpose(1, 2).flatten(2)
    for part in attn.to_out:
        hidden = part(hidden)
    return hidden


def _resnets(unet: Any) -> list[Any]:
    return [resnet for block in unet.up_blocks for resnet in block.resnets]


def _count(unet: Any) -> int:
    return len(_resnets(unet))


def _from_file(file: Path) -> Mapping[str, torch.Tensor]:
    found: Mapping[str, Any] = read_tensors(file)
    return next((found[name] for name in ("ema", "model") if isinstance(found.get(name), dict)), found)


def _from_folder(folder: Path, unet: Any) -> dict[str, torch.Tensor]:
    """Flat names: fusers stand in the files in the order of the UNet's blocks."""
    positions, fusers, scales = (read_tensors(folder / name) for name in FILES)
    tensors = {f"position_net.{name}": one for name, one in positions.items()}
    sides: Any = [fusers[side] for side in ("input_blocks", "middle_block", "output_blocks")]
    states = [one["state"] for side in sides for one in side.values()]
    for (name, _), state in zip(blocks_of(unet), states, strict=False):
        tensors |= {f"{name}.{FUSER}.{key}": one for key, one in state.items()}
    for number, one in scales.items():
        own: Any = one
        tensors |= {f"scaleu_b_{number}": own["scaleu_b"], f"scaleu_s_{number}": own["scaleu_s"]}
    return tensors
