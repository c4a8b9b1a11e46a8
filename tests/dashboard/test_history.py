from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core.estimate import BranchEstimate, no_scores
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import TICK_S, tick_start
from live_emotion.dashboard.history import ScoreHistory, lone_points, open_gaps
from tests.dashboard.scripted_replay import estimate, ramp


def test_history_is_bounded_and_drops_the_oldest() -> None:
    history = ScoreHistory(50)
    for tick in range(10_000):
        history.add(estimate(tick, ramp(tick)))
    kept = history.since()
    assert len(kept.t) == 50
    assert history.version == 10_000
    assert history.dropped == 9_950
    assert kept.t[-1] == tick_start(10_000)
    np.testing.assert_allclose(kept.scores[-1], ramp(9_999))
    np.testing.assert_allclose(kept.weights[-1], (0.5, 0.3, 0.2))


def test_history_gives_what_is_asked_for() -> None:
    history = ScoreHistory(100)
    for tick in range(20):
        history.add(estimate(tick, ramp(tick)))
    kept = history.since(tick_start(10))
    assert kept.t[0] == tick_start(10)
    assert len(kept.t) == 11


def test_missing_scores_stay_missing() -> None:
    history = ScoreHistory(10)
    history.add(estimate(0, None))
    kept = history.since()
    assert np.isnan(kept.scores).all()
    assert (kept.weights == 0).all()


def test_empty_history() -> None:
    assert len(ScoreHistory(10).since().t) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_no_line_crosses_a_missing_tick(there: list[bool]) -> None:
    ticks = np.flatnonzero(there)
    t = (ticks + 1) * TICK_S
    shown_t, shown = open_gaps(t, np.ones((len(t), 6)))
    assert (np.diff(shown_t) > 0).all()
    assert np.isfinite(shown[:, 0]).sum() == len(ticks)
    joined = np.isfinite(shown[:-1, 0]) & np.isfinite(shown[1:, 0])
    assert (np.diff(shown_t)[joined] < 1.01 * TICK_S).all()


def test_lone_points() -> None:
    nan = np.nan
    values = np.array([1.0, nan, 1.0, 1.0, nan, 1.0])
    assert lone_points(values).tolist() == [True, False, False, False, False, True]


def leads(which: int, score: float = 0.9) -> FloatArray:
    scores = np.full(6, 0.1, dtype=np.float32)
    scores[which] = score
    return scores


def test_words_lend_the_tint_once_they_were_read() -> None:
    history = ScoreHistory(100)
    for tick in range(20):
        told = estimate(tick, leads(0))
        # From the tick 6 on the words are read, and tell another thing than the face.
        words = leads(2 if tick < 12 else 5, 0.9 if tick < 18 else 0.3) if tick >= 6 else None
        reason = None if words is not None else "no words"
        text = BranchEstimate(no_scores() if words is None else words, 0.2, reason)
        history.add(replace(told, branches={**told.branches, "text": text}))
    assert history.leading(1.6, 2.4) == 2
    assert history.leading(4.0, 5.2) == 5
    assert history.leading(0.0, 0.4) == 0  # never read: what else was told
    assert history.leading(6.8, 7.8) is None  # read, and nothing reached a half
    assert history.leading(50.0, 51.0) is None


def test_what_else_was_told_lends_the_tint_where_no_words_are_read() -> None:
    history = ScoreHistory(100)
    unread = BranchEstimate(no_scores(), 0.0, "no words")
    for tick in range(20):
        scores = leads(2 if tick < 10 else 5, 0.9 if tick < 15 else 0.4)
        told = estimate(tick, None if tick == 3 else scores)
        history.add(replace(told, branches={**told.branches, "text": unread}))
    assert history.leading(0.0, 2.0) == 2
    assert history.leading(4.8, 5.2) == 5
    assert history.leading(7.0, 7.6) is None  # nothing reached a half
    assert history.leading(1.5, 1.55) is None  # only the missing tick
    assert history.leading(1.5, 1.7) == 2
    assert history.leading(50.0, 51.0) is None


def test_what_comes_late_takes_its_place() -> None:
    history = ScoreHistory(8)
    for tick in (0, 1, 6, 7, 2, 7, 3):
        history.add(estimate(tick, ramp(tick)))
    kept = history.since()
    np.testing.assert_allclose(kept.t, [tick_start(k + 1) for k in (0, 1, 2, 3, 6, 7)])
    np.testing.assert_allclose(kept.scores[3], ramp(3))
    assert history.version == 7
    assert history.dropped == 0
    for tick in (20, 21, 22, 4):
        history.add(estimate(tick, ramp(tick)))
    assert len(history.since().t) == 8
    assert history.dropped > 0
