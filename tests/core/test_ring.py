"""The ring buffer against a plain list, and with a writer running."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from live_emotion.core.ring import RingBuffer


class RingAgainstList(RuleBasedStateMachine):
    """Whatever is done, the buffer holds the newest `capacity` items of the list."""

    @initialize(capacity=st.integers(1, 40), wide=st.booleans())
    def make(self, capacity: int, wide: bool) -> None:
        self.width = 3 if wide else 0
        self.ring: RingBuffer[Any] = RingBuffer(capacity, (3,) if wide else (), dtype=np.int64)
        self.all: list[int] = []

    def _array(self, numbers: list[int]) -> np.ndarray:
        flat = np.array(numbers, dtype=np.int64)
        return np.repeat(flat[:, None], 3, axis=1) if self.width else flat

    @rule(n=st.integers(0, 100))
    def append(self, n: int) -> None:
        new = list(range(len(self.all) + 1, len(self.all) + n + 1))
        self.ring.append(self._array(new))
        self.all += new

    @rule(data=st.data())
    def read_what_is_held(self, data: st.DataObject) -> None:
        first = data.draw(st.integers(self.ring.start, self.ring.written))
        last = data.draw(st.integers(first, self.ring.written))
        view = self.ring.view(first, last)
        np.testing.assert_array_equal(view, self._array(self.all[first:last]))
        np.testing.assert_array_equal(self.ring.read(first, last), view)
        assert view.flags.c_contiguous
        assert not view.flags.writeable
        assert not view.flags.owndata

    @rule(n=st.integers(0, 120))
    def latest(self, n: int) -> None:
        held = self.all[-self.ring.capacity :]
        wanted = held[max(0, len(held) - n) :]
        np.testing.assert_array_equal(self.ring.latest(n), self._array(wanted))

    @rule(before=st.integers(1, 50), after=st.integers(1, 50))
    def refuse_what_is_not_held(self, before: int, after: int) -> None:
        ring = self.ring
        for first, last in (
            (ring.start - before, ring.written),
            (ring.start, ring.written + after),
            (ring.written + 1, ring.written),
        ):
            with pytest.raises(IndexError):
                ring.view(first, last)
            with pytest.raises(IndexError):
                ring.read(first, last)

    @invariant()
    def counts(self) -> None:
        if not hasattr(self, "ring"):
            return
        assert self.ring.written == len(self.all)
        assert self.ring.dropped == self.ring.start == max(0, len(self.all) - self.ring.capacity)


TestRingAgainstList = RingAgainstList.TestCase
TestRingAgainstList.settings = settings(max_examples=60, deadline=None)


@given(capacity=st.integers(-5, 0))
def test_a_capacity_below_one_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        RingBuffer(capacity)


def test_reading_what_is_overwritten_meanwhile_raises() -> None:
    """The writer laps the reader between taking the view and copying it."""

    class Lapping(RingBuffer[np.float32]):
        def view(self, first: int, last: int) -> np.ndarray:
            view = super().view(first, last)
            self.append(np.full(3, -1, dtype=np.float32))
            return view

    ring = Lapping(8)
    ring.append(np.arange(8, dtype=np.float32))
    with pytest.raises(IndexError, match="overwritten"):
        ring.read(2, 8)
    assert ring.dropped == 3
    np.testing.assert_array_equal(ring.read(7, 11), [7, -1, -1, -1])


def test_a_reader_never_sees_torn_samples() -> None:
    ring: RingBuffer[np.int64] = RingBuffer(512, dtype=np.int64)
    total = 200_000
    reads = []
    overtaken = []
    wrong: list[int] = []
    done = threading.Event()

    def write() -> None:
        rng = np.random.default_rng(0)
        at = 0
        while at < total:
            n = int(rng.integers(1, 200))
            ring.append(np.arange(at, at + n, dtype=np.int64))
            at += n
        done.set()

    def read() -> None:
        while not done.is_set() or not reads:
            last = ring.written
            first = max(0, last - 500)
            try:
                got = ring.read(first, last)
            except IndexError:
                overtaken.append(first)
                continue
            reads.append(len(got))
            if not np.array_equal(got, np.arange(first, last)):
                wrong.append(first)

    threads = [threading.Thread(target=read) for _ in range(2)]
    threads.append(threading.Thread(target=write))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong == []
    assert reads
    assert ring.written >= total
    assert ring.dropped == ring.written - 512
