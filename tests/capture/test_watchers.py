"""Whoever watches capture gets everything, whatever the flow has time for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from live_emotion.capture import camera
from live_emotion.capture.choices import CameraChoice
from live_emotion.capture.live_source import LiveSource
from live_emotion.capture.source import CaptureWatcher
from live_emotion.core.media import AudioBlock, VideoFrame

PICTURES = 40


class FewPictures:
    """A camera that gives so many pictures, and then nothing."""

    def __init__(self) -> None:
        self._left = PICTURES

    def grab(self) -> bool:
        time.sleep(0.002)
        self._left -= 1
        return self._left >= 0

    def retrieve(self) -> tuple[bool, Any]:
        return True, np.full((48, 64, 3), 5 * self._left, np.uint8)

    def release(self) -> None:
        pass


class Watcher:
    def __init__(self) -> None:
        self.seen: list[VideoFrame | AudioBlock] = []

    @property
    def dropped(self) -> Mapping[str, int]:
        return {"stored_frames": 7}

    def on_capture(self, event: VideoFrame | AudioBlock) -> None:
        self.seen.append(event)


def test_every_picture_is_handed_on_though_nobody_takes_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    once = iter([FewPictures()])

    def opener(choice: CameraChoice) -> FewPictures:
        try:
            return next(once)
        except StopIteration:
            raise camera.CameraAwayError("is not there") from None

    monkeypatch.setattr(camera, "open_capture", opener)
    watcher = Watcher()
    assert isinstance(watcher, CaptureWatcher)
    with LiveSource(CameraChoice("http://camera.local/"), None) as source:
        source.watchers = (watcher,)
        source.start()
        deadline = time.monotonic() + 20.0
        while len(watcher.seen) < PICTURES:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert source.dropped["stored_frames"] == 7
        assert source.dropped["video_frames"] == PICTURES - 1
    times = [event.t for event in watcher.seen]
    assert times == sorted(times)
