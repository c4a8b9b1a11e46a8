"""The tick grid: every score, face and mel piece falls on one grid of 0.4 s.

Tick ``k`` covers the half-open span ``[k * 0.4, (k + 1) * 0.4)`` seconds of the session
clock. The grid is anchored at zero, so a seek never shifts it.
"""

from __future__ import annotations

import math
from typing import Final

TICK_S: Final = 0.4
WINDOW_TICKS: Final = 12
# The fewest that the sequence encoders make sense of.
WINDOW_TICKS_MIN: Final = 3
WINDOW_S: Final = TICK_S * WINDOW_TICKS
SAMPLE_RATE: Final = 16_000
TICK_SAMPLES: Final = 6_400

# A time that is a hair before a grid line because of binary rounding belongs after it.
_EPSILON_S: Final = 1e-6


def tick_at(t: float) -> int:
    """Return the tick that holds the time `t` (seconds)."""
    return math.floor((t + _EPSILON_S) / TICK_S)


def tick_span(tick: int) -> tuple[float, float]:
    """Return the start and end of a tick in seconds."""
    return tick_start(tick), tick_start(tick + 1)


def tick_start(tick: int) -> float:
    """Return the start of a tick in seconds, rounded so that 3 * 0.4 reads 1.2."""
    return round(tick * TICK_S, 6)


def window_span(
    tick: int, first_tick: int = 0, window_ticks: int = WINDOW_TICKS
) -> tuple[float, float]:
    """Return the window that ends with `tick`: `window_ticks` ticks, fewer near `first_tick`."""
    first = max(first_tick, tick - window_ticks + 1)
    return tick_start(first), tick_start(tick + 1)
