"""What every source of media is to the rest of the program: a file, a camera, a microphone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeAlias, runtime_checkable

from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock, VideoFrame

SourceEvent: TypeAlias = VideoFrame | AudioBlock | DeviceEvent


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source before its first event.

    Attributes
    ----------
    name
        A person's name for it: a file name, a device name.
    has_video, has_audio
        Whether events of either kind will come.
    width, height
        Picture size in pixels as shown (rotated, square pixels); 0 without video.
    fps
        Mean frame rate; 0 without video or when unknown. Variable rates exist: go by
        `VideoFrame.t`.
    duration
        Seconds of the whole medium, or None when live or unknown.
    """

    name: str
    has_video: bool
    has_audio: bool
    width: int
    height: int
    fps: float
    duration: float | None


class Source(Protocol):
    """Something that yields pictures and sound, each with its time in seconds."""

    @property
    def info(self) -> SourceInfo:
        """What is known of it before its first event."""
        ...

    def events(self) -> Iterator[SourceEvent]:
        """Yield frames, blocks and device events; each kind in time order, interleaved."""
        ...

    def close(self) -> None:
        """Release the device or file; events end. Safe to call twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class CaptureWatcher(Protocol):
    """Gets all that live devices capture, whether or not the flow has time for it."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """What it had to leave out, by name."""
        ...

    def on_capture(self, event: VideoFrame | AudioBlock) -> None:
        """Receive a picture or sound, on a thread of capture: must return at once."""
        ...
