"""For measuring: the window says in its own pixels which camera picture its scores came from.

Only with ``LIVE_EMOTION_BENCH_MARK`` in the environment. The camera of a measurement paints the
time into each picture. What scored a picture hands the time on here, and a small mark in the
window's corner paints it, in the same repaint as the scores. So whoever grabs the screen knows
when the picture was taken whose scores it sees.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QMainWindow, QWidget

from live_emotion.core import codebar
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.dashboard.body import Body
from live_emotion.dashboard.livable import Livable
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.observer import BaseObserver, Observer
from live_emotion.pipeline.options import Counts

if TYPE_CHECKING:
    from live_emotion.dashboard.live_window import LiveWindow

VARIABLE: Final = "LIVE_EMOTION_BENCH_MARK"
# Side of a cell in the camera's picture and in the window, and the rows of the mark.
CAMERA_SIDE: Final = 16
SCREEN_SIDE: Final = 4
ROWS: Final = ("paint", "time", "stamp", "closed", "video")
_FRAMES_KEPT: Final = 128


def wanted() -> bool:
    """Whether a measurement runs."""
    return os.environ.get(VARIABLE, "") not in ("", "0")


def tenths(seconds: float) -> int:
    """Return a time in tenths of a millisecond, as a bar holds it."""
    return round(seconds * 1e4) & codebar.MOST


class StampReader(BaseObserver):
    """Reads the time painted into each frame, and follows it to the scores.

    Attributes
    ----------
    closed
        Number of utterances whose transcript is final.
    """

    def __init__(self) -> None:
        self._stamps: OrderedDict[float, int] = OrderedDict()
        self._lock = threading.Lock()
        self.closed = 0

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Read a frame's stamp."""
        stamp = codebar.read(frame.image, CAMERA_SIDE)
        if stamp is None:
            return
        with self._lock:
            self._stamps[frame.t] = stamp
            while len(self._stamps) > _FRAMES_KEPT:
                self._stamps.popitem(last=False)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Count the utterances that are done."""
        self.closed += segment.final and segment.closes

    def stamp_of(self, estimate: Estimate | None) -> int:
        """Return the stamp of the frame whose face was scored; 0 for none."""
        if estimate is None or estimate.face is None or np.isnan(estimate.scores).any():
            return 0
        with self._lock:
            return self._stamps.get(estimate.face.t, 0)


class Watched:
    """A live session with one more observer."""

    def __init__(self, live: Livable, reader: StampReader) -> None:
        self._live = live
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._live, name)

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run until `stop` is set."""
        return self._live.run((self._reader, *observers), stop)


class BenchMark(QWidget):
    """Paints, as bars of cells, what the window shows: see `ROWS`.

    ``paint`` counts the repaints, ``time`` is when the last one began on `time.monotonic`,
    ``stamp`` when the camera took the picture behind the scores, both in tenths of a millisecond;
    ``closed`` counts utterances with a final transcript, ``video`` the pictures shown.

    Parameters
    ----------
    window
        Over whose top left corner it lies.
    values
        Returns stamp, closed and video, of what the window shows by now.
    """

    def __init__(self, window: QMainWindow, values: Callable[[], Mapping[str, int]]) -> None:
        super().__init__(window)
        self._values = values
        self._shown: Mapping[str, int] = {}
        self._paints = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setGeometry(0, 0, codebar.CELLS * SCREEN_SIDE, len(ROWS) * SCREEN_SIDE)
        self.raise_()

    def look(self) -> None:
        """Take over what the window has just been told to show."""
        self._shown = self._values()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the bars."""
        self._paints += 1
        values = {"paint": self._paints, "time": tenths(time.monotonic()), **self._shown}
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        for row, name in enumerate(ROWS):
            for k in np.flatnonzero(codebar.cells_of(values.get(name, 0))):
                cell = QRect(int(k) * SCREEN_SIDE, row * SCREEN_SIDE, SCREEN_SIDE, SCREEN_SIDE)
                painter.fillRect(cell, QColor("#ffffff"))


def watched(
    make: Callable[[LiveOptions], Livable], reader: StampReader
) -> Callable[[LiveOptions], Livable]:
    """Return what makes live sessions that the reader watches."""
    return lambda options: Watched(make(options), reader)


def attach(window: LiveWindow, reader: StampReader) -> None:
    """Lay a mark over a window in the screen's corner; what it shows is recorded from the start."""

    def values() -> Mapping[str, int]:
        session = window.control.session
        shown = body.shown if body is not None else None
        if shown is not None and not window.control.recorder.wanted:
            window.set_recording(True)
        return {
            "stamp": reader.stamp_of(shown),
            "closed": reader.closed,
            "video": session.newest.pictures if session is not None else 0,
        }

    body = window.findChild(Body)
    mark = BenchMark(window, values)
    window.refreshed.connect(mark.look)
    window.move(0, 0)
