"""Figures of a live session, from what was seen on the screen and sampled of the process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.bench.screen import Seen
from live_emotion.core import codebar

# A phrase whose transcript is not final by then has none.
LONGEST_DELAY_S: Final = 10.0
_SETTLED_SHARE: Final = 0.25
_LAST_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Sample:
    """CPU seconds and resident megabytes of the program at a moment of `time.monotonic`."""

    at: float
    cpu_s: float
    rss_mb: float


def figures(
    seen: Sequence[Seen], phrase_ends: Sequence[float], samples: Sequence[Sample], began: float
) -> dict[str, Any]:
    """Return the figures by the names that a report gives them; None where there are none.

    Parameters
    ----------
    seen
        The window's mark, each repaint as first seen on the screen.
    phrase_ends
        When somebody had said a phrase, seconds on `time.monotonic`.
    samples
        Of the process, from the first score on.
    began
        When the process was started.
    """
    scored = [one for one in seen if one.values["stamp"]]
    steady = [one for one in seen if scored and one.at >= scored[0].at]
    gaps, missed = repaint_gaps_ms(steady)
    latencies = latencies_ms(steady)
    until = samples[-1].at if samples else began
    delays, without = transcript_delays_s(steady, [e for e in phrase_ends if e < until])
    wall = samples[-1].at - samples[0].at if len(samples) > 1 else 0.0
    memory = np.array([one.rss_mb for one in samples])
    return {
        "repaint_gap_p99_ms": _percentile(gaps, 99),
        "repaint_gap_max_ms": _percentile(gaps, 100),
        "picture_gap_p99_ms": _percentile(picture_gaps_ms(steady), 99),
        "latency_p50_ms": _percentile(latencies, 50),
        "latency_p95_ms": _percentile(latencies, 95),
        "final_transcript_delay_p50_s": _percentile(delays, 50, 3),
        "final_transcript_delay_p95_ms": _percentile([1e3 * delay for delay in delays], 95),
        "cpu_share_of_one_core": (
            round((samples[-1].cpu_s - samples[0].cpu_s) / wall, 3) if wall else None
        ),
        "rss_mb": round(float(memory.max()), 1) if len(memory) else None,
        "rss_growth_mb": _growth(memory),
        "startup_window_s": round(seen[0].at - began, 3) if seen else None,
        "startup_first_score_s": round(scored[0].at - began, 3) if scored else None,
        "repaints": len(steady),
        "repaints_not_seen": missed,
        "scores_seen": len(latencies),
        "phrases": len(delays) + without,
        "phrases_without_transcript": without,
    }


def repaint_gaps_ms(seen: Sequence[Seen]) -> tuple[list[float], int]:
    """Return the times between repaints, as the window stamped them, and how many went unseen.

    Where repaints went by between two looks at the screen, their gap counts as that many equal
    ones.
    """
    gaps: list[float] = []
    missed = 0
    for a, b in pairwise(seen):
        count = b.values["paint"] - a.values["paint"]
        if count < 1:
            continue
        missed += count - 1
        gaps += [_since(a.values["time"], b.values["time"]) / count] * count
    return gaps, missed


def latencies_ms(seen: Sequence[Seen]) -> list[float]:
    """Return for each newly shown score how old the camera's picture behind it was."""
    latencies = []
    shown = 0
    for one in seen:
        stamp = one.values["stamp"]
        if stamp and stamp != shown:
            shown = stamp
            latencies.append(_since(stamp, round(one.at * 1e4) & codebar.MOST))
    return latencies


def picture_gaps_ms(seen: Sequence[Seen]) -> list[float]:
    """Return the times between camera pictures shown."""
    news = [b.at for a, b in pairwise(seen) if a.values["video"] != b.values["video"]]
    return [(b - a) * 1e3 for a, b in pairwise(news)]


def transcript_delays_s(
    seen: Sequence[Seen], phrase_ends: Sequence[float]
) -> tuple[list[float], int]:
    """Return how long after each phrase its transcript was final, and how many never were."""
    closings = [b.at for a, b in pairwise(seen) if b.values["closed"] > a.values["closed"]]
    delays, without = [], 0
    for k, end in enumerate(phrase_ends):
        before = phrase_ends[k + 1] if k + 1 < len(phrase_ends) else float("inf")
        limit = min(before, end + LONGEST_DELAY_S)
        closing = next((at for at in closings if end <= at < limit), None)
        if closing is not None:
            delays.append(closing - end)
        elif limit <= (seen[-1].at if seen else end):
            without += 1
    return delays, without


def _since(a: int, b: int) -> float:
    """Return the milliseconds between two times as bars hold them; bars wrap around."""
    return ((b - a) & codebar.MOST) / 10.0


def _percentile(values: Sequence[float], share: float, digits: int = 1) -> float | None:
    return round(float(np.percentile(values, share)), digits) if values else None


def _growth(memory: NDArray[np.float64]) -> float | None:
    """Return how much the last tenth lies above what had settled after the first quarter."""
    if len(memory) < 10:
        return None
    at, last = int(len(memory) * _SETTLED_SHARE), max(1, int(len(memory) * _LAST_SHARE))
    settled = float(np.median(memory[at : at + last]))
    return round(float(np.median(memory[-last:])) - settled, 1)
