"""Faces at fixed media times: searched, tracked, and one crop kept for every tick."""

from __future__ import annotations

import math
from typing import Final

from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face, FaceCrop
from live_emotion.core.ticks import TICK_S, tick_at
from live_emotion.perception.faces.crop import crop_face
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker

SEARCHES_PER_TICK: Final = 2
_SEARCH_S: Final = TICK_S / SEARCHES_PER_TICK
_EPSILON_S: Final = 1e-6


class FaceWatch:
    """Searches the first frame of every half tick, so that any speed gives the same faces.

    Parameters
    ----------
    finder
        Finds faces in a picture.
    tracker
        Gives them stable ids and names the main one.
    phase_s
        How much later than the grid of half ticks a search falls due; live it comes near the tick's
        end, so that the estimate is drawn from a fresh picture.

    Attributes
    ----------
    resting
        While true only the last search of each tick is made; what is left out counts in `shed`.
    """

    def __init__(self, finder: FaceFinder, tracker: FaceTracker, *, phase_s: float = 0.0) -> None:
        self._finder = finder
        self._tracker = tracker
        self._phase_s = phase_s
        self._last_search = -2
        self.resting = False
        self.shed = 0
        self._crops: dict[int, FaceCrop] = {}
        self.faces: tuple[Face, ...] = ()
        self.main: Face | None = None
        self.searches = 0

    def push(self, frame: VideoFrame) -> None:
        """Take the next frame; most are not searched and cost nothing."""
        search = math.floor((frame.t - self._phase_s + _EPSILON_S) / _SEARCH_S)
        if search <= self._last_search:
            return
        self._last_search = search
        if self.resting and search % SEARCHES_PER_TICK != SEARCHES_PER_TICK - 1:
            self.shed += 1
            return
        self.searches += 1
        self.faces = tuple(self._tracker.update(frame.t, self._finder.find(frame.image)))
        self.main = self._tracker.main(self.faces)
        if self.main is not None:
            tick = tick_at(frame.t)
            self._crops[tick] = FaceCrop(tick, self.main, crop_face(frame.image, self.main))

    def take(self, tick: int) -> FaceCrop | None:
        """Return the newest crop of the main face in a tick, and forget all older ones."""
        crop = self._crops.pop(tick, None)
        for old in [kept for kept in self._crops if kept < tick]:
            del self._crops[old]
        return crop
