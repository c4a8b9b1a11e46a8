"""The text branch's figures: over all rows, and for each source by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_emotion.models.metadata import Platt
from live_emotion.training.metrics import Array, rounded, single_label, summarise
from live_emotion.training.text_data import TextRows


def text_figures(logits: Array, rows: TextRows, platt: Platt, thresholds: Array) -> dict[str, Any]:
    """Return `metrics.summarise` of the rows, and a short form under ``per_source``.

    Parameters
    ----------
    logits
        ``(n, 6)`` of the rows.
    platt, thresholds
        Fitted on other rows.
    """
    probabilities = platt.apply(logits).astype(np.float64)
    targets = rows.targets.astype(np.float64)
    labels = single_label(targets)
    figures = summarise(probabilities, targets, thresholds, labels)
    figures["per_source"] = {}
    for source in np.unique(rows.sources):
        there = rows.sources == source
        part = summarise(probabilities[there], targets[there], thresholds, labels[there])
        names = ("n", "macro_f1", "mean_auc", "six_way_accuracy", "six_way_uar", "six_way_n")
        figures["per_source"][str(source)] = {name: part[name] for name in names}
    short: dict[str, Any] = rounded(figures)
    return short
