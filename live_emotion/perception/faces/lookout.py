"""Where to look for faces: in the whole picture, around the one face that is known, or nowhere.

The whole picture is searched when there are several faces, when the one face is not where it was,
and to find people who join: at least every 4.8 s, and every 1.2 s while the picture changes away
from the face, or while somebody was there a moment ago. Where nobody is, it is searched every
time, but for pictures that do not differ from the last one searched. All is decided from the
pictures and their times, so the same video is searched in the same way at any speed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face
from live_emotion.core.ticks import TICK_S
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.finder import FaceFinder, near_square
from live_emotion.perception.faces.surroundings import Box, Surroundings

# Pictures do not come at exact times: what is due every third tick is due a little earlier.
_EARLY_S: Final = 0.1
_LOOK_ROUND_S: Final = 3 * TICK_S
_LONGEST_S: Final = 12 * TICK_S
# A face is looked for around its place if that was found no longer ago...
_KNOWN_S: Final = TICK_S + 0.05
# ...and believed to be the same one if it moved and grew by less than this share of its side:
# then all of it lies within the square that was looked at.
_STAYED: Final = 0.25
# Who was there is looked for in the whole picture all the time for a while, and then, for longer,
# whether or not the picture changes: a face may be too faint to be found in each picture.
_MISSED_S: Final = 1.2
# A face is found in the whole picture so many times in a row before it is looked for near by.
_WHOLE_FIRST: Final = 2
_COMPANY_S: Final = 10.0


class Lookout:
    """Searches pictures, of rising times, no further than needed.

    Parameters
    ----------
    finder
        Finds faces in a picture.
    """

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self._surroundings = Surroundings()
        self._whole_t = self._fell_t = self._company_t = -math.inf
        self._count = self._alone = 0

    def whole(self, frame: VideoFrame) -> list[Detection]:
        """Return the faces of the whole picture."""
        found = self._finder.find(frame.image)
        self._whole_t = frame.t
        self._surroundings.remember(frame.luma)
        if len(found) < self._count:
            self._fell_t = frame.t
        if len(found) > 1:
            self._company_t = frame.t
        self._count = len(found)
        self._alone = self._alone + 1 if self._count == 1 else 0
        return found

    def before(self, frame: VideoFrame) -> list[Detection]:
        """Return the faces of a whole picture that was passed over, earlier than the last."""
        return self._finder.find(frame.image)

    def near(self, frame: VideoFrame, faces: Sequence[Face]) -> list[Detection] | None:
        """Return the faces of a picture if there is no need to search all of it, else None.

        Parameters
        ----------
        frame
            The picture.
        faces
            Those found last.
        """
        since = frame.t - self._whole_t + _EARLY_S
        if len(faces) > 1 or since >= _LONGEST_S or frame.t - self._fell_t < _MISSED_S:
            return None
        if not faces:
            still = since < _LOOK_ROUND_S and not self._surroundings.changed(frame.luma)
            return [] if still else None
        box = faces[0].box
        if frame.t - faces[0].t > _KNOWN_S or self._alone < _WHOLE_FIRST:
            return None
        if since >= _LOOK_ROUND_S and self._somebody_may_be_new(frame, box):
            return None
        found = self._finder.find_near(frame.image, box)
        if len(found) == 1 and _stayed(box, found[0].box):
            return found
        self._alone = 0
        return None

    def _somebody_may_be_new(self, frame: VideoFrame, box: Box) -> bool:
        if frame.t - self._company_t < _COMPANY_S:
            return True
        square = near_square(box, frame.width, frame.height)
        return self._surroundings.changed(frame.luma, square)


def _stayed(before: Box, now: Box) -> bool:
    (x0, y0, w0, h0), (x1, y1, w1, h1) = before, now
    moved = math.hypot(x1 + w1 / 2 - x0 - w0 / 2, y1 + h1 / 2 - y0 - h0 / 2)
    grown = max(abs(w1 - w0), abs(h1 - h0))
    return max(moved, grown) < _STAYED * math.sqrt(w1 * h1)
