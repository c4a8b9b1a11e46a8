from __future__ import annotations

import cv2
import numpy as np
import pytest

from live_emotion.dashboard.scaled import scaled_down


def smooth(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 23.0 + k) + np.cos(y / 31.0 - k) for k in range(3)]
    return np.asarray(np.stack(waves, axis=2) * 60 + 127, np.uint8)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [((640, 480), (500, 375)), ((1280, 720), (620, 349)), ((1921, 1081), (311, 175))],
)
def test_it_looks_like_an_average_over_areas(
    given: tuple[int, int], wanted: tuple[int, int]
) -> None:
    image = smooth(*given)
    small = scaled_down(image, *wanted)
    assert small.shape == (wanted[1], wanted[0], 3)
    assert small.flags.c_contiguous and small.dtype == np.uint8
    right = cv2.resize(image, wanted, interpolation=cv2.INTER_AREA)
    apart = np.abs(small.astype(int) - right)
    # A row left out moves the picture by a part of a pixel.
    assert apart.max() <= 10 and apart.mean() < 1.5


def test_fine_stripes_become_grey() -> None:
    stripes = np.zeros((480, 640, 3), np.uint8)
    stripes[:, ::2] = 200
    small = scaled_down(stripes, 160, 120)
    assert np.abs(small.astype(int) - 100).max() <= 1


@pytest.mark.parametrize("size", [(640, 480), (700, 480), (2000, 2000)])
def test_nothing_is_made_larger(size: tuple[int, int]) -> None:
    image = smooth(640, 480)
    assert np.array_equal(scaled_down(image, *size), image)


def test_thin_pictures_keep_a_pixel() -> None:
    assert scaled_down(smooth(640, 2), 100, 1).shape == (1, 100, 3)
