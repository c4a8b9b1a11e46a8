"""Follow faces from one search to the next, so that a person keeps one number.

Searches come a few times a second. Each track predicts where its face has moved with constant
velocity; predictions and detections are paired by overlap and distance with the best sum
(Hungarian method), as in SORT (Bewley, Ge, Ott, Ramos, Upcroft: Simple Online and Realtime
Tracking, ICIP 2016). A track outlives a short miss. Who was missed for longer, behind a hand or
because the camera froze, is known again where nothing else has changed: by place, size and scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.scene import same_scene
from live_emotion.perception.faces.track import Track, affinity

# Someone whose track ended is known again after no longer than the first, in which pictures were
# searched, and the second, in which a frozen or unplugged camera may have given none.
_REMEMBERED_S: Final = 4.0
_REMEMBERED_UNSEEN_S: Final = 30.0
_MOST_STEP_S: Final = 0.4  # two searches farther apart: nobody looked in between
_SAME_PLACE: Final = 0.6  # of the face's side
_SAME_SIZE: Final = 0.75


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
        self._tracks: dict[int, Track] = {}
        self._left: dict[int, Track] = {}
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
                self._tracks[number] = Track(face, np.zeros(2))
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
        nearest: tuple[float, int] | None = None
        for number, track in self._left.items():
            away, alike = track.compare(detection)
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
        fits = np.stack([affinity(d, predicted) for d in detections])
        for row, column in _assigned(fits):
            if fits[row, column] > 0.0:
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


def _assigned(fits: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return rows and columns that belong together, for the greatest sum of `fits`."""
    if 1 in fits.shape:
        row, column = np.unravel_index(int(fits.argmax()), fits.shape)
        return [(int(row), int(column))]
    # Mostly there is one person: the import takes a tenth of a start.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(fits, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
