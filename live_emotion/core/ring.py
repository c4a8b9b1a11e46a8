"""A ring buffer that hands out contiguous views: everything is stored twice.

Sample ``i`` lies at ``i % capacity`` and again at ``i % capacity + capacity``, so any run of
up to `capacity` samples is one slice of the storage, without a copy. One thread writes, any
number read. A reader that is overtaken while it copies notices and tries again.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class RingBuffer(Generic[Scalar]):
    """Bounded history of samples; when full, the oldest are dropped and counted.

    Parameters
    ----------
    capacity
        Number of samples kept.
    item_shape
        Shape of one sample, ``()`` for scalars.
    dtype
        Of the storage.

    Raises
    ------
    ValueError
        If `capacity` is not positive.
    """

    def __init__(
        self, capacity: int, item_shape: tuple[int, ...] = (), *, dtype: DTypeLike = np.float32
    ) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self.capacity = capacity
        self._store: NDArray[Scalar] = np.zeros((2 * capacity, *item_shape), dtype=dtype)
        # `_claimed` moves before the samples are laid down and `written` after, so a
        # reader can tell which part of its view a writer may have touched meanwhile.
        self._claimed = 0
        self.written = 0

    @property
    def dropped(self) -> int:
        """How many samples have been overwritten since the start."""
        return max(0, self.written - self.capacity)

    @property
    def start(self) -> int:
        """Index of the oldest sample still held."""
        return self.dropped

    def append(self, samples: NDArray[Scalar]) -> None:
        """Append samples, shape ``(n, *item_shape)``; only one thread may call this."""
        n = len(samples)
        self._claimed = self.written + n
        kept = samples[-self.capacity :]
        first = self.written + n - len(kept)
        at = first % self.capacity
        head = min(len(kept), self.capacity - at)
        for offset in (0, self.capacity):
            self._store[at + offset : at + offset + head] = kept[:head]
            self._store[offset : offset + len(kept) - head] = kept[head:]
        self.written += n

    def view(self, first: int, last: int) -> NDArray[Scalar]:
        """Return samples ``first..last-1`` as one read-only view of the storage.

        The writer may overwrite what the view shows once it has moved on; `read` gives a copy
        that is known to be whole.

        Raises
        ------
        IndexError
            If part of the run is no longer, or not yet, held.
        """
        if not (self.start <= first <= last <= self.written):
            raise IndexError(
                f"samples {first}..{last} are not held: have {self.start}..{self.written}"
            )
        at = first % self.capacity
        view = self._store[at : at + last - first]
        view.flags.writeable = False
        return view

    def latest(self, n: int) -> NDArray[Scalar]:
        """Return a view of the newest `n` samples, fewer if fewer are held."""
        last = self.written
        return self.view(max(last - n, max(0, last - self.capacity)), last)

    def read(self, first: int, last: int) -> NDArray[Scalar]:
        """Return a copy of samples ``first..last-1``.

        Raises
        ------
        IndexError
            If part of the run is not held, or was overwritten while it was copied.
        """
        copy = self.view(first, last).copy()
        if self._claimed - self.capacity > first:
            raise IndexError(f"samples {first}..{last} were overwritten while being read")
        return copy
