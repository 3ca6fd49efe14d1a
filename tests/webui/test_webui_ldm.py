"""The hooks on real transformer blocks of `ldm` (PyPI's stable-diffusion-sdkit), against the formulation as written."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ldm.modules import attention as ldm
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.hosts.cross_attention import cross_attention_layers
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, webui_layers
from lib_omost.methods.registry import METHODS

CHANNELS, HEADS, DIM, WIDTH = 32, 2, 16, 24
SIZES = {99: (11, 9), 30: (6, 5)}  # pixels of a layer → its height and width
SPANS = (Span(0, 7, (0, 90, 0, 90)), Span(7, 12, (10, 70, 0, 40)), Span(12, 20, (40, 42, 60, 62)))


class UNet(nn.Module):
    """Two resolutions of ldm's SpatialTransformer; halving rounds up."""

    def __init__(self) -> None:
        super().__init__()
        self.lift, self.lower = nn.Conv2d(4, CHANNELS, 1), nn.Conv2d(CHANNELS, 4, 1)
        arguments = {"context_dim": WIDTH, "use_checkpoint": False}
        self.blocks = nn.ModuleList(
            [ldm.SpatialTransformer(CHANNELS, HEADS, DIM, **arguments) for _ in SIZES],
        )

    def forward(self, x: torch.Tensor, timesteps: Any = None, context: Any = None) -> torch.Tensor:
        hidden = self.lift(x)
        for number, block in enumerate(self.blocks):
            if number:
                hidden = avg_pool2d(hidden, 2, ceil_mode=True)
            hidden = block(hidden, context)
        return self.lower(hidden)


@pytest.fixture
def unet() -> UNet:
    torch.manual_seed(3)
    net = UNet().eval().requires_grad_(False)
    for block in net.blocks:
        nn.init.normal_(block.proj_out.weight, std=0.1)  # ldm starts it at zero, which would hide everything
    return net


def denoiser_of(unet: UNet) -> WebUIDenoiser:
    return WebUIDenoiser(unet, webui_layers(cross_attention_layers(unet)))


def naive_forward(layer: Any, rows: list[int]) -> Any:
    """softmax(score · H·W / Σ mask, -∞ outside) v of `rows`, in float64, mask by mask; the layer's own for the rest."""

    def forward(x: torch.Tensor, context: torch.Tensor, mask: Any = None) -> torch.Tensor:
        out = type(layer).forward(layer, x, context, mask)
        height, width = SIZES[x.shape[1]]
        columns = []
        for span in SPANS:
            top, bottom, left, right = span.rect
            grid = torch.zeros(1, 1, 90, 90)
            grid[..., top:bottom, left:right] = 1
            small = interpolate(grid, (height, width), mode="nearest-exact").flatten()
            if not small.any():  # too small for this layer: the pixel at its centre
                row, column = (top + bottom) * height // 180, (left + right) * width // 180
                small[row * width + column] = 1
            columns += [small] * (span.stop - span.start)
        allowed = torch.stack(columns, dim=1).double()  # (H·W, T)
        query, key, value = (
            projection(tensor).unflatten(-1, (HEADS, DIM)).transpose(1, 2).double()
            for projection, tensor in ((layer.to_q, x), (layer.to_k, context), (layer.to_v, context))
        )
        scores = query @ key.transpose(-1, -2) * DIM**-0.5 * (height * width / allowed.sum(0))
        weights = scores.masked_fill(allowed == 0, -torch.inf).softmax(-1)
        steered = layer.to_out((weights @ value).transpose(1, 2).flatten(2).float())
        out[rows] = steered[rows]
        return out

    return forward


@pytest.mark.parametrize("rows", [[0, 1], [1, 3], [0, 1, 2, 3]], ids=str)
def test_steered_rows_follow_the_formulation_and_the_others_ldms_own_attention(unet: UNet, rows: list[int]) -> None:
    torch.manual_seed(4)
    canvas = torch.randn(20, WIDTH)
    context = torch.randn(4, 20, WIDTH)
    context[rows] = canvas
    x = torch.randn(4, 4, 11, 9)
    plain = unet(x, context=context)
    contexts = [RegionalContext(canvas, SPANS)]
    with regional_attention(denoiser_of(unet), contexts, METHODS["score"], height=11, width=9) as call:
        steered = unet(x, context=context)
    assert call.ever
    assert torch.equal(unet(x, context=context), plain)
    for _, layer in cross_attention_layers(unet):
        layer.__dict__["forward"] = naive_forward(layer, rows)
    expected = unet(x, context=context)
    error = (steered - expected).norm() / expected.norm()
    assert error < 1e-5
    assert (steered[rows] - plain[rows]).abs().max() > 1e-3
    others = [row for row in range(4) if row not in rows]
    assert torch.allclose(steered[others], plain[others], atol=1e-6)


def test_two_canvases_in_one_call_steer_their_own_rows(unet: UNet) -> None:
    torch.manual_seed(5)
    canvases = [torch.randn(20, WIDTH), torch.randn(20, WIDTH)]
    x, context = torch.randn(3, 4, 11, 9), torch.stack([canvases[1], torch.randn(20, WIDTH), canvases[0]])
    contexts = [RegionalContext(canvas, SPANS) for canvas in canvases]
    with regional_attention(denoiser_of(unet), contexts, METHODS["score"], height=11, width=9):
        together = unet(x, context=context)
        alone = torch.cat([unet(x[row : row + 1], context=context[row : row + 1]) for row in range(3)])
    assert torch.allclose(together, alone, atol=1e-5)
