"""Liveness by the age of the data, told once a change and in words."""

from __future__ import annotations

from live_emotion.capture.reconnecting import LOST_AFTER_S, STALLED_AFTER_S, Backoff, DeviceWatch


class Bench:
    """A watch on a clock that is set by hand."""

    def __init__(self) -> None:
        self.t = 0.0
        self.watch = DeviceWatch("camera", "camera 0", lambda: self.t)
        self.told: list[tuple[float, str, str]] = []

    def poll(self, t: float) -> None:
        self.t = t
        self.told += [(e.t, e.state, e.message) for e in self.watch.poll()]

    def send(self, t0: float, t1: float, step: float = 0.1) -> None:
        t = t0
        while t < t1:
            self.t = t
            self.watch.data(t)
            self.poll(t)
            t += step

    @property
    def states(self) -> list[str]:
        return [state for _, state, _ in self.told]


def test_a_device_that_sends_is_live_and_told_once() -> None:
    bench = Bench()
    bench.poll(0.0)
    assert bench.told == []
    bench.watch.opened("640x480")
    bench.send(0.5, 3.0)
    assert bench.states == ["live"]
    assert "640x480" in bench.told[0][2]


def test_one_that_goes_quiet_stalls_then_is_lost_and_comes_back() -> None:
    bench = Bench()
    bench.watch.opened("640x480")
    bench.send(0.0, 2.0)
    last = 1.9
    for k in range(200):
        bench.poll(2.0 + k * 0.1)
    assert bench.states == ["live", "stalled", "lost"]
    assert STALLED_AFTER_S <= bench.told[1][0] - last < STALLED_AFTER_S + 0.2
    assert LOST_AFTER_S <= bench.told[2][0] - last < LOST_AFTER_S + 0.2
    bench.send(23.0, 24.0)
    assert bench.states[-1] == "live"
    assert "back after 21" in bench.told[-1][2]


def test_a_device_missing_from_the_start_is_tried_again_then_lost() -> None:
    bench = Bench()
    for k in range(120):
        bench.watch.failed("is not there")
        bench.poll(k * 0.1)
    assert bench.states == ["reconnecting", "lost"]
    assert "is not there" in bench.told[0][2]
    bench.watch.opened("")
    bench.poll(12.5)
    assert bench.states == ["reconnecting", "lost"], "opened, but it has sent nothing yet"
    bench.send(13.0, 13.5)
    assert bench.states[-1] == "live"


def test_one_that_breaks_off_is_reconnecting_at_once() -> None:
    bench = Bench()
    bench.watch.opened("")
    bench.send(0.0, 2.0)
    bench.watch.failed("stopped sending")
    bench.poll(2.0)
    assert bench.states == ["live", "reconnecting"]


def test_an_opened_device_that_never_sends_is_stalled() -> None:
    bench = Bench()
    bench.watch.opened("")
    for k in range(60):
        bench.poll(k * 0.1)
    assert bench.states == ["stalled"]
    assert 3.0 <= bench.told[0][0] < 3.2


def test_old_data_make_nothing_live() -> None:
    bench = Bench()
    bench.watch.opened("")
    bench.t = 2.0
    bench.watch.data(0.5)
    bench.poll(2.0)
    assert "live" not in bench.states


def test_muted_and_heard_again() -> None:
    bench = Bench()
    bench.watch.opened("")
    bench.send(0.0, 1.0)
    bench.watch.muted("gives nothing but exact zeros")
    bench.send(1.0, 2.0)
    bench.watch.muted(None)
    bench.send(2.0, 3.0)
    assert bench.states == ["live", "muted", "live"]
    assert "exact zeros" in bench.told[1][2]


def test_a_note_keeps_the_state_and_waits_for_the_first() -> None:
    bench = Bench()
    bench.watch.note("moved from A to B")
    bench.poll(0.0)
    assert bench.told == []
    bench.watch.opened("")
    bench.send(0.1, 0.5)
    assert bench.states == ["live", "live"]
    assert bench.told[1][2] == "camera 0 moved from A to B"


def test_paused_stays_paused() -> None:
    bench = Bench()
    bench.watch.opened("")
    bench.send(0.0, 1.0)
    bench.watch.pause()
    bench.watch.data(1.1)
    bench.poll(1.1)
    bench.poll(30.0)
    assert bench.states == ["live", "paused"]


def test_back_off_grows_to_five_seconds_and_begins_again() -> None:
    backoff = Backoff()
    waits = [backoff.next() for _ in range(10)]
    assert waits == sorted(waits)
    assert waits[0] < 0.5
    assert max(waits) == waits[-1] == 5.0
    backoff.reset()
    assert backoff.next() == waits[0]
