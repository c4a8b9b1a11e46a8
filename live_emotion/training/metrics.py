"""Measures of six independent scores, in NumPy.

Everywhere `scores` is ``(n, 6)`` in the order of `EMOTIONS`, and `targets` the same shape with
1, 0, or NaN where an emotion was not labelled; such entries are left out, emotion by emotion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from live_emotion.core.emotions import EMOTIONS

Array = NDArray[np.float64]
NO_LABEL = -1


def roc_auc(score: Array, target: Array) -> float:
    """Area under the ROC curve by ranks, ties counted half; NaN when one class is missing."""
    positive = target == 1
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    if not n_pos or not n_neg:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def f1(predicted: NDArray[np.bool_], target: NDArray[np.bool_]) -> float:
    """Binary F1; 0 when nothing is hit."""
    hits = int((predicted & target).sum())
    return 2 * hits / max(1, int(predicted.sum()) + int(target.sum()))


def weighted_accuracy(predicted: NDArray[np.bool_], target: NDArray[np.bool_]) -> float:
    """Mean of true-positive and true-negative rate (Jia et al., 2025, eq. 7)."""
    if not target.any() or target.all():
        return float("nan")
    return float((predicted[target].mean() + (~predicted[~target]).mean()) / 2)


def calibration_error(probability: Array, target: Array, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal mass (Nguyen & O'Connor, 2015)."""
    if not len(target):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    total = 0.0
    for part in np.array_split(order, min(bins, len(order))):
        total += len(part) * abs(float(probability[part].mean() - target[part].mean()))
    return total / len(order)


def six_way(scores: Array, labels: NDArray[np.int64]) -> tuple[float, float]:
    """Return accuracy and unweighted mean recall of the highest score.

    Parameters
    ----------
    scores
        ``(n, 6)``.
    labels
        ``(n,)`` index of the one emotion shown, or `NO_LABEL` for items that are left out.
    """
    kept = labels != NO_LABEL
    if not kept.any():
        return float("nan"), float("nan")
    guess, truth = scores[kept].argmax(axis=1), labels[kept]
    hit = guess == truth
    recalls = [hit[truth == k].mean() for k in np.unique(truth)]
    return float(hit.mean()), float(np.mean(recalls))


def summarise(
    probabilities: Array,
    targets: Array,
    thresholds: Array,
    labels: NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    """Return every measure of a set of calibrated scores.

    Parameters
    ----------
    probabilities, targets
        ``(n, 6)``; targets may hold NaN.
    thresholds
        ``(6,)``, from data other than these.
    labels
        ``(n,)`` for the six-way measures, or None to leave them out.

    Returns
    -------
    dict
        ``n``, ``macro_f1``, ``wacc``, ``mean_auc``, ``ece`` (mean over emotions),
        ``brier_skill`` (over all entries, against each emotion's base rate),
        ``neutral_false_alarm`` (of rows where every labelled target is 0),
        ``per_emotion``, and with labels ``six_way_accuracy``, ``six_way_uar``, ``six_way_n``.
    """
    per_emotion: dict[str, dict[str, float]] = {}
    waccs, eces = [], []
    loss = base_loss = 0.0
    for k, emotion in enumerate(EMOTIONS):
        there = ~np.isnan(targets[:, k])
        p, y = probabilities[there, k], targets[there, k]
        hard, truth = p >= thresholds[k], y == 1
        per_emotion[emotion] = {
            "f1": f1(hard, truth) if truth.any() else float("nan"),
            "recall": float(hard[truth].mean()) if truth.any() else float("nan"),
            "auc": roc_auc(p, y),
            "support": int(truth.sum()),
            "threshold": float(thresholds[k]),
        }
        waccs.append(weighted_accuracy(hard, truth))
        eces.append(calibration_error(p, y))
        loss += float(((p - y) ** 2).sum())
        base_loss += float(((y.mean() - y) ** 2).sum()) if len(y) else 0.0
    neutral = (np.nan_to_num(targets) == 0).all(axis=1)
    result: dict[str, Any] = {
        "n": len(targets),
        "macro_f1": _mean([v["f1"] for v in per_emotion.values()]),
        "wacc": _mean(waccs),
        "mean_auc": _mean([v["auc"] for v in per_emotion.values()]),
        "ece": _mean(eces),
        "brier_skill": 1 - loss / base_loss if base_loss > 0 else float("nan"),
        "neutral_false_alarm": _neutral_alarm(probabilities[neutral], thresholds),
        "per_emotion": per_emotion,
    }
    if labels is not None:
        accuracy, uar = six_way(probabilities, labels)
        result |= {
            "six_way_accuracy": accuracy,
            "six_way_uar": uar,
            "six_way_n": int((labels != NO_LABEL).sum()),
        }
    return result


def single_label(targets: Array) -> NDArray[np.int64]:
    """Return the index of the only 1 in each row of ``(n, 6)`` targets, else `NO_LABEL`."""
    ones = np.nan_to_num(targets) == 1
    return np.where(ones.sum(axis=1) == 1, ones.argmax(axis=1), NO_LABEL)


def _neutral_alarm(probabilities: Array, thresholds: Array) -> float:
    if not len(probabilities):
        return float("nan")
    return float((probabilities > thresholds).any(axis=1).mean())


def _mean(values: list[float]) -> float:
    kept = [v for v in values if not np.isnan(v)]
    return float(np.mean(kept)) if kept else float("nan")


def rounded(value: Any, digits: int = 4) -> Any:
    """Return figures as JSON takes them: floats rounded, NaN as None, at any depth."""
    if isinstance(value, dict):
        return {name: rounded(inner, digits) for name, inner in value.items()}
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, digits)
    return value
