from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from live_emotion.capture.source import SourceInfo
from live_emotion.core.media import AudioBlock
from live_emotion.pipeline.feed import ReadAhead


class Blocks:
    """A source of numbered blocks that may fail at the end."""

    info = SourceInfo("blocks", False, True, 0, 0, 0.0, None)

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.read = 0

    def events(self) -> Iterator[AudioBlock]:
        for i in range(self.count):
            self.read += 1
            yield AudioBlock(float(i), np.zeros(1, np.float32))
        if self.error is not None:
            raise self.error

    def close(self) -> None: ...

    def __enter__(self) -> Blocks:
        return self

    def __exit__(self, *args: object) -> None: ...


def test_everything_arrives_in_order_and_the_thread_ends() -> None:
    with ReadAhead(Blocks(500), depth=3) as events:
        assert [e.t for e in events] == [float(i) for i in range(500)]
    assert not any(t.name == "capture" for t in threading.enumerate())


def test_the_readers_error_reaches_the_caller_after_what_came_before() -> None:
    seen = []
    with (
        ReadAhead(Blocks(5, OSError("gone")), depth=2) as events,
        pytest.raises(OSError, match="gone"),
    ):
        seen.extend(event.t for event in events)
    assert seen == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_reading_ahead_is_bounded_and_closing_in_the_middle_does_not_hang() -> None:
    source = Blocks(10**9)
    with ReadAhead(source, depth=4) as events:
        assert next(iter(events)).t == 0.0
        threading.Event().wait(0.3)
        assert source.read <= 1 + 4 + 1
    assert not any(t.name == "capture" for t in threading.enumerate())
