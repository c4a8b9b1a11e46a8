"""Makes a clip of two people out of one of one person: for pictures of the window, and tests."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import AudioBlock, ByteImage, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE

_CLOCK: Final = 90_000


def write_pair(clip: Path, target: Path, seconds: float, *, later_s: float = 12.0) -> None:
    """Write a clip of the person, and beside them themselves mirrored and some seconds later.

    The sound is that of the person on the left.

    Parameters
    ----------
    clip
        A clip with one person near the middle.
    target
        The file to write, MPEG-4.
    seconds
        Its length; `clip` must be `later_s` longer.
    """
    right = _halves(clip, later_s, later_s + seconds)
    with (
        MediaFile(clip, end=seconds) as left,
        av.open(str(target), "w", format="mp4") as out,
    ):
        width, height = 2 * _half(left.info.width), left.info.height
        picture = out.add_stream("mpeg4", rate=round(left.info.fps) or 30)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.time_base = Fraction(1, _CLOCK)
        picture.bit_rate = 4_000_000
        sound = out.add_stream("aac", rate=SAMPLE_RATE)
        sound.layout = "mono"
        for event in left.events():
            if isinstance(event, VideoFrame):
                both = np.concatenate((_middle(event.image), next(right)), axis=1)
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(both), format="rgb24")
                frame.pts, frame.time_base = round(event.t * _CLOCK), Fraction(1, _CLOCK)
                out.mux(picture.encode(frame))
            elif isinstance(event, AudioBlock):
                block = av.AudioFrame.from_ndarray(
                    event.samples[np.newaxis], format="fltp", layout="mono"
                )
                block.sample_rate = SAMPLE_RATE
                block.pts = round(event.t * SAMPLE_RATE)
                block.time_base = Fraction(1, SAMPLE_RATE)
                out.mux(sound.encode(block))
        out.mux(picture.encode(None))
        out.mux(sound.encode(None))


def _halves(clip: Path, start: float, end: float) -> Iterator[ByteImage]:
    """Yield the middle of each picture, mirrored; the last one again and again at the end."""
    last: ByteImage | None = None
    with MediaFile(clip, start=start, end=end) as later:
        for event in later.events():
            if isinstance(event, VideoFrame):
                last = np.ascontiguousarray(_middle(event.image)[:, ::-1])
                yield last
    while last is not None:
        yield last


def _half(width: int) -> int:
    return width // 4 * 2


def _middle(image: ByteImage) -> ByteImage:
    """Return the middle half of a picture's width."""
    width = image.shape[1]
    half = _half(width)
    first = (width - half) // 2
    return image[:, first : first + half]
