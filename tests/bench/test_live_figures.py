"""Figures of a live session from what was seen, made up by hand."""

from __future__ import annotations

import pytest

from live_emotion.bench.live_figures import (
    Sample,
    figures,
    latencies_ms,
    repaint_gaps_ms,
    transcript_delays_s,
)
from live_emotion.bench.screen import Seen
from live_emotion.core import codebar

KEYS = {
    "repaint_gap_p99_ms",
    "latency_p50_ms",
    "latency_p95_ms",
    "final_transcript_delay_p95_ms",
    "cpu_share_of_one_core",
    "rss_mb",
    "rss_growth_mb",
    "startup_window_s",
    "startup_first_score_s",
}


def seen(at: float, paint: int, stamp: float = 0.0, closed: int = 0, time: float = -1.0) -> Seen:
    values = {
        "paint": paint,
        "time": round((at if time < 0 else time) * 1e4) & codebar.MOST,
        "stamp": round(stamp * 1e4) & codebar.MOST,
        "closed": closed,
        "video": paint,
    }
    return Seen(at, values)


def test_gaps_are_those_of_the_window_and_unseen_repaints_share_theirs() -> None:
    shown = [seen(10.0, 1), seen(10.033, 2), seen(10.2, 4, time=10.133)]
    gaps, missed = repaint_gaps_ms(shown)
    assert gaps == pytest.approx([33.0, 50.0, 50.0])
    assert missed == 1


def test_latency_runs_from_the_camera_to_the_first_sight_of_its_score() -> None:
    shown = [
        seen(5.0, 1),
        seen(5.1, 2, stamp=4.95),
        seen(5.2, 3, stamp=4.95),
        seen(5.5, 4, stamp=5.3),
    ]
    assert latencies_ms(shown) == pytest.approx([150.0, 200.0])


def test_latency_survives_the_wrap_of_a_bar() -> None:
    most_s = (codebar.MOST + 1) / 1e4
    assert latencies_ms([seen(most_s + 0.05, 1, stamp=most_s - 0.05)]) == pytest.approx([100.0])


def test_a_phrase_is_final_when_an_utterance_closes_after_it() -> None:
    shown = [seen(1.0, 1), seen(4.0, 2, closed=1), seen(9.0, 3, closed=1), seen(20.0, 4, closed=2)]
    delays, without = transcript_delays_s(shown, [3.0, 6.0, 19.5])
    assert delays == pytest.approx([1.0, 0.5])
    assert without == 1


def test_every_figure_has_its_name() -> None:
    shown = [seen(2.0 + k / 30, k + 1, stamp=1.9 + k / 30 if k > 30 else 0.0) for k in range(300)]
    samples = [Sample(3.0 + k, 0.5 * k, 500.0 + (k > 10) * 3.0) for k in range(20)]
    found = figures(shown, [4.0], samples, began=1.5)
    assert set(found) >= KEYS
    assert found["cpu_share_of_one_core"] == pytest.approx(0.5)
    assert found["rss_mb"] == 503.0
    assert found["rss_growth_mb"] == 3.0
    assert found["startup_window_s"] == pytest.approx(0.5)
    assert found["startup_first_score_s"] == pytest.approx(0.5 + 31 / 30, abs=1e-3)
    assert found["latency_p95_ms"] == pytest.approx(100.0, abs=0.2)
    assert found["repaint_gap_p99_ms"] == pytest.approx(33.3, abs=0.2)


def test_what_was_not_seen_has_no_figure() -> None:
    found = figures([], [], [], began=0.0)
    assert all(found[key] is None for key in KEYS)
