"""One person's face from search to search: where it is going, and which detection continues it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face
from live_emotion.perception.faces.detection import Detection, iou

_VELOCITY_GAIN: Final = 0.5  # share of a newly measured velocity
_VELOCITY_HORIZON_S: Final = 0.5  # a face seen no more is not carried on for longer
_FULL_STANDING_S: Final = 3.0  # a face seen for this long counts in full


@dataclass(slots=True)
class Track:
    """One person: the face last seen, how its centre moves (pixels a second), how long seen."""

    face: Face
    velocity: NDArray[np.float64]
    seen_s: float = 0.0
    missed_s: float = 0.0
    scene: FloatArray | None = None

    def predict(self, t: float) -> NDArray[np.float64]:
        """Return the box at `t`, left, top, right, bottom."""
        x, y, w, h = self.face.box
        ahead = min(max(t - self.face.t, 0.0), _VELOCITY_HORIZON_S)
        dx, dy = self.velocity * ahead
        return np.array([x + dx, y + dy, x + w + dx, y + h + dy])

    def see(self, face: Face) -> None:
        """Take in the face at a later time."""
        step = face.t - self.face.t
        if step > 1e-6:
            moved = _centre(face) - _centre(self.face)
            self.velocity += _VELOCITY_GAIN * (moved / step - self.velocity)
            self.seen_s += step
        self.face = face
        self.missed_s = 0.0

    def come_back(self, face: Face) -> None:
        """Take in the face after a time without it, of which nothing is known."""
        self.face = face
        self.velocity = np.zeros(2)
        self.missed_s = 0.0

    def compare(self, detection: Detection) -> tuple[float, float]:
        """Return how far off a detection is, in sides of the larger, and how alike in size."""
        side, before = _side(detection), _side(self.face)
        away = float(np.hypot(*(_middle(detection.box) - _centre(self.face)))) / max(side, before)
        return away, min(side, before) / max(side, before, 1e-9)

    @property
    def weight(self) -> float:
        """Side of the face in pixels, less while it has been seen only briefly."""
        standing = min(1.0, self.seen_s / _FULL_STANDING_S)
        return _side(self.face) * (0.5 + 0.5 * standing)


def affinity(detection: Detection, tracks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how well a detection continues each predicted box ``(n, 4)``; 0 if it cannot.

    Overlap, and nearness of the centres for faces that moved farther than their own size in
    the time between two searches.
    """
    box = _corners(detection.box)
    sides = np.sqrt(np.prod(tracks[:, 2:] - tracks[:, :2], axis=1))
    side = float(np.sqrt(np.prod(box[2:] - box[:2])))
    centres = (tracks[:, :2] + tracks[:, 2:]) / 2
    distance = np.hypot(*(centres - (box[:2] + box[2:]) / 2).T) / np.maximum(sides, side)
    ratio = np.minimum(sides, side) / np.maximum(np.maximum(sides, side), 1e-9)
    fits = (distance < 1.2) & (ratio > 0.5)
    return np.where(fits, iou(box, tracks) + 0.5 * (1.2 - distance) + 0.1 * ratio, 0.0)


def _corners(box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    x, y, w, h = box
    return np.array([x, y, x + w, y + h], np.float64)


def _centre(face: Face) -> NDArray[np.float64]:
    return _middle(face.box)


def _middle(box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    x, y, w, h = box
    return np.array([x + w / 2, y + h / 2])


def _side(face: Face | Detection) -> float:
    return float(np.sqrt(face.box[2] * face.box[3]))
