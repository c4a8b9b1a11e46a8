"""A picture made small keeps its look, and tells exactly by how much it was scaled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from live_emotion.perception.faces.shrinking import shrunk


def blob(height: int, width: int, x: float, y: float) -> np.ndarray:
    """Return a picture with a soft spot around a point."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 30.0**2))
    return np.repeat((spot[:, :, None] * 250).astype(np.uint8), 3, axis=2)


@pytest.mark.parametrize(
    ("height", "width", "side"),
    [(720, 1280, 384), (721, 1283, 384), (480, 640, 384), (551, 551, 128), (301, 260, 128)],
)
def test_a_point_stays_where_the_scale_says(height: int, width: int, side: int) -> None:
    x, y = 0.7 * width, 0.4 * height
    small, scale = shrunk(blob(height, width, x, y), side / max(height, width), (side, side))
    assert small.shape == (1, 3, side, side)
    assert small.dtype == np.float32
    plane = small[0, 1]
    rows, columns = np.mgrid[:side, :side] + 0.5
    centre = [(columns * plane).sum() / plane.sum(), (rows * plane).sum() / plane.sum()]
    assert centre / scale == pytest.approx([x, y], abs=0.5)


@pytest.mark.parametrize(("height", "width"), [(720, 1280), (480, 640), (1080, 1920), (90, 120)])
def test_it_looks_like_the_mean_over_areas(height: int, width: int) -> None:
    rng = np.random.default_rng(7)
    rough = rng.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    image = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    ratio = 60 / max(height, width)
    h, w = round(height * ratio), round(width * ratio)
    small, _ = shrunk(image, ratio, (64, 64))
    mean = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA)
    assert np.abs(small[0, :, :h, :w].transpose(1, 2, 0) - mean).mean() < 4.0
    assert not small[:, :, h:].any()
    assert not small[:, :, :, w:].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (2, 3), (900, 1)])
def test_the_oddest_pictures_do_no_harm(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 200, np.uint8)
    small, scale = shrunk(image, 128 / max(shape), (128, 128))
    assert np.isfinite(scale).all()
    assert small.max() == 200.0
