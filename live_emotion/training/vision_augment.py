"""Faces as a webcam might show them: a whole batch changed at once.

Grey training faces go in, RGB faces come out, since a camera is not grey: colour here is a tint
that differs by brightness, as skin, lamp and white balance make it.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional as F

TURNED = 0.5
ROUGH = 0.4
TINTED = 0.4


def to_rgb(grey: Tensor) -> Tensor:
    """Return ``(n, 3, 48, 48)`` float 0..1 of grey faces ``(n, 48, 48)`` uint8, unchanged."""
    return (grey.float() / 255)[:, None].expand(-1, 3, -1, -1).contiguous()


def augment(grey: Tensor, strength: float = 1.0) -> Tensor:
    """Return changed copies of faces.

    Every face may be flipped, shifted by whole pixels or partly covered, which leaves it as
    sharp as it was; half are also turned, scaled and resampled; `ROUGH` of them go through a
    poor camera. So the network sees faces as they are as often as faces as they might be.

    Parameters
    ----------
    grey
        ``(n, 48, 48)`` uint8.
    strength
        1 for training; smaller keeps closer to the original.

    Returns
    -------
    Tensor
        ``(n, 3, 48, 48)`` float 0..1.
    """
    x = (grey.float() / 255)[:, None]
    x = _move(x, strength)
    x = _occlude(x, 0.15 * strength)
    rough = torch.nonzero(torch.rand(len(x), device=x.device) < ROUGH)[:, 0]
    if len(rough):
        y = _light(x[rough], strength)
        y = _blur(y, 0.4 * strength)
        x[rough] = _jpeg(y, 0.4 * strength)
    x = _tint(x, TINTED)
    if len(rough):
        x[rough] = _noise(x[rough], 0.4 * strength)
    return x.clamp(0, 1)


def _chance(x: Tensor, share: float) -> Tensor:
    """Return ``(n, 1, 1, 1)`` bool, true for about `share` of the rows."""
    return torch.rand(len(x), 1, 1, 1, device=x.device) < share


def _uniform(x: Tensor, low: float, high: float, channels: int = 1) -> Tensor:
    """Return ``(n, channels, 1, 1)`` uniform numbers."""
    return torch.rand(len(x), channels, 1, 1, device=x.device) * (high - low) + low


def _move(x: Tensor, strength: float) -> Tensor:
    """Flip and shift by up to 3 whole pixels; turn, scale, stretch and shift `TURNED` of them."""
    n, size, device = len(x), x.shape[-1], x.device
    turned = (torch.rand(n, device=device) < TURNED).float()

    def spread(width: float) -> Tensor:
        return (torch.rand(n, device=device) * 2 - 1) * width * strength

    angle = spread(math.radians(18)) * turned
    zoom = torch.exp(spread(0.18) * turned)
    stretch = torch.exp(spread(0.07) * turned)
    shift = torch.stack((spread(3.4), spread(3.4)), dim=1)
    # Whole pixels leave a face that is not turned as sharp as it was.
    shift = torch.where(turned[:, None] > 0, shift, shift.round()) * 2 / size
    flip = torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0)
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    affine = torch.stack(
        (
            torch.stack((flip * cos * stretch, -sin, shift[:, 0]), dim=1),
            torch.stack((flip * sin * stretch, cos, shift[:, 1]), dim=1),
        ),
        dim=1,
    )
    grid = F.affine_grid(affine, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def _light(x: Tensor, strength: float) -> Tensor:
    """Change gamma, contrast and brightness, and let light fall from one side."""
    gamma = torch.exp(_uniform(x, -0.45, 0.45) * strength)
    x = x.clamp(1e-4, 1) ** gamma
    mean = x.mean((2, 3), keepdim=True)
    x = (x - mean) * torch.exp(_uniform(x, -0.5, 0.35) * strength) + mean
    x = x * torch.exp(_uniform(x, -0.6, 0.45) * strength)
    ramp = torch.linspace(-1, 1, x.shape[-1], device=x.device)
    slope = _uniform(x, -0.4, 0.4) * ramp[None, None, None, :]
    slope = slope + _uniform(x, -0.25, 0.25) * ramp[None, None, :, None]
    x = torch.where(_chance(x, 0.4 * strength), x * torch.exp(slope), x)
    return x.clamp(0, 1)


def _occlude(x: Tensor, share: float) -> Tensor:
    """Cover a rectangle (a hand, hair, a cup) with a plain shade."""
    size = x.shape[-1]
    places = torch.arange(size, device=x.device)
    high, wide = _uniform(x, 0.1, 0.35) * size, _uniform(x, 0.1, 0.4) * size
    top, left = _uniform(x, -0.1, 0.9) * size, _uniform(x, -0.1, 0.9) * size
    rows = places[None, None, :, None]
    columns = places[None, None, None, :]
    inside = (rows >= top) & (rows < top + high) & (columns >= left) & (columns < left + wide)
    return torch.where(inside & _chance(x, share), _uniform(x, 0, 1).expand_as(x), x)


def _blur(x: Tensor, share: float) -> Tensor:
    """Blur by a Gaussian of 0.3 to 1.3 pixels."""
    sigma = torch.where(
        _chance(x, share), _uniform(x, 0.3, 1.3), torch.full_like(x[:, :, :1, :1], 1e-2)
    )
    taps = torch.arange(-2, 3, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-(taps**2) / (2 * sigma[:, :, 0] ** 2))
    kernel = kernel / kernel.sum(dim=-1, keepdim=True)
    n = len(x)
    rows = F.pad(x, (2, 2, 2, 2), mode="reflect").transpose(0, 1)
    rows = F.conv2d(rows, kernel[:, :, None, :], groups=n)
    return F.conv2d(rows, kernel[:, :, :, None], groups=n).transpose(0, 1)


@functools.cache
def _dct_tables() -> tuple[Tensor, Tensor]:
    """Return the 8-point DCT matrix and a step per frequency, rising as in JPEG's table."""
    k = torch.arange(8.0)
    matrix = torch.cos(math.pi / 8 * (k[None, :] + 0.5) * k[:, None]) * 0.5
    matrix[0] *= math.sqrt(0.5)
    steps = (10 + 7 * (k[:, None] + k[None, :])) / 255
    return matrix, steps


def _jpeg(x: Tensor, share: float) -> Tensor:
    """Quantise blocks of 8x8 in the frequency domain, as JPEG of low quality does."""
    matrix, steps = (t.to(x.device) for t in _dct_tables())
    n, _, high, wide = x.shape
    blocks = x.reshape(n, high // 8, 8, wide // 8, 8).transpose(2, 3)
    steps = steps * torch.exp(_uniform(x, -1.2, 0.4))[..., None]
    coefficients = matrix @ (blocks - 0.5) @ matrix.T
    coefficients = (coefficients / steps).round() * steps
    lossy = (matrix.T @ coefficients @ matrix + 0.5).transpose(2, 3).reshape(x.shape)
    return torch.where(_chance(x, share), lossy, x)


def _tint(x: Tensor, share: float) -> Tensor:
    """Give a share of the faces colour; the rest stays grey on three equal channels."""
    # Red above green above blue, as skin of any shade shows it, then any white balance.
    skin = torch.tensor([1.0, 0.0, -1.0], device=x.device)[None, :, None, None]
    gain = torch.exp(skin * _uniform(x, 0.0, 0.35) + _uniform(x, -0.12, 0.12, 3))
    curve = torch.exp(_uniform(x, -0.2, 0.2, 3))
    coloured = x.clamp(1e-4, 1) ** curve * gain
    # Keep the brightness, so that colour says nothing about light.
    grey_of = (coloured * coloured.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(
        1, keepdim=True
    )
    coloured = coloured * (
        (x.mean((2, 3), keepdim=True) + 1e-3) / (grey_of.mean((2, 3), keepdim=True) + 1e-3)
    )
    return torch.where(_chance(x, share), coloured, x.expand(-1, 3, -1, -1))


def _noise(x: Tensor, share: float) -> Tensor:
    """Add a sensor's noise of up to 0.04, the same or not in the three channels."""
    sigma = torch.where(
        _chance(x, share), _uniform(x, 0.0, 0.04), torch.zeros_like(x[:, :1, :1, :1])
    )
    colour = torch.where(_chance(x, 0.5), 1.0, 0.0)
    noise = torch.randn_like(x[:, :1]) + colour * 0.7 * torch.randn_like(x)
    return x + sigma * noise
