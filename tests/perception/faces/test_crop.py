from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from live_emotion.core.percepts import Face
from live_emotion.perception.faces.crop import (
    CENTRE,
    SPAN,
    aligned_transform,
    box_transform,
    crop_face,
    cut,
)
from live_emotion.perception.faces.finder import FaceFinder

from .conftest import frames

# A level face in the crop's own pixels: right eye, left eye, nose, mouth right and left.
HALF = SPAN / 2
LEVEL = np.array([[-9, -HALF], [9, -HALF], [0, 1], [-7, HALF], [7, HALF]]) + CENTRE


def placed(angle_deg: float, scale: float, at: tuple[float, float]) -> np.ndarray:
    """The level face turned, scaled, and moved into a picture."""
    a = np.radians(angle_deg)
    turn = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return ((LEVEL - CENTRE) @ turn.T + at).astype(np.float32)


def face_of(landmarks: np.ndarray, box: tuple[float, float, float, float] | None = None) -> Face:
    if box is None:
        low, high = landmarks.min(0), landmarks.max(0)
        side = 54.0 / SPAN * np.linalg.norm(landmarks[3:].mean(0) - landmarks[:2].mean(0))
        middle = (low + high) / 2
        box = (middle[0] - 0.375 * side, middle[1] - side / 2, 0.75 * side, side)
    return Face(0.0, 1, tuple(map(float, box)), 0.9, landmarks)


@pytest.mark.parametrize("angle", [-60.0, -15.0, 0.0, 30.0, 80.0])
@pytest.mark.parametrize("scale", [0.7, 3.0, 11.3])
def test_any_face_comes_out_level_and_framed(angle: float, scale: float) -> None:
    landmarks = placed(angle, scale, (700.0, 500.0))
    transform = aligned_transform(landmarks)
    assert transform is not None
    out = landmarks @ transform[:, :2].T + transform[:, 2]
    assert out == pytest.approx(LEVEL, abs=1e-3)


def test_pixels_go_where_the_transform_says() -> None:
    image = np.zeros((600, 800, 3), np.uint8)
    landmarks = placed(20.0, 6.0, (400.0, 300.0))
    for channel, point in enumerate(landmarks[[0, 1, 3]]):
        colour = [0, 0, 0]
        colour[channel] = 255
        cv2.circle(image, (round(point[0] - 0.5), round(point[1] - 0.5)), 9, colour, -1)
    crop = crop_face(image, face_of(landmarks)).astype(float)
    rows, columns = np.mgrid[:48, :48] + 0.5
    for channel, point in enumerate(LEVEL[[0, 1, 3]]):
        weight = crop[..., channel] / crop[..., channel].sum()
        assert (weight * columns).sum() == pytest.approx(point[0], abs=0.15)
        assert (weight * rows).sum() == pytest.approx(point[1], abs=0.15)


def test_a_large_face_is_averaged_and_does_not_alias() -> None:
    stripes = np.zeros((1080, 1920, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = crop_face(stripes, face_of(placed(3.0, 12.0, (960.0, 540.0))))
    assert crop.std() < 2.0 and abs(crop.mean() - 127.5) < 2.0


def test_beyond_the_picture_its_border_is_repeated() -> None:
    image = np.full((200, 200, 3), 90, np.uint8)
    crop = crop_face(image, face_of(placed(0.0, 5.0, (0.0, 0.0))))
    assert (crop == 90).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 300, 3), (40, 40), (40, 40, 1), (40, 40, 4)])
def test_any_picture_gives_a_crop(shape: tuple[int, ...]) -> None:
    face = face_of(placed(0.0, 0.4, (10.0, 10.0)))
    crop = crop_face(np.full(shape, 7, np.uint8), face)
    assert crop.shape == (48, 48, 3) and crop.dtype == np.uint8


@pytest.mark.parametrize(
    "landmarks",
    [np.full((5, 2), np.nan), np.zeros((5, 2)), placed(0.0, 100.0, (0, 0)), np.zeros((0, 2))],
)
def test_landmarks_that_make_no_sense_leave_the_box(landmarks: np.ndarray) -> None:
    image = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    box = (120.0, 80.0, 90.0, 120.0)
    crop = crop_face(image, face_of(landmarks.astype(np.float32), box))
    assert np.array_equal(crop, cut(image, box_transform(box)))


def test_an_empty_picture_gives_an_empty_crop() -> None:
    crop = crop_face(np.zeros((0, 0, 3), np.uint8), face_of(placed(0.0, 1.0, (0.0, 0.0))))
    assert crop.shape == (48, 48, 3) and not crop.any()


@pytest.mark.data
def test_crops_of_real_clips_are_framed_like_the_training_faces(
    finder: FaceFinder, clips: list[Path]
) -> None:
    for clip in clips:
        for _, image in frames(clip, step=20):
            (found,) = finder.find(image)
            face = Face(0.0, 1, found.box, found.confidence, found.landmarks)
            crop = crop_face(image, face)
            enlarged = cv2.resize(crop, (96, 96), interpolation=cv2.INTER_CUBIC)
            canvas = cv2.copyMakeBorder(enlarged, 16, 16, 16, 16, cv2.BORDER_REPLICATE)
            (again,) = FaceFinder(finder._forward, longest_side=128, threshold=0.3).find(canvas)
            points = (again.landmarks - 16) / 2
            middle = (points[:2].mean(0) + points[3:].mean(0)) / 2
            assert middle == pytest.approx(CENTRE, abs=2.5)
            across = points[1] - points[0]
            assert abs(np.degrees(np.arctan2(across[1], across[0]))) < 8
            assert 14.5 < np.linalg.norm(across) < 21.5
