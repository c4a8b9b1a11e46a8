"""A video or sound file as a source: decoded in one pass, both streams by their own time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from live_emotion.capture.damage import DamageReport
from live_emotion.capture.lanes import AudioLane, VideoLane
from live_emotion.capture.opening import choose_streams, open_container
from live_emotion.capture.packets import PacketQueue
from live_emotion.capture.probing import probe
from live_emotion.capture.seeking import seek_before
from live_emotion.capture.source import SourceEvent, SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock, VideoFrame

# Of one picture, up to 1280x720.
_SMALL_PIXELS: Final = 1280 * 720
# A file that ends this much before its declared length was cut short.
_CUT_SHORT_S: Final = 1.0


class MediaFile:
    """A media file, played from `start` to `end` as fast as its events are taken.

    Every event carries media time: seconds since the earliest start of the file's streams.
    Pictures are converted when they are looked at. Sound is 16 kHz mono on the clock's own
    grid: sample ``i`` of the clock lies at ``i / 16000`` s, holes are zeros. Memory does not
    depend on the length of the file: at most 64 MiB of packets wait when a file stores its streams
    far apart, and in a file worse than that the streams come one after the other.

    Parameters
    ----------
    path
        The file.
    start, end
        Part to play in media seconds; the first events lie at or after `start`, the last
        before `end`. Times stay those of the whole file.
    pictures
        False reads the sound alone.

    Attributes
    ----------
    picture_step
        Length in seconds of the steps of which only the first picture is looked at, counted from
        media second 0; others need not be decoded then, and come only where the decoder cannot
        leave them out. None, as it is at first, for all pictures. To be set before events are
        taken.

    Raises
    ------
    UserError
        If the file cannot be played, or `start` lies past its end.
    """

    def __init__(
        self,
        path: Path | str | os.PathLike[str],
        *,
        start: float = 0.0,
        end: float | None = None,
        pictures: bool = True,
    ) -> None:
        self.path = Path(path)
        self.picture_step: float | None = None
        _check_span(self.path, start, end)
        found = probe(self.path)
        self.info: SourceInfo = found.info
        self._declared = duration = found.info.duration if found.exact_length else None
        if duration is not None and start >= duration:
            raise UserError(
                f"{self.path} is {duration:.2f} s long, so it cannot start at {start:g} s: "
                "choose an earlier start."
            )
        self._zero = found.zero
        self._pictures = pictures and found.info.has_video
        self._start = _exact(start)
        self._end = None if end is None else _exact(end)
        self._report = DamageReport(self.path.name)
        for note in found.notes:
            self._report.add(start, note, kind=note)
        self._container: Any | None = open_container(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def zero(self) -> float:
        """Where media second 0 lies on the file's own clock, in seconds."""
        return float(self._zero)

    def close(self) -> None:
        """Close the file; frames already handed out stay valid."""
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def events(self) -> Iterator[SourceEvent]:
        """Yield frames, blocks and reports of damage in time order. Can be taken once.

        Raises
        ------
        UserError
            If `start` turns out to lie past the end of a file that does not state its length
            and that is read as a whole.
        """
        container = self._container
        if container is None:
            return
        video, audio = choose_streams(container)
        video = video if self._pictures else None
        audio = audio if self.info.has_audio else None
        streams = [stream for stream in (video, audio) if stream is not None]
        for stream in streams:
            _set_threads(stream, self.info)
        queue = PacketQueue(container, streams)
        if self._start > 0:
            queue = seek_before(container, streams, self._start, self._zero)
        lanes = self._lanes(queue, video, audio)
        seen = False
        for event in self._merge(lanes, queue):
            seen = seen or not isinstance(event, DeviceEvent)
            yield event
            if self._container is None:
                return
        self._check_length(queue, lanes)
        yield from self._report.take()
        # Sound that was read alone may be over before the pictures that were left out.
        whole = self._pictures or not self.info.has_video
        if not seen and whole and self._start > 0:
            raise UserError(
                f"{self.path} ends before {float(self._start):g} s: choose an earlier start."
            )

    def _lanes(self, queue: PacketQueue, video: Any, audio: Any) -> list[VideoLane | AudioLane]:
        common: dict[str, Any] = {
            "zero": self._zero,
            "start": self._start,
            "end": self._end,
            "duration": self._declared,
            "report": self._report,
        }
        lanes: list[VideoLane | AudioLane] = []
        if video is not None:
            lanes.append(VideoLane(video, queue, picture_step=self.picture_step, **common))
        if audio is not None:
            lanes.append(AudioLane(audio, queue, **common))
        return lanes

    def _merge(
        self, lanes: Sequence[VideoLane | AudioLane], queue: PacketQueue
    ) -> Iterator[SourceEvent]:
        """Yield the lanes' events, the earlier time first."""
        running: dict[int, Iterator[VideoFrame | AudioBlock | None]] = {
            at: iter(lane.events()) for at, lane in enumerate(lanes)
        }
        heads: dict[int, VideoFrame | AudioBlock] = {}
        while running:
            for at in list(running):
                if at in heads:
                    continue
                try:
                    event = next(running[at])
                except StopIteration:
                    del running[at]
                    queue.drop(lanes[at].stream)
                    continue
                if event is not None:
                    heads[at] = event
            yield from self._report.take()
            if heads:
                earliest = min(heads, key=lambda at: (heads[at].t, at))
                yield heads.pop(earliest)
        yield from (heads[at] for at in sorted(heads, key=lambda at: heads[at].t))

    def _check_length(self, queue: PacketQueue, lanes: Sequence[VideoLane | AudioLane]) -> None:
        """Report a file that ends before its header says."""
        for message in queue.read_errors:
            self._report.add(self._reached(lanes), f"reading failed: {message}", kind=message)
        declared = self._declared
        if declared is None or not queue.ended:
            return
        reached = self._reached(lanes)
        wanted = declared if self._end is None else min(declared, float(self._end))
        if reached < wanted - _CUT_SHORT_S:
            self._report.add(
                reached,
                f"the file is cut short: it ends at {reached:.2f} s of {declared:.2f} s",
                kind="cut short",
            )

    @staticmethod
    def _reached(lanes: Sequence[VideoLane | AudioLane]) -> float:
        return float(max((lane.reached for lane in lanes), default=Fraction(0)))


def _set_threads(stream: Any, info: SourceInfo) -> None:
    """Say on how many threads FFmpeg decodes.

    On two, slices cost a seventh more processor time than on one, and frames beside one another a
    sixth; two cores have better to do. Larger pictures need both.
    """
    if info.width * info.height <= _SMALL_PIXELS and (os.cpu_count() or 1) <= 2:
        stream.thread_type, stream.thread_count = "SLICE", 1
    else:
        stream.thread_type = "AUTO"


def _exact(seconds: float) -> Fraction:
    """Return the number that was meant: 0.4 is 2/5, though no float is."""
    return Fraction(seconds).limit_denominator(1_000_000)


def _check_span(path: Path, start: float, end: float | None) -> None:
    if not math.isfinite(start) or start < 0.0:
        raise UserError(f"The start of {path} must be 0 s or later, not {start:g} s.")
    if end is not None and not end > start:
        raise UserError(f"The end ({end:g} s) must lie after the start ({start:g} s).")
