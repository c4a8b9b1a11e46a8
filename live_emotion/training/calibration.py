"""Probabilities that mean what they say.

They are fitted on folds held out inside the training data, never on validation files.
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
    scales, shifts = [1.0] * len(EMOTIONS), [0.0] * len(EMOTIONS)
    for k in _fittable(targets):
        scale, shift = _fit_together(logits[:, [k]], targets[:, [k]])
        scales[k], shifts[k] = scale, float(shift[0])
    return Platt(tuple(scales), tuple(shifts))


def fit_temperature(logits: Array, targets: Array) -> Platt:
    """Fit one scale (the inverse temperature) for all emotions, and a shift for each.

    Scales of their own rank the emotions by how steep each is where hardly anything is shown, far
    from the examples that made it so; with one scale the evidence ranks them.

    Parameters
    ----------
    logits, targets
        As for `fit_platt`. An emotion with fewer than two examples of either kind gets the common
        scale and the mean shift of the others.
    """
    fittable = _fittable(targets)
    if not fittable:
        return Platt()
    scale, fitted = _fit_together(logits[:, fittable], targets[:, fittable])
    shifts = np.full(len(EMOTIONS), fitted.mean())
    shifts[fittable] = fitted
    return Platt((scale,) * len(EMOTIONS), tuple(shifts.tolist()))


def _fittable(targets: Array) -> list[int]:
    """Return the emotions that have at least two examples of either kind."""
    enough = ((targets == 1).sum(axis=0) >= 2) & ((targets == 0).sum(axis=0) >= 2)
    return np.flatnonzero(enough).tolist()


def _fit_together(logits: Array, targets: Array) -> tuple[float, Array]:
    """Return one scale and ``(k,)`` shifts for ``(n, k)``."""
    known = ~np.isnan(targets) & np.isfinite(logits)
    n_pos = ((targets == 1) & known).sum(axis=0)
    n_neg = ((targets == 0) & known).sum(axis=0)
    soft = np.where(targets == 1, (n_pos + 1) / (n_pos + 2), 1 / (n_neg + 2))
    # Fitting standardised logits makes the problem equally easy at any scale.
    mean, spread = float(logits[known].mean()), float(logits[known].std()) or 1.0
    x = np.where(known, (logits - mean) / spread, 0.0)
    counts = known.sum(axis=0)

    def loss(v: Array) -> tuple[float, Array]:
        z = np.exp(v[0]) * x + v[1:]
        p = 0.5 * (1 + np.tanh(0.5 * z))
        value = float((np.where(known, np.logaddexp(0, z) - soft * z, 0.0) / counts).sum())
        error = np.where(known, p - soft, 0.0) / counts
        return value, np.append(np.sum(error * x) * np.exp(v[0]), error.sum(axis=0))

    start = np.append(0.0, np.log(n_pos / n_neg))
    bounds = [(-7, 7)] + [(-20, 20)] * len(n_pos)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    scale = float(np.exp(best[0])) / spread
    return scale, np.asarray(best[1:] - scale * mean)
