"""Pictures without a face, so that a wall taken for one shows no emotion.

The face finder errs now and then; what it then hands on are plain walls, curtains, shelves,
foliage. Such textures are drawn here: noise whose power falls with frequency as in pictures of
the world (Field, 1987), stripes, edges and boxes, at any brightness and contrast.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SIZE = 48


def non_faces(n: int) -> Tensor:
    """Return textures ``(n, 48, 48)`` uint8, drawn with torch's global generator."""
    kind = torch.rand(n, 1, 1)
    x = _noise(n)
    x = torch.where(kind < 0.2, _stripes(n) + 0.3 * x, x)
    x = torch.where((kind >= 0.2) & (kind < 0.5), _boxes(n) + 0.2 * x, x)
    contrast = 90 * torch.rand(n, 1, 1) ** 2
    return (x * contrast + torch.rand(n, 1, 1) * 255).clamp(0, 255).byte()


def _noise(n: int) -> Tensor:
    """Noise of unit deviation; power falls as frequency to the minus 0 to 4."""
    spectrum = torch.fft.rfft2(torch.randn(n, SIZE, SIZE))
    rows, columns = torch.fft.fftfreq(SIZE)[:, None], torch.fft.rfftfreq(SIZE)[None]
    frequency = torch.hypot(rows, columns).clamp(min=1 / SIZE)
    amplitude = frequency[None] ** (-2 * torch.rand(n, 1, 1))
    x = torch.fft.irfft2(spectrum * amplitude, s=(SIZE, SIZE))
    x = x - x.mean((1, 2), keepdim=True)
    scaled: Tensor = x / x.std((1, 2), keepdim=True).clamp(min=1e-6)
    return scaled


def _stripes(n: int) -> Tensor:
    """Waves of any direction and 1 to 12 periods, some with hard edges."""
    place = torch.linspace(0, 1, SIZE)
    angle = torch.rand(n, 1, 1) * math.pi
    along = place[None, :, None] * angle.sin() + place[None, None, :] * angle.cos()
    waves = torch.sin(2 * math.pi * (along * (1 + 11 * torch.rand(n, 1, 1)) + torch.rand(n, 1, 1)))
    return torch.where(torch.rand(n, 1, 1) < 0.5, waves, waves.sign())


def _boxes(n: int, most: int = 6) -> Tensor:
    """Up to `most` rectangles over one another, and half-planes where they reach out."""
    place = torch.arange(SIZE)
    x = torch.zeros(n, SIZE, SIZE)
    for _ in range(most):
        centre, half = torch.rand(2, n, 1) * SIZE, torch.rand(2, n, 1) * 0.5 * SIZE
        rows = (place - centre[0]).abs() < half[0]
        columns = (place - centre[1]).abs() < half[1]
        inside = rows[:, :, None] & columns[:, None, :] & (torch.rand(n, 1, 1) < 0.7)
        x = torch.where(inside, torch.randn(n, 1, 1), x)
    return x
