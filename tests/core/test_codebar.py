"""Numbers in pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core import codebar


@given(st.integers(0, codebar.MOST))
def test_a_number_is_read_as_it_was_painted(value: int) -> None:
    image = np.full((40, 400, 3), 90, np.uint8)
    codebar.paint(image, value, side=4, top=8, left=20)
    assert codebar.read(image, side=4, top=8, left=20) == value


def test_a_number_survives_jpeg() -> None:
    rng = np.random.default_rng(0)
    for value in (0, 1, 123_456_789, codebar.MOST):
        image = rng.integers(0, 256, (480, 640, 3)).astype(np.uint8)
        codebar.paint(image, value, side=16)
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        assert codebar.read(cv2.imdecode(coded, cv2.IMREAD_COLOR), side=16) == value


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_holds_no_number(level: int) -> None:
    assert codebar.read(np.full((40, 400, 3), level, np.uint8), side=4) is None


def test_a_half_painted_bar_is_none() -> None:
    image = np.zeros((8, 400), np.uint8)
    codebar.paint(image, 0xDEADBEEF, side=4)
    image[:, 80:] = 0
    assert codebar.read(image, side=4) is None


def test_a_small_picture_holds_no_number() -> None:
    assert codebar.read(np.zeros((10, 60, 3), np.uint8), side=16) is None
