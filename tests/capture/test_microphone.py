"""The microphone's thread on a made-up stream: bursts, silence, the end, and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from live_emotion.capture import microphone as module
from live_emotion.capture.choices import MicrophoneChoice
from live_emotion.capture.mic_stream import MicrophoneAwayError, Reading
from live_emotion.capture.microphone import LATE_S, Microphone
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import SAMPLE_RATE
from tests.capture.test_camera import wait_until

RATE = 48_000


class Clock:
    def __init__(self) -> None:
        self.t = 5.0

    def now(self) -> float:
        return self.t


class Stream:
    """A stream whose sound the test puts in."""

    source: str | None = None

    def __init__(self, wake: Callable[[], None]) -> None:
        self.rate, self.channels = RATE, 1
        self.ring: RingBuffer[np.float32] = RingBuffer(10 * RATE, (1,))
        self.ended = threading.Event()
        self.closed = False
        self.settled = 0  # what was written up to here has been taken, and all of it handled
        self._wake = wake
        self._readings: list[Reading] = []

    def send(self, seconds: float, captured: float, value: float = 0.1) -> None:
        """Bring sound whose first sample was captured at a time."""
        n = round(seconds * RATE)
        self._readings.append(Reading(self.ring.written, captured))
        self.ring.append(np.full((n, 1), value, np.float32))
        self._wake()

    def readings(self) -> Iterator[Reading]:
        while self._readings:
            yield self._readings.pop(0)

    def take(self, first: int) -> tuple[int, np.ndarray]:
        # Who asks for what follows is done with what came before.
        self.settled = first
        start = max(first, self.ring.start)
        return start - first, self.ring.read(start, self.ring.written)[:, 0]

    def settle(self) -> None:
        """Wait until all that was sent has been handled, however slow the machine is."""
        sent = self.ring.written

        def handled() -> bool:
            self._wake()
            return self.settled >= sent

        wait_until(handled)

    def close(self, patience_s: float = 1.0) -> bool:
        self.closed = True
        return True


class Bench:
    def __init__(self) -> None:
        self.clock = Clock()
        self.streams: list[Stream] = []
        self.away = False
        self.events: list[DeviceEvent] = []
        self.blocks: list[AudioBlock] = []
        self.microphone = Microphone(
            MicrophoneChoice(),
            self.clock.now,
            lambda: None,
            self._open,  # type: ignore[arg-type]
        )

    def _open(self, choice: object, now: object, wake: Callable[[], None]) -> Stream:
        if self.away:
            raise MicrophoneAwayError("is not there")
        self.streams.append(Stream(wake))
        return self.streams[-1]

    @property
    def stream(self) -> Stream:
        wait_until(lambda: self.streams)
        return self.streams[-1]

    def look(self) -> None:
        self.events += self.microphone.watch.poll()
        self.blocks += self.microphone.take()

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.events]

    def talk(self, seconds: float, value: float = 0.1, step: float = 0.05) -> None:
        """Let time pass, with sound."""
        for _ in range(round(seconds / step)):
            start = self.clock.t
            self.clock.t += step
            self.stream.send(step, start, value)
            self.stream.settle()
            self.look()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(module.sound_server, "available", lambda: False)
    made = Bench()
    made.microphone.start()
    yield made
    made.microphone.close()


def test_sound_comes_out_at_16_khz_on_the_session_clock(bench: Bench) -> None:
    bench.talk(2.0)
    assert bench.states == ["live"]
    assert bench.blocks[0].t == pytest.approx(5.0, abs=0.002), "not zero, nor when it was opened"
    assert bench.blocks[-1].t_end == pytest.approx(7.0, abs=0.01)
    count = sum(len(b.samples) for b in bench.blocks)
    assert count == pytest.approx(2.0 * SAMPLE_RATE, abs=200)
    assert bench.microphone.dropped == 0


def test_a_burst_of_old_sound_is_dropped_and_counted(bench: Bench) -> None:
    bench.talk(2.0)
    bench.clock.t += 3.9  # the server stood still, not yet for so long that it is given up
    bench.look()
    assert bench.states == ["live", "stalled"]
    for k in range(78):  # all of it comes at once, each block with its own time
        bench.stream.send(0.05, 7.0 + 0.05 * k)
    bench.stream.settle()
    bench.look()
    assert bench.states == ["live", "stalled", "live"]
    assert all(bench.clock.t - b.t_end <= LATE_S for b in bench.blocks if b.t >= 7.0)
    # 10.9 less LATE_S less the 7.0 heard before, but for a block at the edge.
    assert bench.microphone.dropped >= (10.9 - LATE_S - 7.0 - 0.1) * SAMPLE_RATE
    before = len(bench.blocks)
    bench.talk(0.5)
    assert bench.blocks[before].t >= 10.8
    times = [b.t for b in bench.blocks]
    assert times == sorted(times)


def test_exact_zeros_are_noticed_and_so_is_their_end(bench: Bench) -> None:
    bench.talk(1.0)
    bench.talk(4.0, value=0.0)
    assert bench.states == ["live", "muted"]
    assert "zero" in bench.events[-1].message
    bench.talk(1.0)
    assert bench.states == ["live", "muted", "live"]


def test_a_stream_that_ends_is_opened_again_when_the_microphone_is_back(bench: Bench) -> None:
    bench.talk(1.0)
    bench.away = True
    bench.stream.ended.set()
    wait_until(lambda: bench.look() or bench.states[-1] == "reconnecting")
    assert bench.streams[0].closed
    bench.clock.t += 12.0
    wait_until(lambda: bench.look() or bench.states[-1] == "lost")
    bench.away = False
    wait_until(lambda: len(bench.streams) == 2)
    bench.talk(1.0)
    assert bench.states == ["live", "reconnecting", "lost", "live"]
    # The time away is a hole; nothing is made up for it.
    gap = max(b.t - a.t_end for a, b in zip(bench.blocks, bench.blocks[1:], strict=False))
    assert gap == pytest.approx(12.0, abs=0.1)


def test_a_stream_that_falls_silent_for_good_is_opened_anew(bench: Bench) -> None:
    bench.talk(1.0)
    bench.clock.t += 4.5
    wait_until(lambda: len(bench.streams) == 2)
    assert bench.streams[0].closed


def test_sound_that_nobody_takes_is_dropped_oldest_first(bench: Bench) -> None:
    stream = bench.stream
    for _ in range(200):
        start = bench.clock.t
        bench.clock.t += 0.05
        stream.send(0.05, start)
        stream.settle()
    held = bench.microphone.take()
    assert held[-1].t_end == pytest.approx(15.0, abs=0.2)
    assert 4.0 < held[-1].t_end - held[0].t <= 5.1
    assert bench.microphone.dropped == pytest.approx(5.0 * SAMPLE_RATE, rel=0.1)
