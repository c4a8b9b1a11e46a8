"""A camera by number or address: a thread that only reads, and stamps each frame as it comes.

A reader slower than its camera falls seconds behind, so nothing else happens on this thread: the
newest frame goes into a holder with one place, its colours are converted when somebody looks.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

import cv2
import numpy as np

from live_emotion.capture.camera_devices import CameraDevice, cameras
from live_emotion.capture.choices import CameraChoice, best_match
from live_emotion.capture.newest_frame import NewestFrame
from live_emotion.capture.reconnecting import Backoff, DeviceWatch
from live_emotion.capture.still_picture import StillPicture
from live_emotion.core.media import ByteImage, VideoFrame

_LOG = logging.getLogger(__name__)

OPEN_TIMEOUT_MS: Final = 3000
READ_TIMEOUT_MS: Final = 1500
_WANTED: Final = ((cv2.CAP_PROP_FRAME_WIDTH, 640), (cv2.CAP_PROP_FRAME_HEIGHT, 480))
_CLOSE_S: Final = (OPEN_TIMEOUT_MS + READ_TIMEOUT_MS) / 1e3


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def grab(self) -> bool:
        """Wait for the next frame."""

    def retrieve(self) -> tuple[bool, Any]:
        """Return the frame grabbed last, ``(h, w, 3)`` uint8 BGR."""

    def release(self) -> None:
        """Let go of the camera."""


class CameraAwayError(Exception):
    """The camera cannot be opened; the text ends the sentence "the camera ..."."""


class Camera:
    """Reads a camera until it is closed, and opens it again whenever it comes back.

    Parameters
    ----------
    choice
        Which camera.
    now
        Returns seconds on the session clock.
    wake
        Called when a frame has come.
    opener
        Opens the camera or raises `CameraAwayError`.
    lister
        Lists the system's cameras.

    Attributes
    ----------
    watch
        Its state.
    frames
        Holds the newest frame.
    """

    def __init__(
        self,
        choice: CameraChoice,
        now: Callable[[], float],
        wake: Callable[[], None],
        opener: Callable[[CameraChoice], Capture] | None = None,
        lister: Callable[[], list[CameraDevice]] = cameras,
    ) -> None:
        self.choice = choice
        self.watch = DeviceWatch("camera", choice.label, now)
        self.frames = NewestFrame()
        self._now = now
        self._wake = wake
        self._opener = opener or open_capture
        self._list = lister
        self._known: str | None = None
        self._stop = threading.Event()
        self._index = 0
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to look for the camera."""
        self._thread.start()

    def close(self) -> None:
        """Turn the camera off; waits until it has let go of it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                capture = self._opener(self._where())
            except CameraAwayError as away:
                self.watch.failed(str(away))
            except Exception:
                # Whatever a driver does must not end the watching.
                _LOG.exception("opening %s failed", self.choice.label)
                self.watch.failed("cannot be opened")
            else:
                if self._read(capture):
                    backoff.reset()
                if not self._stop.is_set():
                    self.watch.failed("stopped sending")
            self._stop.wait(backoff.next())

    def _where(self) -> CameraChoice:
        """Return where the camera is now: a camera that was plugged in again may change its number.

        The number that the user gave stands for the camera that was found there first.
        """
        if not isinstance(self.choice.target, int) or not sys.platform.startswith("linux"):
            return self.choice
        there = self._list()
        at = next((c for c in there if c.index == self.choice.target), None)
        if self._known is None:
            self._known = at.name if at is not None else None
        if self._known is None or (at is not None and at.name == self._known):
            return self.choice
        moved = next((c for c in there if c.name == self._known), None)
        return CameraChoice(moved.index) if moved is not None else self.choice

    def _read(self, capture: Capture) -> bool:
        """Read until the camera breaks off; return whether any frame came."""
        came = False
        still = StillPicture()
        try:
            while not self._stop.is_set() and capture.grab():
                t = self._now()
                there, image = capture.retrieve()
                if not there or image is None:
                    break
                height, width = image.shape[:2]
                if not came:
                    self.watch.opened(f"{width}x{height}")
                came = True
                self.frames.put(VideoFrame(t, self._index, width, height, _AsRgb(image)))
                self._index += 1
                self.watch.muted(still.look(t, image))
                self.watch.data(t)
                self._wake()
        except cv2.error:
            _LOG.warning("reading %s failed", self.choice.label, exc_info=True)
        finally:
            capture.release()
        return came


class _AsRgb:
    """Converts a picture as OpenCV gives it when it is called."""

    __slots__ = ("_image",)

    def __init__(self, image: Any) -> None:
        self._image = image

    def __call__(self) -> ByteImage:
        image = self._image
        if image.ndim == 2 or image.shape[2] == 1:
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def open_capture(choice: CameraChoice) -> Capture:
    """Open a camera.

    Raises
    ------
    CameraAwayError
        If it is not there or does not open.
    """
    # A camera that is away is told in words; OpenCV and FFmpeg would add lines on stderr.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if choice.address is not None:
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
        timeouts += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        capture = cv2.VideoCapture(choice.address, cv2.CAP_FFMPEG, timeouts)
        if not capture.isOpened():
            raise CameraAwayError("does not answer")
        return capture
    index = _index(choice)
    if sys.platform.startswith("linux"):
        if index not in {camera.index for camera in cameras()}:
            raise CameraAwayError("is not there")
        capture = cv2.VideoCapture(index, cv2.CAP_V4L2)
    else:
        capture = cv2.VideoCapture(index)
    if not capture.isOpened():
        raise CameraAwayError("cannot be opened: another program may be using it")
    for name, value in _WANTED:
        capture.set(name, value)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _index(choice: CameraChoice) -> int:
    if isinstance(choice.target, int):
        return choice.target
    there = cameras()
    found = best_match(choice.target, [camera.name for camera in there])
    if found is None:
        raise CameraAwayError("is not there")
    return there[found].index
