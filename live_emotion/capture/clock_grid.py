"""Cuts sound into blocks on the 16 kHz grid of the media clock, without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

# Blocks end on multiples of 0.1 s, so that none straddles a tick.
BLOCK_SAMPLES: Final = SAMPLE_RATE // 10


class ClockGrid:
    """Takes runs of samples by their number on the clock and yields gapless blocks.

    Sample ``i`` belongs to media second ``i / 16000``. Holes between runs are filled with
    zeros, overlaps are cut from the later run. Memory does not grow with the hole.

    Parameters
    ----------
    first
        Samples before this one are thrown away.
    last
        Samples from this one on are thrown away; None for no end.
    """

    def __init__(self, first: int = 0, last: int | None = None) -> None:
        self._first = first
        self._last = last
        self._next: int | None = None
        self._open: list[FloatArray] = []
        self._open_n = 0

    @property
    def next_index(self) -> int | None:
        """Number of the sample that would follow; None before the first run."""
        return self._next

    @property
    def full(self) -> bool:
        """Whether all samples up to `last` are there."""
        return self._last is not None and self._next is not None and self._next >= self._last

    @property
    def wanted(self) -> int:
        """Number of the sample before which all is needed for something to happen."""
        begin = self._first if self._next is None else self._next
        block = begin - begin % BLOCK_SAMPLES + BLOCK_SAMPLES
        return block if self._last is None else min(block, self._last)

    def put(self, index: int, samples: FloatArray) -> Iterator[AudioBlock]:
        """Add samples ``index, index + 1, ...`` and yield the blocks that are complete."""
        if self._last is not None:
            samples = samples[: max(0, self._last - index)]
            index = min(index, self._last)
        begin = self._first if self._next is None else self._next
        if self._next is None:
            if not len(samples):
                return
            # Sound before `first` shows that the line is open there; else it begins late.
            self._next = max(begin, index)
        if index < begin:
            samples = samples[begin - index :]
        while index > self._next:
            n = min(index - self._next, BLOCK_SAMPLES)
            yield from self._add(np.zeros(n, dtype=np.float32))
        while len(samples):
            yield from self._add(samples[:BLOCK_SAMPLES])
            samples = samples[BLOCK_SAMPLES:]

    def flush(self) -> Iterator[AudioBlock]:
        """Yield what is left as a last, shorter block."""
        if self._open_n:
            yield self._close()

    def _add(self, run: FloatArray) -> Iterator[AudioBlock]:
        assert self._next is not None
        while len(run):
            room = BLOCK_SAMPLES - self._next % BLOCK_SAMPLES
            part, run = run[:room], run[room:]
            self._open.append(part)
            self._open_n += len(part)
            self._next += len(part)
            if len(part) == room:
                yield self._close()

    def _close(self) -> AudioBlock:
        assert self._next is not None
        samples = np.concatenate(self._open)
        start = self._next - self._open_n
        self._open, self._open_n = [], 0
        return AudioBlock(start / SAMPLE_RATE, samples)
