"""Probabilities that mean what they say, and the thresholds on them.

Both are fitted on folds held out inside the training data, never on validation files.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.metadata import Platt
from live_emotion.training.metrics import Array


def fit_platt(logits: Array, targets: Array) -> Platt:
    """Fit ``sigmoid(scale * logit + shift)`` per emotion by maximum likelihood.

    Parameters
    ----------
    logits, targets
        ``(n, 6)``; targets 1, 0 or NaN for not labelled. An emotion with fewer than two
        examples of either kind keeps scale 1 and shift 0.

    Notes
    -----
    Targets are smoothed as Platt (1999) does, so that a separable set stays finite. The
    scale is kept positive: calibration may not turn an emotion's order round.
    """
    scales, shifts = [], []
    for k in range(len(EMOTIONS)):
        there = ~np.isnan(targets[:, k]) & np.isfinite(logits[:, k])
        scale, shift = _fit_one(logits[there, k], targets[there, k])
        scales.append(scale)
        shifts.append(shift)
    return Platt(tuple(scales), tuple(shifts))


def _fit_one(logit: Array, target: Array) -> tuple[float, float]:
    n_pos, n_neg = float((target == 1).sum()), float((target == 0).sum())
    if n_pos < 2 or n_neg < 2:
        return 1.0, 0.0
    soft = np.where(target == 1, (n_pos + 1) / (n_pos + 2), 1 / (n_neg + 2))
    # Fitting standardised logits makes the problem equally easy at any scale.
    mean, spread = float(logit.mean()), float(logit.std()) or 1.0
    x = (logit - mean) / spread

    def loss(v: Array) -> tuple[float, Array]:
        z = np.exp(v[0]) * x + v[1]
        p = 0.5 * (1 + np.tanh(0.5 * z))
        value = float(np.mean(np.logaddexp(0, z) - soft * z))
        error = (p - soft) / len(x)
        return value, np.array([np.sum(error * x) * np.exp(v[0]), np.sum(error)])

    start = np.array([0.0, np.log(n_pos / n_neg)])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-7, 7), (-20, 20)]).x
    scale = float(np.exp(best[0])) / spread
    return scale, float(best[1]) - scale * mean


def choose_thresholds(probabilities: Array, targets: Array) -> Array:
    """Return per emotion the threshold ``(6,)`` that gives the best F1; 0.5 without examples."""
    chosen = np.full(len(EMOTIONS), 0.5)
    for k in range(len(EMOTIONS)):
        there = ~np.isnan(targets[:, k])
        p, y = probabilities[there, k], targets[there, k] == 1
        if not y.any():
            continue
        order = np.argsort(-p, kind="stable")
        p, y = p[order], y[order]
        hits, taken = np.cumsum(y), np.arange(1, len(y) + 1)
        score = 2 * hits / (taken + y.sum())
        # A cut can only lie between two different values.
        score[:-1][p[:-1] == p[1:]] = -1
        best = int(score.argmax())
        below = p[best + 1] if best + 1 < len(p) else 0.0
        chosen[k] = (p[best] + below) / 2
    return chosen


def limit_neutral_alarms(
    thresholds: Array, probabilities: Array, targets: Array, highest: float
) -> Array:
    """Raise thresholds until neutral items are seldom called emotional.

    Parameters
    ----------
    thresholds
        ``(6,)``, for example of `choose_thresholds`; none is lowered.
    probabilities, targets
        ``(n, 6)``. Neutral are the rows whose every labelled target is 0.
    highest
        Share of neutral rows that may have any probability over its threshold.

    Notes
    -----
    Each emotion gets the same share of false alarms at most; that share is the largest that
    keeps all together under `highest`, found by bisection.
    """
    neutral = probabilities[(np.nan_to_num(targets) == 0).all(axis=1)]
    if not len(neutral):
        return thresholds
    low, high, kept = 0.0, 1.0, np.maximum(thresholds, neutral.max(axis=0))
    for _ in range(30):
        share = (low + high) / 2
        raised = np.maximum(thresholds, np.quantile(neutral, 1 - share, axis=0))
        if (neutral > raised).any(axis=1).mean() <= highest:
            low, kept = share, raised
        else:
            high = share
    return np.asarray(kept)


def thresholds_by_name(thresholds: Array) -> dict[str, float]:
    """Return the thresholds as the weights' metadata stores them."""
    return {e: round(float(t), 5) for e, t in zip(EMOTIONS, thresholds, strict=True)}
