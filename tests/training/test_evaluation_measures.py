from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.evaluation.intervals import six_way_intervals
from live_emotion.training.evaluation.measures import (
    NO_GUESS,
    confusion,
    guesses,
    measure,
    reliability,
    six_way,
)
from live_emotion.training.evaluation.report import plain
from live_emotion.training.metrics import NO_LABEL, single_label, summarise

THRESHOLDS = np.array([0.3, 0.4, 0.5, 0.6, 0.5, 0.4])


def drawn(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    targets = (random.random((n, 6)) < 0.2).astype(float)
    p = np.clip(0.25 + 0.35 * targets + random.normal(0, 0.2, (n, 6)), 0.01, 0.99)
    targets[random.random((n, 6)) < 0.05] = np.nan
    return p, targets, single_label(targets)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_with_scores_everywhere_it_is_the_training_figures(seed: int) -> None:
    p, targets, labels = drawn(seed)
    ours, theirs = (
        measure(p, targets, THRESHOLDS, labels),
        summarise(p, targets, THRESHOLDS, labels),
    )
    assert ours.pop("coverage") == 1.0
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        if name == "per_emotion":
            for emotion in EMOTIONS:
                assert ours[name][emotion] == pytest.approx(value[emotion], nan_ok=True)
        else:
            assert ours[name] == pytest.approx(value)


@given(st.integers(0, 200), st.floats(0.05, 1.0))
@settings(max_examples=30, deadline=None)
def test_to_be_missing_wins_nothing(seed: int, share: float) -> None:
    """Taking right scores away may not raise a figure, and nothing at all is worth nothing."""
    p, targets, labels = drawn(seed)
    right = np.where(np.nan_to_num(targets) == 1, 0.97, 0.02)
    gone = np.random.default_rng(seed + 1).random(len(p)) < share
    holed = np.where(gone[:, None], np.nan, right)
    full, less = (measure(x, targets, THRESHOLDS, labels) for x in (right, holed))
    assert less["coverage"] == pytest.approx(1 - gone.mean())
    for name in ("six_way_accuracy", "six_way_uar", "macro_f1", "wacc", "mean_auc", "brier_skill"):
        assert less[name] <= full[name] + 1e-12
        if gone.any() and name != "six_way_uar":
            assert less[name] < 1.0
    for emotion in EMOTIONS:
        assert less["per_emotion"][emotion]["recall"] <= full["per_emotion"][emotion]["recall"]
    nothing = measure(np.full_like(p, np.nan), targets, THRESHOLDS, labels)
    assert (nothing["coverage"], nothing["six_way_accuracy"], nothing["macro_f1"]) == (0, 0, 0)
    assert (nothing["mean_auc"], nothing["brier_skill"]) == pytest.approx((0.5, 0.0))
    assert np.isnan(nothing["ece"])
    assert np.isnan(nothing["neutral_false_alarm"])


def test_auc_of_missing_items_is_a_toss() -> None:
    p = np.full((4, 6), 0.5)
    p[:, 0] = [0.9, 0.1, np.nan, np.nan]
    p[2:] = np.nan
    targets = np.zeros((4, 6))
    targets[[0, 2], 0] = 1
    result = measure(p, targets, THRESHOLDS, single_label(targets))
    # One of the four pairs is ordered, and right; three are tossed for.
    assert result["per_emotion"]["happy"]["auc"] == pytest.approx((1 + 3 * 0.5) / 4)


def test_unlabelled_emotions_and_no_rows() -> None:
    nothing = measure(np.zeros((0, 6)), np.zeros((0, 6)), THRESHOLDS, np.zeros(0, np.int64))
    assert nothing["n"] == 0
    assert plain(nothing)["mean_auc"] is None
    assert plain(nothing)["six_way_accuracy"] is None


def test_confusion_counts_missing_by_themselves() -> None:
    p = np.eye(6)[[0, 1, 1, 5]]
    p[3] = np.nan
    labels = np.array([0, 1, 0, 5])
    guessed = guesses(p)
    assert guessed.tolist() == [0, 1, 1, NO_GUESS]
    counts = confusion(guessed, labels)
    assert counts[0, :2].tolist() == [1, 1]
    assert counts[5, 6] == 1
    assert counts.sum() == 4
    assert six_way(guessed, labels) == pytest.approx((0.5, (0.5 + 1 + 0) / 3))
    assert confusion(guessed, np.full(4, NO_LABEL)).sum() == 0


def test_reliability_bins_have_equal_mass_and_leave_gaps_out() -> None:
    p = np.linspace(0, 1, 101)
    y = (p > 0.5).astype(float)
    p[3], y[7] = np.nan, np.nan
    rows = reliability(p, y, 10)
    assert rows[:, 2].sum() == 99
    assert rows[:, 2].max() - rows[:, 2].min() <= 1
    assert rows[0, 1] == 0.0
    assert rows[-1, 1] == 1.0
    assert reliability(p[:0], y[:0]).shape == (0, 3)


def test_intervals_repeat_and_are_wider_by_person() -> None:
    random = np.random.default_rng(0)
    people = np.repeat(np.arange(20), 30)
    labels = random.integers(6, size=600)
    right = random.random(600) < np.repeat(random.choice([0.2, 0.95], 20), 30)
    guessed = np.where(right, labels, (labels + 1) % 6)
    by_item = six_way_intervals(guessed, labels, None, 0)
    by_person = six_way_intervals(guessed, labels, people, 0)
    assert by_person == six_way_intervals(guessed, labels, people, 0)
    assert by_person != six_way_intervals(guessed, labels, people, 1)
    for (low, high), figure in zip(by_item, six_way(guessed, labels), strict=True):
        assert low < figure < high
    for (low, high), (narrow_low, narrow_high) in zip(by_person, by_item, strict=True):
        assert high - low > 2 * (narrow_high - narrow_low)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(1)
    inside = 0
    for seed in range(120):
        labels = random.integers(6, size=150)
        guessed = np.where(random.random(150) < 0.7, labels, (labels + 1) % 6)
        (low, high), _ = six_way_intervals(guessed, labels, None, seed, resamples=300)
        inside += low <= 0.7 <= high
    assert 0.86 < inside / 120 <= 1.0


def test_intervals_without_labels() -> None:
    none = np.full(3, NO_LABEL)
    assert np.isnan(six_way_intervals(none, none, None, 0)).all()
