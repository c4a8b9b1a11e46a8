"""The ticks that were scored, kept so that going back shows them without running anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from live_emotion.core.estimate import Estimate

# Four hours; what lies further back is scored again if it is asked for.
KEPT_TICKS: Final = 36_000


class ScoredTicks:
    """Estimates by their tick; the one that was added longest ago is dropped.

    Parameters
    ----------
    estimates
        What is there from the start.
    capacity
        Number of ticks kept.
    """

    def __init__(self, estimates: Iterable[Estimate] = (), capacity: int = KEPT_TICKS) -> None:
        self._capacity = capacity
        self._kept: dict[int, Estimate] = {}
        for estimate in estimates:
            self.add(estimate)

    def __contains__(self, tick: int) -> bool:
        return tick in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, estimate: Estimate) -> None:
        """Keep the scores of a tick."""
        self._kept[estimate.tick] = estimate
        if len(self._kept) > self._capacity:
            del self._kept[next(iter(self._kept))]

    def at(self, tick: int) -> Estimate | None:
        """Return what was scored at a tick, None if it was not."""
        return self._kept.get(tick)
