from __future__ import annotations

import itertools

import numpy as np
import pytest

from live_emotion.training.metrics import Array, summarise
from live_emotion.training.thresholds import (
    choose_thresholds,
    limit_neutral_alarms,
    thresholds_under_alarm,
)


def scores(n: int, seed: int = 0) -> tuple[Array, Array]:
    """Probabilities and labels of which four rows in ten are neutral, one emotion seldom."""
    random = np.random.default_rng(seed)
    kinds = random.choice(7, n, p=[0.15, 0.12, 0.12, 0.09, 0.02, 0.1, 0.4])
    targets = np.eye(7)[kinds][:, :6]
    logits = 3.0 * targets - 2.5 + random.normal(size=(n, 6)) + random.normal(size=(n, 1))
    return 1 / (1 + np.exp(-logits)), targets


def macro_f1(p: Array, targets: Array, thresholds: Array) -> float:
    return float(summarise(p, targets, thresholds)["macro_f1"])


def alarm(p: Array, targets: Array, thresholds: Array) -> float:
    return float(summarise(p, targets, thresholds)["neutral_false_alarm"])


@pytest.mark.parametrize("highest", [0.0, 0.05, 0.135])
def test_the_limit_holds_exactly_and_costs_less_than_equal_shares(highest: float) -> None:
    p, targets = scores(4000)
    chosen = thresholds_under_alarm(p, targets, highest)
    assert alarm(p, targets, chosen) <= highest
    equal = limit_neutral_alarms(choose_thresholds(p, targets), p, targets, highest)
    assert macro_f1(p, targets, chosen) >= macro_f1(p, targets, equal)
    if highest:
        # What is allowed is used: the limit is a price, not a margin.
        assert alarm(p, targets, chosen) > 0.9 * highest
        assert macro_f1(p, targets, chosen) > macro_f1(p, targets, equal) + 0.005


def test_without_a_limit_the_best_f1_is_found() -> None:
    p, targets = scores(2000)
    free = thresholds_under_alarm(p, targets, 1.0)
    best = choose_thresholds(p, targets)
    assert macro_f1(p, targets, free) == pytest.approx(macro_f1(p, targets, best))


@pytest.mark.parametrize("seed", range(5))
def test_few_rows_come_within_a_hair_of_trying_everything(seed: int) -> None:
    p, targets = scores(60, seed)
    # Two emotions, and scores in steps: every pair of thresholds can be tried.
    p, targets = np.round(p, 1), np.nan_to_num(targets)
    p[:, 2:], targets[:, 2:] = 0.0, np.nan
    neutral = (np.nan_to_num(targets) == 0).all(axis=1)
    highest = 0.1
    best = 0.0
    for pair in itertools.product(np.arange(-0.05, 1.1, 0.1), repeat=2):
        tried = np.array([*pair, 2.0, 2.0, 2.0, 2.0])
        if (p[neutral] > tried).any(axis=1).mean() <= highest:
            best = max(best, macro_f1(p, targets, tried))
    chosen = thresholds_under_alarm(p, targets, highest)
    assert alarm(p, targets, chosen) <= highest
    assert macro_f1(p, targets, chosen) >= best - 0.02


def test_rows_alarmed_by_two_emotions_count_once() -> None:
    # The same tenth of the neutral rows scores high for two emotions: both may keep their cut.
    targets = np.zeros((200, 6))
    targets[:50, 0], targets[50:100, 1] = 1, 1
    p = np.full((200, 6), 0.1)
    p[:50, 0], p[50:100, 1] = 0.7, 0.7
    p[100:110, :2] = 0.8
    chosen = thresholds_under_alarm(p, targets, 0.1)
    assert (chosen[:2] < 0.7).all()
    assert alarm(p, targets, chosen) == pytest.approx(0.1)


def test_gaps_in_the_labels_and_an_emotion_never_seen() -> None:
    p, targets = scores(1000)
    targets[:300, 5] = np.nan
    targets[:, 4] = np.nan
    chosen = thresholds_under_alarm(p, targets, 0.1)
    assert alarm(p, targets, chosen) <= 0.1
    # Nobody knows what the fifth is worth, so it may not cause alarms.
    assert chosen[4] >= max(0.5, p[:, 4].max())
    assert np.isfinite(chosen).all()
