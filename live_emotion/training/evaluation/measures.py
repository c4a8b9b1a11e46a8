"""Measures that a missing branch cannot win.

The same measures as `live_emotion.training.metrics`, for scores of which whole rows may be NaN,
because the branch said that it had nothing to score. Such an item

* is wrong in every six-way measure;
* is a miss where the emotion is shown, in F1 and recall, and never a correct rejection in the
  weighted accuracy;
* is ordered by a toss against every other item in the AUC, which is worth one half;
* counts with the base rate in the Brier skill, which is worth nothing;
* has no part in the calibration error and in the false alarms, which speak of scores given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.metrics import NO_LABEL, Array, calibration_error, f1, roc_auc

NO_GUESS = -2


def measure(
    probabilities: Array, targets: Array, thresholds: Array, labels: NDArray[np.int64]
) -> dict[str, Any]:
    """Return every measure of a set of calibrated scores.

    Parameters
    ----------
    probabilities
        ``(n, 6)`` in 0..1, whole rows NaN where there are no scores.
    targets
        ``(n, 6)``: 1, 0, or NaN where not labelled.
    thresholds
        ``(6,)`` of the weights; an emotion is shown from its threshold on.
    labels
        ``(n,)`` six-way label, or `NO_LABEL`.

    Returns
    -------
    dict
        As `metrics.summarise` has it, with ``coverage``: the share of items with scores.
    """
    scored = has_scores(probabilities)
    per_emotion: dict[str, dict[str, float]] = {}
    waccs, eces = [], []
    loss = base_loss = 0.0
    for k, emotion in enumerate(EMOTIONS):
        there = ~np.isnan(targets[:, k])
        y, p, has = targets[there, k], probabilities[there, k], scored[there]
        shown = y == 1
        hard = np.where(has, np.nan_to_num(p) >= thresholds[k], False)
        per_emotion[emotion] = {
            "f1": f1(hard, shown) if shown.any() else float("nan"),
            "recall": float(hard[shown].mean()) if shown.any() else float("nan"),
            "auc": _auc(p, y, has),
            "support": int(shown.sum()),
            "threshold": float(thresholds[k]),
        }
        waccs.append(_weighted_accuracy(hard, shown, has))
        eces.append(calibration_error(p[has], y[has]))
        rate = y.mean() if len(y) else 0.0
        loss += float(((np.where(has, p, rate) - y) ** 2).sum())
        base_loss += float(((rate - y) ** 2).sum())
    neutral = (np.nan_to_num(targets) == 0).all(axis=1) & scored
    alarms = np.asarray((probabilities[neutral] > thresholds).any(axis=1))
    accuracy, uar = six_way(guesses(probabilities), labels)
    return {
        "n": len(targets),
        "coverage": float(scored.mean()) if len(scored) else float("nan"),
        "six_way_accuracy": accuracy,
        "six_way_uar": uar,
        "six_way_n": int((labels != NO_LABEL).sum()),
        "macro_f1": _mean([v["f1"] for v in per_emotion.values()]),
        "wacc": _mean(waccs),
        "mean_auc": _mean([v["auc"] for v in per_emotion.values()]),
        "ece": _mean(eces),
        "brier_skill": 1 - loss / base_loss if base_loss > 0 else float("nan"),
        "neutral_false_alarm": float(alarms.mean()) if len(alarms) else float("nan"),
        "per_emotion": per_emotion,
    }


def has_scores(probabilities: Array) -> NDArray[np.bool_]:
    """Return ``(n,)`` which rows of ``(n, 6)`` hold scores."""
    return np.asarray(~np.isnan(probabilities).any(axis=1), dtype=np.bool_)


def guesses(probabilities: Array) -> NDArray[np.int64]:
    """Return ``(n,)`` the index of each row's highest score, `NO_GUESS` without scores."""
    missing = ~has_scores(probabilities)
    best = np.where(missing[:, None], 0.0, probabilities).argmax(axis=1)
    return np.where(missing, NO_GUESS, best).astype(np.int64)


def six_way(guessed: NDArray[np.int64], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Return accuracy and unweighted mean recall over the rows that have a label."""
    kept = labels != NO_LABEL
    if not kept.any():
        return float("nan"), float("nan")
    hit, truth = (guessed == labels)[kept], labels[kept]
    return float(hit.mean()), float(np.mean([hit[truth == k].mean() for k in np.unique(truth)]))


def confusion(guessed: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return counts ``(6, 7)``: truth by guess, the last column for items without scores."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), dtype=np.int64)
    kept = labels != NO_LABEL
    columns = np.where(guessed == NO_GUESS, len(EMOTIONS), guessed)
    np.add.at(counts, (labels[kept], columns[kept]), 1)
    return counts


def reliability(probability: Array, target: Array, bins: int = 10) -> Array:
    """Return ``(bins, 3)``: mean probability, share shown and count, in bins of equal mass.

    Parameters
    ----------
    probability, target
        ``(n,)``; entries that are NaN in either are left out. Fewer entries than bins give
        fewer rows.
    """
    there = ~np.isnan(probability) & ~np.isnan(target)
    p, y = probability[there], target[there]
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, min(bins, len(order))) if len(order) else []
    rows = [(p[part].mean(), y[part].mean(), len(part)) for part in parts]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _auc(p: Array, y: Array, has: NDArray[np.bool_]) -> float:
    shown = y == 1
    pairs = int(shown.sum()) * int((~shown).sum())
    if not pairs:
        return float("nan")
    ordered = int((shown & has).sum()) * int((~shown & has).sum())
    area = roc_auc(p[has], y[has]) if ordered else 0.0
    return (area * ordered + 0.5 * (pairs - ordered)) / pairs


def _weighted_accuracy(
    hard: NDArray[np.bool_], shown: NDArray[np.bool_], has: NDArray[np.bool_]
) -> float:
    if not shown.any() or shown.all():
        return float("nan")
    return float((hard[shown].mean() + (~hard & has)[~shown].mean()) / 2)


def _mean(values: list[float]) -> float:
    kept = [v for v in values if not np.isnan(v)]
    return float(np.mean(kept)) if kept else float("nan")
