"""What the live window asks of a live session."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.capture.source import SourceInfo
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts


class Livable(Protocol):
    """What the window asks of a live session; `pipeline.live.Live` is one."""

    @property
    def info(self) -> SourceInfo:
        """Which devices were chosen."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, one line each."""

    @property
    def loaded(self) -> bool:
        """Whether the networks are there."""

    def meta(self) -> Mapping[str, Any]:
        """Return what a session log says of source, preset, engines and weights."""

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run until `stop` is set."""

    def pause(self) -> None:
        """Turn the devices off."""

    def resume(self) -> None:
        """Turn them on again."""

    def choose(self, camera: CameraChoice | None, microphone: MicrophoneChoice | None) -> None:
        """Change to other devices."""

    def mark(self, label: str) -> None:
        """Mark this moment."""

    def close(self) -> None:
        """Let go of devices and networks."""


def open_live(options: LiveOptions) -> Livable:
    """Make a live session; the networks' libraries are imported only now."""
    from live_emotion.pipeline.live import Live

    return Live(options)
