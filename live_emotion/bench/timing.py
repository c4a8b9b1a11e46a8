"""A small timing core: contestants take turns in one process, and ratios come with an interval.

What is compared runs interleaved (A, B, A, B, ...), so that whatever else the machine does meets
all alike. Each turn is a run that does not count and one that does: the networks of one contestant
push those of another out of the processor's caches, which says nothing about either. The first runs
are kept apart, as what a run takes from cold. Medians say how long a run takes; a ratio is one of
medians, with the percentile interval of a bootstrap over the rounds (Efron, Tibshirani: An
Introduction to the Bootstrap, 1993, chapter 13), in which the contestants of a round stay together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_DRAWS: Final = 2000
_CONFIDENCE: Final = 0.95

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times less something takes than something else.

    Attributes
    ----------
    value
        Ratio of the medians.
    low, high
        Ends of its 95% interval.
    """

    value: float
    low: float
    high: float

    def rounded(self) -> list[float]:
        """Return the interval as a report gives it."""
        return [round(self.low, 3), round(self.high, 3)]

    def __str__(self) -> str:
        return f"{self.value:.2f} times less ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, slots=True, eq=False)
class Timings:
    """What the contestants took.

    Attributes
    ----------
    seconds
        ``(rounds,)`` float64 of each, by name; the same index is the same round.
    cold
        The same of the run before, that found the caches as others had left them.
    """

    seconds: Mapping[str, NDArray[np.float64]]
    cold: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def median_ms(self, name: str) -> float:
        """Return the median of a contestant in milliseconds."""
        return float(np.median(self.seconds[name])) * 1e3

    def cold_ms(self, name: str) -> float:
        """Return the median of a contestant's first runs in milliseconds."""
        return float(np.median(self.cold[name])) * 1e3

    def p95_ms(self, name: str) -> float:
        """Return the 95th percentile of a contestant in milliseconds."""
        return float(np.percentile(self.seconds[name], 95)) * 1e3

    def times_less(self, name: str, than: str) -> Ratio:
        """Return how many times less `name` takes `than` the other."""
        ours, others = self.seconds[name], self.seconds[than]
        picks = np.random.default_rng(0).integers(len(ours), size=(_DRAWS, len(ours)))
        drawn = np.median(others[picks], axis=1) / np.median(ours[picks], axis=1)
        tail = (1.0 - _CONFIDENCE) / 2
        low, high = np.quantile(drawn, (tail, 1.0 - tail))
        return Ratio(float(np.median(others) / np.median(ours)), float(low), float(high))

    def row(self, name: str) -> dict[str, Any]:
        """Return a contestant as a report gives it."""
        return {
            "median_ms": round(self.median_ms(name), 4),
            "p95_ms": round(self.p95_ms(name), 4),
            "runs": len(self.seconds[name]),
        }


def race(
    contestants: Mapping[str, Run],
    *,
    repeat: int,
    warm_up: int = 3,
    clock: Callable[[], float] = time.perf_counter,
    settle_s: float = 0.005,
    sleep: Callable[[float], object] = time.sleep,
) -> Timings:
    """Let contestants take turns and time every turn.

    Parameters
    ----------
    contestants
        What to run, by name. Who begins moves on by one each round.
    repeat
        Rounds that count.
    warm_up
        Rounds before, which do not.
    clock
        Returns seconds that never go back.
    settle_s
        Pause before each turn: threads of the library that ran before stop spinning meanwhile.
    sleep
        Pauses for some seconds.

    Raises
    ------
    ValueError
        If there is nothing to run, or fewer than one round.
    """
    if not contestants or repeat < 1:
        raise ValueError("a race needs a contestant and a round")
    names = list(contestants)
    taken: dict[str, list[float]] = {name: [] for name in names}
    cold: dict[str, list[float]] = {name: [] for name in names}
    for round_number in range(-warm_up, repeat):
        first = round_number % len(names)
        for name in names[first:] + names[:first]:
            sleep(settle_s)
            for times in (cold, taken):
                began = clock()
                contestants[name]()
                ended = clock()
                if round_number >= 0:
                    times[name].append(ended - began)
    return Timings(_arrays(taken), _arrays(cold))


def _arrays(times: Mapping[str, list[float]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array(taken, np.float64) for name, taken in times.items()}
