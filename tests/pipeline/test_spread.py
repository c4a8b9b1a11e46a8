"""The range of the scores: wide where the evidence is at odds, thin or restless."""

from __future__ import annotations

import numpy as np
import pytest

from live_emotion.core.emotions import Branch
from live_emotion.core.media import FloatArray
from live_emotion.pipeline.spread import (
    LONE_LOGIT,
    NINE_TENTHS,
    VOICE_TICK_LOGIT,
    Logits,
    SpreadMeter,
    unseen_logits,
)

FULL: dict[Branch, int] = {"vision": 12, "audio": 12, "text": 12}
SLOPE = 2.0


def fuse(logits: Logits) -> tuple[FloatArray, dict[Branch, float]]:
    """The mean of the logits, spread by a slope of two."""
    there = {b: z for b, z in logits.items() if z is not None}
    mean = np.mean(np.stack(list(there.values())), axis=0) * SLOPE
    return (1 / (1 + np.exp(-mean))).astype(np.float32), {b: 1 / len(there) for b in there}


def logit(p: FloatArray) -> FloatArray:
    return np.log(p / (1 - p))


def widths(meter: SpreadMeter, logits: Logits, counts: dict[Branch, int]) -> FloatArray:
    """Return half the widths in logits, after checking the range."""
    scores, _ = fuse(logits)
    low, high = meter.measure(scores, logits, counts)
    assert low.dtype == np.float32
    assert (low >= 0).all() and (low < scores).all() and (scores < high).all() and (high <= 1).all()
    np.testing.assert_allclose(logit(high) - logit(scores), logit(scores) - logit(low), atol=1e-3)
    return (logit(high) - logit(low)) / 2


def ones(value: float = 1.0) -> FloatArray:
    return np.full(6, value, np.float32)


def test_a_lone_branch_has_the_assumed_half_logit() -> None:
    wide = widths(SpreadMeter(fuse), {"vision": ones(0.3), "audio": None}, FULL)
    np.testing.assert_allclose(wide, NINE_TENTHS * LONE_LOGIT, atol=1e-3)


def test_disagreement_is_told_by_leaving_each_branch_out() -> None:
    agree = widths(SpreadMeter(fuse), {"vision": ones(0.3), "audio": ones(0.3)}, FULL)
    np.testing.assert_allclose(agree, NINE_TENTHS * LONE_LOGIT / 2, atol=1e-3)
    apart = widths(SpreadMeter(fuse), {"vision": ones(0.6), "audio": ones(-0.6)}, FULL)
    # Each alone lies 1.2 logits from their mean.
    np.testing.assert_allclose(apart, NINE_TENTHS * 1.2, atol=1e-3)


def test_what_little_evidence_says_by_itself_counts_little() -> None:
    def unequal(logits: Logits) -> tuple[FloatArray, dict[Branch, float]]:
        weights = {b: {"vision": 0.9, "audio": 0.1}[b] for b in logits if logits[b] is not None}
        shares = {b: w / sum(weights.values()) for b, w in weights.items()}
        mean = sum(shares[b] * logits[b] for b in shares)  # type: ignore[operator]
        return (1 / (1 + np.exp(-np.asarray(mean)))).astype(np.float32), shares

    logits: Logits = {"vision": ones(3.0), "audio": ones(-1.0)}
    scores, _ = unequal(logits)
    _, high = SpreadMeter(unequal).measure(scores, logits, FULL)
    # Without the face 3.6 logits lower, a tenth; without the voice 0.4 higher, nine tenths.
    expected = np.sqrt(0.1 * 3.6**2 + 0.9 * 0.4**2)
    np.testing.assert_allclose(logit(high) - logit(scores), NINE_TENTHS * expected, atol=1e-2)


def test_fewer_ticks_widen_the_range_by_their_branch_share() -> None:
    logits: Logits = {"vision": ones(0.3), "audio": ones(0.3)}
    found = [widths(SpreadMeter(fuse), logits, FULL | {"audio": n})[0] for n in (12, 6, 3, 1)]
    assert found == sorted(found)
    # One logit of the voice moves the fused score by half the slope.
    unseen = SLOPE / 2 * VOICE_TICK_LOGIT * np.sqrt(1 / 3 - 1 / 12)
    assert found[2] == pytest.approx(NINE_TENTHS * np.hypot(unseen, LONE_LOGIT / 2), abs=2e-3)


def test_fluctuation_widens_and_a_gap_forgets_it() -> None:
    meter = SpreadMeter(fuse)
    for k in range(8):
        restless = widths(meter, {"vision": ones(0.5 * (-1) ** k)}, FULL)
    # Steps of 2 logits: half their mean square is 2, with the lone half logit 2.25.
    np.testing.assert_allclose(restless, NINE_TENTHS * 1.5, atol=1e-3)
    assert np.isnan(meter.measure(np.full(6, np.nan, np.float32), {}, FULL)).all()
    calm = widths(meter, {"vision": ones(0.5)}, FULL)
    np.testing.assert_allclose(calm, NINE_TENTHS * LONE_LOGIT, atol=1e-3)


def test_a_steady_rise_counts_less_than_restlessness() -> None:
    rising, restless = SpreadMeter(fuse), SpreadMeter(fuse)
    for k in range(6):
        rise = widths(rising, {"vision": ones(0.1 * k)}, FULL)
        rest = widths(restless, {"vision": ones(0.25 * (-1) ** k)}, FULL)
    assert (rise < rest).all()


def test_scores_at_the_edge_stay_within() -> None:
    logits: Logits = {"vision": ones(9.0), "audio": ones(-9.0)}
    low, high = SpreadMeter(fuse).measure(fuse({"vision": ones(40.0)})[0], logits, FULL)
    assert np.isfinite(low).all() and (low >= 0).all() and (high <= 1).all()


def test_a_full_window_leaves_nothing_unseen() -> None:
    for branch in FULL:
        assert unseen_logits(branch, 12) == unseen_logits(branch, 40) == 0.0
        assert unseen_logits(branch, 1) > unseen_logits(branch, 5) > 0.0
