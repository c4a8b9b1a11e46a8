from __future__ import annotations

import threading

import pytest

from live_emotion.pipeline import pacer as module
from live_emotion.pipeline.pacer import Pacer


class FakeTime:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now


class FakeStop(threading.Event):
    def __init__(self, time: FakeTime) -> None:
        super().__init__()
        self._time = time

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self._time.slept.append(timeout)
        self._time.now += timeout
        return False


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(module, "time", fake)
    return fake


def test_media_time_passes_at_the_speed_asked_for(time: FakeTime) -> None:
    pacer, stop = Pacer(2.0), FakeStop(time)
    for t in (5.0, 6.0, 8.0):
        pacer.wait(t, stop)
    assert time.slept == pytest.approx([0.5, 1.0])


def test_full_speed_never_sleeps(time: FakeTime) -> None:
    pacer, stop = Pacer(None), FakeStop(time)
    for t in range(100):
        pacer.wait(float(t), stop)
    assert time.slept == []


def test_a_short_delay_is_caught_up_but_a_long_pause_is_not(time: FakeTime) -> None:
    pacer, stop = Pacer(1.0, slack_s=1.0), FakeStop(time)
    pacer.wait(0.0, stop)
    time.now += 0.5
    pacer.wait(0.4, stop)
    pacer.wait(1.0, stop)
    assert time.slept == pytest.approx([0.5])
    time.now += 60.0
    pacer.wait(1.1, stop)
    pacer.wait(1.6, stop)
    assert time.slept == pytest.approx([0.5, 0.5])
