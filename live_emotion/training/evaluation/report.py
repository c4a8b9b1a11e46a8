"""From scored items to the report that is printed or given as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.evaluation.intervals import six_way_intervals
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.measures import confusion, guesses, measure, reliability
from live_emotion.training.metrics import Array

DIGITS = 5


def figures(items: Items, thresholds: Array, seed: int) -> dict[str, Any]:
    """Return all measures of items, with intervals, the confusion matrix, and every part.

    Parameters
    ----------
    items
        See `Items`.
    thresholds
        ``(6,)`` of the weights.
    seed
        Of the bootstrap.
    """
    result = _whole(items, thresholds, seed)
    result["confusion"] = _confusion(items)
    result["reliability"] = reliability_rows(items)
    for name, values in items.parts.items():
        result[name] = {}
        for value in sorted({str(v) for v in values}):
            rows = values == value
            part = Items(
                items.probabilities[rows],
                items.targets[rows],
                items.labels[rows],
                groups=None if items.groups is None else items.groups[rows],
            )
            result[name][value] = _whole(part, thresholds, seed)
    return result


def plain(value: Any) -> Any:
    """Return a report as JSON takes it: floats rounded, NaN as None, tuples as lists."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else round(float(value), DIGITS)
    return int(value) if isinstance(value, np.integer) else value


def reliability_rows(items: Items) -> list[dict[str, float]]:
    """Return the reliability of all six scores pooled, bin by bin."""
    rows = reliability(items.probabilities.ravel(), items.targets.ravel())
    return [{"probability": p, "share": share, "n": int(n)} for p, share, n in rows]


def _whole(items: Items, thresholds: Array, seed: int) -> dict[str, Any]:
    result = measure(items.probabilities, items.targets, thresholds, items.labels)
    accuracy, uar = six_way_intervals(
        guesses(items.probabilities), items.labels, items.groups, seed
    )
    result["six_way_accuracy_interval"] = list(accuracy)
    result["six_way_uar_interval"] = list(uar)
    return result


def _confusion(items: Items) -> dict[str, dict[str, int]]:
    counts = confusion(guesses(items.probabilities), items.labels)
    columns = (*EMOTIONS, "no scores")
    return {
        emotion: dict(zip(columns, map(int, row), strict=True))
        for emotion, row in zip(EMOTIONS, counts, strict=True)
    }
