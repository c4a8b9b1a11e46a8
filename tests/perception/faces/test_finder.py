from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from live_emotion.perception.faces.detection import decode, suppress
from live_emotion.perception.faces.finder import FaceFinder

from .conftest import Image, frames


@pytest.mark.data
def test_a_face_is_found_in_real_clips(finder: FaceFinder, clips: list[Path]) -> None:
    for clip in clips:
        counts = [len(finder.find(image)) for _, image in frames(clip, step=6)]
        assert len(counts) > 10
        assert np.mean([n == 1 for n in counts]) >= 0.95, clip.name


@pytest.mark.data
def test_landmarks_come_in_the_agreed_order(finder: FaceFinder, portrait: Image) -> None:
    (face,) = finder.find(portrait)
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]  # the person's right is the picture's left
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    x, y, w, h = face.box
    assert (face.landmarks > [x, y]).all() and (face.landmarks < [x + w, y + h]).all()


@pytest.mark.data
@pytest.mark.parametrize("scale", [0.1, 0.3, 0.6])
def test_boxes_are_in_source_pixels(finder: FaceFinder, portrait: Image, scale: float) -> None:
    (whole,) = finder.find(portrait)
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    at = np.array([300, 40])
    canvas = np.full((500, 1100, 3), 255, np.uint8)
    canvas[at[1] : at[1] + small.shape[0], at[0] : at[0] + small.shape[1]] = small
    (found,) = FaceFinder(finder._forward, threshold=0.3, longest_side=640).find(canvas)
    expected = whole.landmarks * scale + at
    size = whole.box[3] * scale
    assert np.abs(found.landmarks - expected).max() < 0.12 * size
    assert found.box[3] == pytest.approx(size, rel=0.2)


@pytest.mark.data
def test_a_look_around_a_face_finds_what_a_look_at_the_whole_finds(
    finder: FaceFinder, clips: list[Path]
) -> None:
    for clip in clips:
        before = None
        for _, image in frames(clip, step=12):
            (whole,) = finder.find(image)
            if before is not None:
                (near,) = finder.find_near(image, before.box)
                side = whole.box[3]
                assert np.abs(np.array(near.box) - whole.box).max() < 0.12 * side
                assert np.abs(near.landmarks - whole.landmarks).mean() < 0.04 * side
            before = whole


@pytest.mark.data
def test_a_look_around_a_face_at_the_edge_or_elsewhere(finder: FaceFinder, portrait: Image) -> None:
    (whole,) = finder.find(portrait)
    x, y, w, h = (round(v) for v in whole.box)
    cut = np.ascontiguousarray(portrait[y:, x:])
    (near,) = finder.find_near(cut, (0.0, 0.0, float(w), float(h)))
    assert np.abs(near.landmarks + np.array([x, y]) - whole.landmarks).mean() < 0.06 * h
    assert finder.find_near(portrait, (5.0, 5.0, 40.0, 40.0)) == []
    assert finder.find_near(portrait, (-900.0, -900.0, 40.0, 40.0)) == []


@pytest.mark.data
@pytest.mark.parametrize("part", [np.s_[:, :640], np.s_[:, 640:], np.s_[:330], np.s_[400:]])
def test_partial_faces_stay_within_the_picture(
    finder: FaceFinder, portrait: Image, part: tuple[slice, ...]
) -> None:
    image = portrait[part]
    for found in FaceFinder(finder._forward, threshold=0.2).find(image):
        x, y, w, h = found.box
        assert x >= 0 and y >= 0
        assert x + w <= image.shape[1] + 1e-3 and y + h <= image.shape[0] + 1e-3


@pytest.mark.data
def test_grey_and_rgba_pictures_are_taken(finder: FaceFinder, portrait: Image) -> None:
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    rgba = cv2.cvtColor(portrait, cv2.COLOR_RGB2RGBA)
    assert len(finder.find(grey)) == len(finder.find(grey[:, :, None])) == 1
    (opaque,), (plain,) = finder.find(rgba), finder.find(portrait)
    assert opaque.box == plain.box


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (1, 1), (1, 700), (700, 1), (3, 3), (480, 640)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_pictures_of_any_size_hold_no_face(
    finder: FaceFinder, shape: tuple[int, int], value: int
) -> None:
    assert finder.find(np.full((*shape, 3), value, np.uint8)) == []


def test_noise_holds_no_face(finder: FaceFinder) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), dtype=np.uint8)
    assert finder.find(noise) == []


def test_decode_places_a_peak() -> None:
    heat = np.zeros((8, 10), np.float32)
    heat[3, 6] = 0.9
    size, offset = np.zeros((2, 8, 10), np.float32), np.zeros((2, 8, 10), np.float32)
    size[:, 3, 6] = np.log([5.0, 2.0])  # 20 pixels high, 8 wide
    offset[:, 3, 6] = [0.25, -0.5]
    landmarks = np.zeros((10, 8, 10), np.float32)
    landmarks[:, 3, 6] = np.tile([0.5, 0.25], 5)  # y, x shares of the box
    boxes, scores, points = decode(heat, size, offset, landmarks, 0.5)
    # centre: x (6 - 0.5 + 0.5) * 4 = 24, y (3 + 0.25 + 0.5) * 4 = 15
    assert boxes == pytest.approx(np.array([[20.0, 5.0, 28.0, 25.0]]), abs=1e-4)
    assert scores == pytest.approx([0.9])
    assert points[0] == pytest.approx(np.tile([22.0, 15.0], (5, 1)), abs=1e-4)


def test_decode_survives_wild_sizes() -> None:
    heat = np.ones((4, 4), np.float32)
    size = np.full((2, 4, 4), 1e4, np.float32)
    other = np.zeros((10, 4, 4), np.float32)
    boxes, _, points = decode(heat, size, other[:2], other, 0.5)
    assert np.isfinite(boxes).all() and np.isfinite(points).all()


def test_suppression_keeps_the_best_of_overlapping_boxes() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [0, 0, 10, 10]], np.float32)
    scores = np.array([0.6, 0.9, 0.5, 0.8], np.float32)
    assert suppress(boxes, scores, 0.3) == [1, 2]
