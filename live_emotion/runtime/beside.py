"""Two calls of encoders at the same time.

A small network cannot use two cores well: its layers are short, and threads wait for each other
between them. Two networks side by side, as for face and voice, take less time than one after the
other, and less processor time.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import TypeVar

from live_emotion.runtime.cpu import cpu_cores

First = TypeVar("First")
Second = TypeVar("Second")


class Beside:
    """Runs two functions at the same time, the second on a thread of its own.

    Parameters
    ----------
    allowed
        False to run them one after the other; so it is on a single core, too.
    """

    def __init__(self, allowed: bool = True) -> None:
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None
        if allowed and cpu_cores() > 1:
            self._pool = concurrent.futures.ThreadPoolExecutor(1, "beside")

    def both(
        self, first: Callable[[], First], second: Callable[[], Second]
    ) -> tuple[First, Second]:
        """Return what both return. If one raises, that is raised once both are over."""
        if self._pool is None:
            return first(), second()
        waiting = self._pool.submit(second)
        try:
            done = first()
        finally:
            concurrent.futures.wait((waiting,))
        return done, waiting.result()

    def close(self) -> None:
        """End the thread."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
