"""Follow faces from one search to the next, so that a person keeps one number.

Searches come a few times a second. Each track predicts where its face has moved with constant
velocity; predictions and detections are paired by overlap and distance with the best sum
(Hungarian method), as in SORT (Bewley, Ge, Ott, Ramos, Upcroft: Simple Online and Realtime
Tracking, ICIP 2016). A track outlives a short miss. Who was missed for longer, behind a hand or
because the camera froze, is known again where nothing else has changed: by place, size and scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face
from live_emotion.perception.faces.finder import Detection, iou
from live_emotion.perception.faces.scene import same_scene

_VELOCITY_GAIN: Final = 0.5  # share of a newly measured velocity
_VELOCITY_HORIZON_S: Final = 0.5  # a face seen no more is not carried on for longer
_FULL_STANDING_S: Final = 3.0  # a face seen for this long counts in full
# Someone whose track ended is known again after no longer than the first, in which pictures were
# searched, and the second, in which a frozen or unplugged camera may have given none.
_REMEMBERED_S: Final = 4.0
_REMEMBERED_UNSEEN_S: Final = 30.0
_MOST_STEP_S: Final = 0.4  # two searches farther apart: nobody looked in between
_SAME_PLACE: Final = 0.6  # of the face's side
_SAME_SIZE: Final = 0.75


@dataclass(slots=True)
class _Track:
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

    @property
    def weight(self) -> float:
        """Side of the face in pixels, less while it has been seen only briefly."""
        standing = min(1.0, self.seen_s / _FULL_STANDING_S)
        return _side(self.face) * (0.5 + 0.5 * standing)


class FaceTracker:
    """Gives detections stable numbers, from 1 in order of appearance, and names the main face.

    Parameters
    ----------
    survive_s
        A track unseen for longer ends; the face gets a new number when it comes back, unless it
        does so within a few seconds, in its old place and in an unchanged scene.
    most_tracks
        Bound on tracks; with more faces the largest are followed.
    challenge
        Another face becomes the main one when its weight (size, halved while new) is this many
        times the main one's...
    challenge_s
        ...and has been for this long.
    """

    def __init__(
        self,
        *,
        survive_s: float = 1.0,
        most_tracks: int = 16,
        challenge: float = 1.25,
        challenge_s: float = 0.8,
    ) -> None:
        self._survive_s = survive_s
        self._most = most_tracks
        self._challenge = challenge
        self._challenge_s = challenge_s
        self._tracks: dict[int, _Track] = {}
        self._left: dict[int, _Track] = {}
        self._searched_at: float | None = None
        self._next_id = 1
        self._main: int | None = None
        self._challenger: tuple[int, float] | None = None

    def update(
        self, t: float, detections: Sequence[Detection], scene: FloatArray | None = None
    ) -> list[Face]:
        """Take in the detections of the picture at `t` seconds, which never goes back.

        Parameters
        ----------
        t
            Seconds.
        detections
            The faces found in the picture.
        scene
            What the picture looks like, from `scene_of`; without it nobody is known again.

        Returns
        -------
        list of Face
            The faces of this picture, by number. Tracks that were missed are not among them.
        """
        self._let_go(t)
        largest = sorted(detections, key=lambda d: -d.box[2] * d.box[3])[: self._most]
        ids = self._associate(t, largest)
        faces: list[Face] = []
        for detection, known in zip(largest, ids, strict=True):
            back = self._known_again(detection, scene) if known is None else None
            number = next(i for i in (known, back, self._next_id) if i is not None)
            face = Face(t, number, detection.box, detection.confidence, detection.landmarks)
            if known is not None:
                self._tracks[number].see(face)
            elif back is not None:
                self._tracks[number] = self._left.pop(number)
                self._tracks[number].come_back(face)
            else:
                self._next_id += 1
                self._tracks[number] = _Track(face, np.zeros(2))
            self._tracks[number].scene = scene
            faces.append(face)
        self._forget_surplus()
        self._choose_main(t)
        return sorted(faces, key=lambda face: face.id)

    def main(self, faces: Sequence[Face]) -> Face | None:
        """Return the main face if it is among `faces`, else None.

        The main face is the largest and longest-seen. While it is missed for less than
        `survive_s` no other takes its place, so the scores do not jump between people.
        """
        return next((face for face in faces if face.id == self._main), None)

    def by_standing(self, faces: Sequence[Face]) -> list[Face]:
        """Return faces of the last picture, the largest and longest-seen first."""
        return sorted(faces, key=lambda face: (-self._weight(face.id), face.id))

    def _weight(self, number: int) -> float:
        track = self._tracks.get(number)
        return track.weight if track is not None else 0.0

    def _let_go(self, t: float) -> None:
        """End the tracks that were missed for too long, and forget those that ended long ago."""
        since = t if self._searched_at is None else self._searched_at
        looked, self._searched_at = min(t - since, _MOST_STEP_S), t
        for track in (*self._tracks.values(), *self._left.values()):
            track.missed_s += looked
        ended = [i for i, tr in self._tracks.items() if t - tr.face.t > self._survive_s]
        self._left |= {i: self._tracks.pop(i) for i in ended}
        kept = [
            (i, track)
            for i, track in self._left.items()
            if track.missed_s <= _REMEMBERED_S and t - track.face.t <= _REMEMBERED_UNSEEN_S
        ]
        self._left = dict(kept[-self._most :])

    def _known_again(self, detection: Detection, scene: FloatArray | None) -> int | None:
        """Return who was in this place, as large and in this scene, when last seen; or None."""
        centre, side = _middle(detection.box), _side(detection)
        nearest: tuple[float, int] | None = None
        for number, track in self._left.items():
            before = _side(track.face)
            away = float(np.hypot(*(centre - _centre(track.face)))) / max(side, before)
            alike = min(side, before) / max(side, before, 1e-9)
            if away > _SAME_PLACE or alike < _SAME_SIZE or not same_scene(scene, track.scene):
                continue
            if nearest is None or away < nearest[0]:
                nearest = away, number
        return None if nearest is None else nearest[1]

    def _associate(self, t: float, detections: Sequence[Detection]) -> list[int | None]:
        """Return the number of the track each detection continues, or None."""
        ids = list(self._tracks)
        found: list[int | None] = [None] * len(detections)
        if not ids or not detections:
            return found
        predicted = np.stack([self._tracks[i].predict(t) for i in ids])
        affinity = np.stack([_affinity(_corners(d.box), predicted) for d in detections])
        for row, column in zip(*linear_sum_assignment(affinity, maximize=True), strict=True):
            if affinity[row, column] > 0.0:
                found[row] = ids[column]
        return found

    def _forget_surplus(self) -> None:
        newest = sorted(self._tracks.items(), key=lambda item: (-item[1].face.t, item[0]))
        self._tracks = dict(sorted(newest[: self._most]))

    def _choose_main(self, t: float) -> None:
        if not self._tracks:
            self._main = self._challenger = None
            return
        best = max(self._tracks, key=lambda i: (self._tracks[i].weight, -i))
        if self._main not in self._tracks:
            self._main, self._challenger = best, None
            return
        held = self._tracks[self._main].weight
        if best == self._main or self._tracks[best].weight < self._challenge * held:
            self._challenger = None
        elif self._challenger is None or self._challenger[0] != best:
            self._challenger = (best, t)
        elif t - self._challenger[1] >= self._challenge_s:
            self._main, self._challenger = best, None


def _affinity(box: NDArray[np.float64], tracks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how well a box ``(4,)`` continues each predicted box ``(n, 4)``; 0 if it cannot.

    Overlap, and nearness of the centres for faces that moved farther than their own size in
    the time between two searches.
    """
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
