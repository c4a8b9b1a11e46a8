from __future__ import annotations

import json

import numpy as np
import pytest

from live_emotion.models.metadata import Platt
from live_emotion.training.calibration import fit_platt, fit_temperature
from live_emotion.training.metrics import (
    NO_LABEL,
    calibration_error,
    f1,
    roc_auc,
    rounded,
    single_label,
    six_way,
    summarise,
    weighted_accuracy,
)
from live_emotion.training.thresholds import choose_thresholds, limit_neutral_alarms


def test_auc_by_hand_and_with_ties() -> None:
    target = np.array([0.0, 0.0, 1.0, 1.0])
    assert roc_auc(np.array([0.1, 0.4, 0.35, 0.8]), target) == pytest.approx(0.75)
    assert roc_auc(np.array([0.5, 0.5, 0.5, 0.5]), target) == pytest.approx(0.5)
    assert np.isnan(roc_auc(np.array([0.1, 0.2]), np.array([1.0, 1.0])))


def test_weighted_accuracy_is_equation_7() -> None:
    predicted = np.array([1, 1, 0, 1, 0, 0, 0, 0], dtype=bool)
    target = np.array([1, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    tp, tn, p, n = 2, 4, 3, 5
    assert weighted_accuracy(predicted, target) == pytest.approx((tp * n / p + tn) / (2 * n))
    assert f1(predicted, target) == pytest.approx(2 * 2 / (3 + 3))
    assert f1(~target & False, target) == 0.0


def test_calibration_error_of_true_and_of_boasting_probabilities() -> None:
    random = np.random.default_rng(0)
    p = random.uniform(size=60_000)
    y = (random.uniform(size=60_000) < p).astype(float)
    assert calibration_error(p, y) < 0.01
    boast = np.clip(0.5 + 2 * (p - 0.5), 0, 1)
    # A straight line of slope 2 through the middle, cut at 0 and 1, is off by 1/8 on average.
    assert calibration_error(boast, y) == pytest.approx(0.125, abs=0.01)


def test_six_way_leaves_out_unlabelled_and_averages_recalls() -> None:
    scores = np.eye(6)[[0, 0, 1, 2, 5]]
    accuracy, uar = six_way(scores, np.array([0, 0, 0, 2, NO_LABEL]))
    assert accuracy == pytest.approx(3 / 4)
    assert uar == pytest.approx((2 / 3 + 1) / 2)
    assert all(np.isnan(six_way(scores, np.full(5, NO_LABEL))))


def test_single_labels() -> None:
    nan = np.nan
    targets = np.array([[1, 0, 0, 0, 0, nan], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0.0]])
    assert single_label(targets).tolist() == [0, NO_LABEL, NO_LABEL]


def test_summary_masks_what_is_not_labelled() -> None:
    random = np.random.default_rng(1)
    targets = (random.uniform(size=(400, 6)) < 0.3).astype(float)
    scores = np.clip(targets * 0.5 + random.uniform(size=(400, 6)) * 0.5, 0, 1)
    thresholds = np.full(6, 0.5)
    whole = summarise(scores, targets, thresholds, single_label(targets))
    assert whole["macro_f1"] == pytest.approx(1.0)
    assert whole["mean_auc"] == pytest.approx(1.0)
    assert whole["neutral_false_alarm"] == 0.0
    assert whole["six_way_n"] == int((targets.sum(1) == 1).sum())
    masked = targets.copy()
    masked[:200, 5] = np.nan
    wrong = scores.copy()
    wrong[:200, 5] = 1 - wrong[:200, 5]
    part = summarise(wrong, masked, thresholds)
    assert part["macro_f1"] == pytest.approx(1.0)
    assert part["per_emotion"]["surprised"]["support"] == int(targets[200:, 5].sum())
    assert "six_way_uar" not in part


def test_brier_skill_is_zero_for_base_rates() -> None:
    targets = (np.random.default_rng(2).uniform(size=(500, 6)) < 0.2).astype(float)
    base = np.broadcast_to(targets.mean(0), targets.shape)
    assert summarise(base, targets, np.full(6, 0.5))["brier_skill"] == pytest.approx(0.0, abs=1e-9)
    assert summarise(targets, targets, np.full(6, 0.5))["brier_skill"] == pytest.approx(1.0)


def test_platt_finds_the_line_that_made_the_labels() -> None:
    random = np.random.default_rng(3)
    logits = random.normal(size=(40_000, 6)) * 3 + 1
    scale, shift = np.array([0.3, 0.5, 1, 1.5, 2, 4]), np.array([-2, -1, 0, 0.5, 1, -3])
    chance = 1 / (1 + np.exp(-(logits * scale + shift)))
    targets = (random.uniform(size=logits.shape) < chance).astype(float)
    targets[:1000, 0] = np.nan
    platt = fit_platt(logits, targets)
    np.testing.assert_allclose(platt.scale, scale, rtol=0.15)
    np.testing.assert_allclose(platt.shift, shift, atol=0.25)


def test_temperature_finds_the_scale_and_the_shifts_that_made_the_labels() -> None:
    random = np.random.default_rng(6)
    logits = random.normal(size=(30_000, 6)) * 2 - 1
    shift = np.array([-2, -1, 0, 0.5, 1, -3])
    chance = 1 / (1 + np.exp(-(logits * 0.7 + shift)))
    targets = (random.uniform(size=logits.shape) < chance).astype(float)
    targets[:1000, 0] = np.nan
    fitted = fit_temperature(logits, targets)
    np.testing.assert_allclose(fitted.scale, [0.7] * 6, rtol=0.05)
    np.testing.assert_allclose(fitted.shift, shift, atol=0.1)


def test_temperature_of_an_emotion_without_examples_is_that_of_the_others() -> None:
    random = np.random.default_rng(7)
    logits = random.normal(size=(2000, 6))
    targets = (random.uniform(size=logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)
    targets[:, 4] = 0
    fitted = fit_temperature(logits, targets)
    assert len(set(fitted.scale)) == 1
    others = [s for k, s in enumerate(fitted.shift) if k != 4]
    assert fitted.shift[4] == pytest.approx(np.mean(others))
    assert fit_temperature(logits, np.zeros_like(targets)) == Platt()


def test_platt_stays_finite_when_separable_and_never_turns_the_order() -> None:
    logits = np.linspace(-1, 1, 60)[:, None].repeat(6, axis=1)
    targets = (logits > 0).astype(float)
    targets[:, 1] = 1 - targets[:, 1]
    targets[:, 2] = 0
    platt = fit_platt(logits, targets)
    assert np.isfinite(platt.scale).all()
    assert min(platt.scale) > 0
    assert (platt.scale[2], platt.shift[2]) == (1.0, 0.0)
    assert platt.apply(logits)[-1, 0] > 0.95


def test_thresholds_maximise_f1() -> None:
    random = np.random.default_rng(4)
    targets = (random.uniform(size=(300, 6)) < 0.2).astype(float)
    p = np.round(np.clip(targets * 0.3 + random.uniform(size=(300, 6)) * 0.7, 0, 1), 2)
    targets[:, 5] = 0
    chosen = choose_thresholds(p, targets)
    assert chosen[5] == 0.5
    for k in range(5):
        truth = targets[:, k] == 1
        best = max(f1(p[:, k] >= t, truth) for t in np.arange(0, 1.001, 0.005))
        assert f1(p[:, k] >= chosen[k], truth) == pytest.approx(best)


def test_neutral_alarms_are_held_down_and_no_threshold_falls() -> None:
    random = np.random.default_rng(5)
    targets = (random.uniform(size=(2000, 6)) < 0.1).astype(float)
    p = np.clip(targets * 0.4 + random.uniform(size=(2000, 6)) ** 2 * 0.6, 0, 1)
    best = choose_thresholds(p, targets) * 0.5
    neutral = p[(targets == 0).all(axis=1)]
    assert (neutral > best).any(axis=1).mean() > 0.5
    limited = limit_neutral_alarms(best, p, targets, highest=0.1)
    assert 0.08 < (neutral > limited).any(axis=1).mean() <= 0.1
    assert (limited >= best).all()
    quiet = np.full(6, 0.9)
    np.testing.assert_array_equal(limit_neutral_alarms(quiet, p, targets, highest=0.1), quiet)
    busy = np.ones((5, 6))
    np.testing.assert_array_equal(limit_neutral_alarms(best, p[:5], busy, highest=0.1), best)


def test_rounded_figures_are_strict_json() -> None:
    figures = rounded({"a": float("nan"), "b": {"c": 1 / 3, "d": 7}})
    assert json.dumps(figures, allow_nan=False) == '{"a": null, "b": {"c": 0.3333, "d": 7}}'
