"""One Matroska file with H.264 pictures and uncompressed sound, whole up to its last moment.

Matroska plays after a kill, and takes pictures at any rate: each has its own time. Times in
the file are those of the session clock, in milliseconds.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np

from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.session.media_files import Opener, open_new

# What a kill may cost: a cluster that is not full yet, and packets that wait for the other stream.
_CLUSTER_MS: Final = 400
_INTERLEAVE_US: Final = 400_000
_MUXER: Final = {
    "cluster_time_limit": str(_CLUSTER_MS),
    "max_interleave_delta": str(_INTERLEAVE_US),
    "flush_packets": "1",
}
# Measured against Motion JPEG: fewer bytes, and less of the processor (docs/session-log.md).
_ENCODER: Final = "libx264"
_ENCODING: Final = {"preset": "ultrafast", "tune": "zerolatency", "crf": "26", "g": "30"}
_NOMINAL_FPS: Final = 30
_VIDEO_BASE: Final = Fraction(1, 1000)
_SOUND_BASE: Final = Fraction(1, SAMPLE_RATE)
# How OpenCV converts: ITU-R BT.601, 16 to 235.
_BT601: Final = 6
_NARROW: Final = 1


class MediaPart:
    """A media file that is being written, by one thread.

    Parameters
    ----------
    path
        The file.
    size
        Width and height of its pictures in pixels, even numbers; None for no pictures.
    sound
        Whether it has a track for sound, which may stay empty.
    opener
        Opens the file.

    Raises
    ------
    OSError
        If the file cannot be made; `picture`, `sound` and `close` raise it when nothing more can
        be written. What was written by then stays as it is.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int] | None,
        *,
        sound: bool,
        opener: Opener = open_new,
    ) -> None:
        self.size = size
        self._sink = _Sink(opener(path))
        self._video = self._sound = None
        self._last_ms, self._next_sample = -1, 0
        self._container: Any = av.open(self._sink, "w", format="matroska", options=dict(_MUXER))
        if size is not None:
            self._video = video = self._container.add_stream(
                _ENCODER, rate=_NOMINAL_FPS, options=dict(_ENCODING)
            )
            video.width, video.height = size
            video.pix_fmt = "yuv420p"
            video.codec_context.time_base = _VIDEO_BASE
            video.codec_context.thread_count = 1
            video.codec_context.colorspace = _BT601
            video.codec_context.color_range = _NARROW
        if sound:
            self._sound = self._container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        self._container.start_encoding()
        self._sink.check()

    def picture(self, frame: VideoFrame) -> bool:
        """Write a picture; False if it is not later than the one before, and was left out."""
        assert self._video is not None
        assert self.size is not None
        ms = round(frame.t * 1000)
        if ms <= self._last_ms:
            return False
        self._last_ms = ms
        width, height = self.size
        # Not `frame.image`, whose lock the window and the flow would wait for.
        image = np.ascontiguousarray(frame.load()[:height, :width])
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
        encoded = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        encoded.pts, encoded.time_base = ms, _VIDEO_BASE
        encoded.colorspace, encoded.color_range = _BT601, _NARROW
        self._put(self._video.encode(encoded))
        return True

    def sound(self, block: AudioBlock) -> None:
        """Write sound; what lies before the end of the sound before it is cut off."""
        assert self._sound is not None
        first = round(block.t * SAMPLE_RATE)
        samples = block.samples[max(0, self._next_sample - first) :]
        if not len(samples):
            return
        first = max(first, self._next_sample)
        self._next_sample = first + len(samples)
        whole = np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype(np.int16)
        encoded = av.AudioFrame.from_ndarray(whole[None, :], format="s16", layout="mono")
        encoded.sample_rate = SAMPLE_RATE
        encoded.pts, encoded.time_base = first, _SOUND_BASE
        self._put(self._sound.encode(encoded))

    def close(self) -> None:
        """Write what the encoders hold, and the index; a second call does nothing."""
        container, self._container = self._container, None
        if container is None:
            return
        try:
            for stream in (self._video, self._sound):
                if stream is not None and self._sink.failure is None:
                    container.mux(stream.encode(None))
        finally:
            # After a failure this touches the file no more.
            container.close()
            self._sink.close()
        self._sink.check()

    def _put(self, packets: list[Any]) -> None:
        if packets:
            self._container.mux(packets)
        self._sink.check()


class _Sink:
    """A file for the muxer; once it has failed, nothing in it is touched any more."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of `data`, or remember why not."""
        rest = memoryview(data)
        try:
            while len(rest) and self.failure is None:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            self.failure = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to another place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file, or remember why not."""
        try:
            self._file.close()
        except OSError as error:
            self.failure = self.failure or error

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.failure is not None:
            raise self.failure
