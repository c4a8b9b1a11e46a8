from __future__ import annotations

import numpy as np
import pytest

from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.training.vision_changes import CHANGES, changed, found_again, in_picture


@pytest.fixture
def faces() -> ByteImage:
    random = np.random.default_rng(0)
    coarse = random.integers(40, 160, size=(3, 12, 12, 1)).astype(np.uint8)
    return np.repeat(coarse.repeat(4, 1).repeat(4, 2), 3, axis=3)


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_changes_and_keeps_shape_and_type(faces: ByteImage, name: str) -> None:
    before = faces.copy()
    after = changed(faces, name)
    assert after.shape == faces.shape
    assert after.dtype == np.uint8
    assert not np.array_equal(after, before)
    assert np.array_equal(faces, before)
    assert np.array_equal(after, changed(faces, name))


def test_light_is_half_as_much_or_half_as_much_again(faces: ByteImage) -> None:
    assert changed(faces, "dark50").mean() == pytest.approx(faces.mean() / 2, abs=0.5)
    assert changed(faces, "light50").mean() == pytest.approx(faces.mean() * 1.5, abs=0.5)
    assert changed(np.full((1, 48, 48, 3), 250, np.uint8), "light50").min() == 255


def test_blur_and_compression_take_detail_away_but_not_much() -> None:
    noise = np.random.default_rng(1).integers(0, 255, size=(1, 48, 48, 3)).astype(np.uint8)
    assert changed(noise, "blur").std() < 0.5 * noise.std()
    smooth = np.linspace(0, 255, 48).astype(np.uint8)[None, :, None, None]
    smooth = np.broadcast_to(smooth, (1, 48, 48, 3)).copy()
    assert np.abs(changed(smooth, "jpeg40").astype(int) - smooth).mean() < 6
    assert np.abs(changed(smooth, "blur").astype(int) - smooth).mean() < 1


def test_the_two_rolls_are_opposite(faces: ByteImage) -> None:
    mirrored = np.ascontiguousarray(faces[:, :, ::-1])
    other = changed(mirrored, "roll-15")[:, :, ::-1].astype(int)
    assert np.abs(changed(faces, "roll15").astype(int) - other).max() <= 1


def test_an_unknown_change_is_refused(faces: ByteImage) -> None:
    with pytest.raises(KeyError):
        changed(faces, "rain")


def test_the_larger_picture_holds_the_face_where_it_says(faces: ByteImage) -> None:
    corners = set()
    for number in range(4):
        picture, (x, y) = in_picture(faces[0], number)
        assert picture.shape == (480, 640, 3)
        there = picture[y : y + 192, x : x + 192]
        small = there.reshape(48, 4, 48, 4, 3).mean((1, 3))
        assert np.abs(small - faces[0]).mean() < 8
        corners.add((x, y))
    assert len(corners) == 4


def test_a_face_that_is_not_found_comes_back_as_it_was(faces: ByteImage) -> None:
    def blind(x: FloatArray) -> list[FloatArray]:
        h, w = x.shape[2] // 4, x.shape[3] // 4
        return [np.zeros((1, c, h, w), np.float32) for c in (1, 2, 2, 10)]

    crops, found = found_again(faces, FaceFinder(blind))
    assert not found.any()
    assert np.array_equal(crops, faces)
