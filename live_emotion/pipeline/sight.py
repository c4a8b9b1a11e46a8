"""Faces at fixed media times: searched, tracked, and crops kept for every tick."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face, FaceCrop
from live_emotion.core.ticks import TICK_S, tick_at
from live_emotion.perception.faces.crop import crop_face
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.lookout import Lookout
from live_emotion.perception.faces.mouth import MouthView
from live_emotion.perception.faces.scene import scene_of
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline.heard import STEPS_PER_TICK

SEARCHES_PER_TICK: Final = 2
MOST_PEOPLE: Final = 4
_SEARCH_S: Final = TICK_S / SEARCHES_PER_TICK
# Of a stretch of this length from zero on, only the first picture is ever looked at.
STEP_S: Final = TICK_S / STEPS_PER_TICK
# A mouth is compared over no more than this, with a face found no longer ago.
_MOUTH_GAP_S: Final = 0.45
# A face is calm while it moves and grows by less than this share of its side in a second.
_CALM_PER_S: Final = 0.4
_EPSILON_S: Final = 1e-6

Motions = dict[int, list[tuple[int, float]]]


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Who was seen in a tick.

    Attributes
    ----------
    crops
        The newest crop of each person, at most four, the main face first.
    main
        Number of the main face, None if it was not seen.
    motions
        For each person pairs of a step (tenths of a second since zero) and how much the mouth
        moved in it.
    """

    crops: tuple[FaceCrop, ...] = ()
    main: int | None = None
    motions: Mapping[int, Sequence[tuple[int, float]]] = field(default_factory=dict)

    def of(self, face_id: int | None) -> FaceCrop | None:
        """Return a person's crop, None if there is none."""
        return next((crop for crop in self.crops if crop.face.id == face_id), None)


class FaceWatch:
    """Searches the first frame of every half tick, so that any speed gives the same faces.

    While one face alone is there and keeps calm, only the last search of each tick is made: it
    is the one whose crop counts. Most look around that face only, see `Lookout`; somebody who joins
    is found within three ticks. If a search finds anything else, the whole picture is searched, and
    what was passed over is made up for.

    Up to four people get a crop a tick: the main face, the one that is wanted, then the largest
    and longest seen. Their mouths are watched ten times a second.

    Parameters
    ----------
    finder
        Finds faces in a picture.
    tracker
        Gives them stable ids and names the main one.
    phase_s
        How much later than the grid of half ticks a search falls due; live it comes near the tick's
        end, so that the estimate is drawn from a fresh picture.
    mouths
        Whether mouths are watched.

    Attributes
    ----------
    resting
        While true only the last search of each tick is made, and only the main face and the
        wanted one get a crop; what is left out counts in `shed` and `people_shed`.
    wanted
        Number of a person who gets a crop in any case, or None.
    """

    def __init__(
        self,
        finder: FaceFinder,
        tracker: FaceTracker,
        *,
        phase_s: float = 0.0,
        mouths: bool = True,
    ) -> None:
        self._lookout = Lookout(finder)
        self._tracker = tracker
        self._phase_s = phase_s
        self._last_search = -2
        self._passed: VideoFrame | None = None
        self._calm = False
        self._watches_mouths = mouths
        self._before: VideoFrame | None = None
        self._last_step = -2
        self._views: dict[int, MouthView] = {}
        self._motions: Motions = {}
        self._crops: dict[int, dict[int, FaceCrop]] = {}
        self._mains: dict[int, int] = {}
        self._watched: tuple[Face, ...] = ()
        self.resting = False
        self.wanted: int | None = None
        self.shed = self.people_shed = 0
        self.faces: tuple[Face, ...] = ()
        self.main: Face | None = None
        self.searches = 0

    def push(self, frame: VideoFrame) -> None:
        """Take the next frame; most are not searched and cost nothing."""
        self._watch_mouths(frame)
        search = math.floor((frame.t - self._phase_s + _EPSILON_S) / _SEARCH_S)
        if search <= self._last_search:
            return
        if self._passed is not None and tick_at(frame.t) > tick_at(self._passed.t):
            self._catch_up()
        self._last_search = search
        is_last = search % SEARCHES_PER_TICK == SEARCHES_PER_TICK - 1
        if self.resting and not is_last:
            self.shed += 1
        elif self._calm and not is_last:
            self._passed = frame
        else:
            self._search(frame)

    def _search(self, frame: VideoFrame) -> None:
        found = self._find(frame)
        passed, self._passed = self._passed, None
        if passed is not None and passed is not frame and not _kept_calm(self.faces, found, frame):
            # Something happened since: what lies between is needed to follow it.
            self._take_in(passed, self._lookout.before(passed))
        self._take_in(frame, found)

    def _find(self, frame: VideoFrame) -> list[Detection]:
        found = self._lookout.near(frame, self.faces)
        if found is None:
            return self._lookout.whole(frame)
        # A face that was calm until now may hide what the picture passed over would tell.
        if self._passed in (None, frame) or _kept_calm(self.faces, found, frame):
            return found
        return self._lookout.whole(frame)

    def _take_in(self, frame: VideoFrame, found: Sequence[Detection]) -> None:
        self.searches += 1
        self._calm = _kept_calm(self.faces, found, frame)
        scene = scene_of(frame.image) if found else None
        self.faces = tuple(self._tracker.update(frame.t, found, scene))
        self.main = self._tracker.main(self.faces)
        self._watched = self._choose()
        tick = tick_at(frame.t)
        if self.main is not None:
            self._mains[tick] = self.main.id
        crops = self._crops.setdefault(tick, {})
        for face in self._watched:
            crops[face.id] = FaceCrop(tick, face, crop_face(frame.image, face))

    def _catch_up(self) -> None:
        """Search the frame that was passed over, where none came after it in its tick."""
        if self._passed is not None:
            self._search(self._passed)

    def take(self, tick: int) -> Sighting:
        """Return who was seen in a tick, and forget all older ticks."""
        if self._passed is not None and tick_at(self._passed.t) == tick:
            self._catch_up()
        crops, main = self._crops.pop(tick, {}), self._mains.pop(tick, None)
        for held in (self._crops, self._mains):
            for old in [kept for kept in held if kept < tick]:
                del held[old]
        through = STEPS_PER_TICK * (tick + 1)
        motions = {i: [m for m in pairs if m[0] < through] for i, pairs in self._motions.items()}
        later = {i: [m for m in pairs if m[0] >= through] for i, pairs in self._motions.items()}
        self._motions = {i: pairs for i, pairs in later.items() if pairs}
        order = sorted(crops, key=lambda i: (i != main, i != self.wanted, -crops[i].face.t, i))
        return Sighting(tuple(crops[i] for i in order[:MOST_PEOPLE]), main, motions)

    def _choose(self) -> tuple[Face, ...]:
        """Return the faces of the last search that get a crop."""
        first = [f for f in self.faces if f is self.main or f.id == self.wanted]
        others = [f for f in self._tracker.by_standing(self.faces) if f not in first]
        room = max(0, MOST_PEOPLE - len(first))
        if self.resting:
            self.people_shed += min(room, len(others))
            room = 0
        return (*first, *others[:room])

    def _watch_mouths(self, frame: VideoFrame) -> None:
        step = math.floor((frame.t - self._phase_s + _EPSILON_S) / STEP_S)
        if not self._watches_mouths or step <= self._last_step:
            return
        before, self._before, self._last_step = self._before, frame, step
        views, self._views = self._views, {}
        if before is None or self.resting or not frame.t - before.t < _MOUTH_GAP_S:
            return
        faces = [face for face in self._watched if frame.t - face.t < _MOUTH_GAP_S]
        if not faces or (before.width, before.height) != (frame.width, frame.height):
            return
        real = math.floor((frame.t + _EPSILON_S) / STEP_S)
        for face in faces:
            view = views.get(face.id)
            if view is None or view.face is not face:
                view = MouthView(face)
            self._views[face.id] = view
            motion = view.motion(before.luma, frame.luma)
            self._motions.setdefault(face.id, []).append((real, motion))


def _kept_calm(faces: Sequence[Face], found: Sequence[Detection], frame: VideoFrame) -> bool:
    """Whether the one face there was is the one face found, and hardly moved between."""
    if len(faces) != 1 or len(found) != 1:
        return False
    (x0, y0, w0, h0), (x1, y1, w1, h1) = faces[0].box, found[0].box
    moved = math.hypot(x1 + w1 / 2 - x0 - w0 / 2, y1 + h1 / 2 - y0 - h0 / 2)
    grown = max(abs(w1 - w0), abs(h1 - h0))
    side, elapsed = math.sqrt(w1 * h1), frame.t - faces[0].t
    return max(moved, grown) < _CALM_PER_S * side * elapsed
