"""The evaluations of single branches: one function a task, each returns a report."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_emotion.core.emotions import Branch
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.report import figures, plain


def branch_report(branch: Branch, items: Items, options: EvaluateOptions) -> dict[str, Any]:
    """Return the report of one branch's items, by the thresholds of its weights.

    Returns
    -------
    dict
        As JSON takes it: ``task``, ``preset``, ``engine``, ``weights`` (their SHA-256), what
        `report.figures` gives, ``notes``, and the items' own facts.
    """
    info = items.info
    assert info is not None
    report = {
        "task": branch,
        "preset": options.preset,
        "engine": options.engine,
        "weights": info.sha256,
        **figures(items, info.thresholds.astype(np.float64), options.seed),
        **items.facts,
        "notes": list(items.notes),
    }
    made: dict[str, Any] = plain(report)
    return made
