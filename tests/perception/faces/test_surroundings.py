"""What counts as a change away from a face: somebody small; not light, noise or the face itself."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from live_emotion.perception.faces.surroundings import Surroundings, patches_of

SQUARE = (500.0, 200.0, 800.0, 500.0)
RNG = np.random.default_rng(2)
ROUGH = RNG.integers(70, 180, (18, 32), dtype=np.uint8)
WALL = cv2.resize(ROUGH, (1280, 720), interpolation=cv2.INTER_CUBIC)


def noisy(picture: np.ndarray, sigma: float = 8.0) -> np.ndarray:
    noise = RNG.normal(0.0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def spot(picture: np.ndarray, x: int, y: int, side: int, brighter: int = 40) -> np.ndarray:
    changed = picture.copy()
    part = changed[max(0, y) : y + side, max(0, x) : x + side]
    part[:] = np.clip(part.astype(int) + brighter, 0, 255)
    return changed


def remembered(picture: np.ndarray) -> Surroundings:
    surroundings = Surroundings()
    surroundings.remember(picture)
    return surroundings


def test_noise_exposure_and_the_known_face_are_no_change() -> None:
    before = remembered(noisy(WALL))
    assert not before.changed(noisy(WALL), SQUARE)
    assert not before.changed(noisy(cv2.add(WALL, 25)), SQUARE)
    assert not before.changed(spot(noisy(WALL), 520, 220, 260), SQUARE)
    assert before.changed(spot(noisy(WALL), 520, 220, 260))


@pytest.mark.parametrize(("x", "y"), [(100, 100), (1250, 300), (-10, 700), (790, 490), (611, 505)])
def test_a_face_of_thirty_pixels_is_a_change(x: int, y: int) -> None:
    before = remembered(noisy(WALL))
    assert before.changed(spot(noisy(WALL), x, y, 30), SQUARE)


def test_a_slow_change_adds_up() -> None:
    before = remembered(WALL)
    steps = [before.changed(spot(WALL, 100, 100, 60, brighter=k), SQUARE) for k in range(0, 48, 4)]
    assert steps == sorted(steps)
    assert not steps[1]
    assert steps[-1]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("shape", [(720, 1280), (480, 640), (1080, 607), (33, 70), (1, 1)])
def test_pictures_of_any_shape_and_views_that_are_turned(
    shape: tuple[int, int], turns: int
) -> None:
    picture = np.rot90(RNG.integers(0, 255, shape, dtype=np.uint8), turns)
    patches = patches_of(picture)
    assert max(patches.shape) == 64
    assert patches.mean() == pytest.approx(picture.mean(), abs=4.0)
    assert not remembered(picture).changed(picture, (0.0, 0.0, 9999.0, 9999.0))
    colour = np.repeat(picture[:, :, None], 3, axis=2)
    assert np.abs(patches_of(colour) - patches).max() < 1.0


def test_without_one_before_or_of_another_size_a_picture_is_changed() -> None:
    assert Surroundings().changed(WALL)
    assert remembered(WALL).changed(WALL[:, :640])
