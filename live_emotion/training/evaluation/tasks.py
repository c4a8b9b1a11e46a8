"""From the items of a task to its report."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.runtime.fusion import find_fusion
from live_emotion.runtime.weights import find_branches
from live_emotion.training.evaluation.clips import AvItems
from live_emotion.training.evaluation.encoders import weights_from
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.report import figures, plain
from live_emotion.training.metrics import Array


def branch_report(
    branch: Branch, items: Items, options: EvaluateOptions, condition: str = ""
) -> dict[str, Any]:
    """Return the report of one branch's items, by the thresholds of its weights.

    Parameters
    ----------
    branch, items, options
        Which, of what, and how.
    condition
        What the items went through first, in words; "" for nothing.

    Returns
    -------
    dict
        As JSON takes it: ``task``, ``preset``, ``engine``, ``weights`` (their SHA-256),
        ``condition``, what `report.figures` gives, the items' own facts, and ``notes``.
    """
    info = items.info
    assert info is not None
    head = {"task": branch, "weights": info.sha256, "condition": condition}
    return _report(head, items, info.thresholds.astype(np.float64), options)


def av_report(items: AvItems, options: EvaluateOptions) -> dict[str, Any]:
    """Return the report of the fusion over clips, with ``branches``: each branch alone."""
    with weights_from(options.weights):
        fusion = find_fusion(options.preset, find_branches(options.preset))
    report = _report(
        {"task": "av", "weights": fusion.sha256},
        items.fused,
        fusion.thresholds.astype(np.float64),
        options,
    )
    report["branches"] = {
        branch: plain(figures(items.branches[branch], _thresholds(items, branch), options.seed))
        for branch in BRANCHES
    }
    return report


def _thresholds(items: AvItems, branch: Branch) -> Array:
    info = items.branches[branch].info
    assert info is not None
    return info.thresholds.astype(np.float64)


def _report(
    head: dict[str, Any], items: Items, thresholds: Array, options: EvaluateOptions
) -> dict[str, Any]:
    report = {
        **head,
        "preset": options.preset,
        "engine": options.engine,
        **figures(items, thresholds, options.seed),
        **items.facts,
        "notes": list(items.notes),
    }
    made: dict[str, Any] = plain(report)
    return made
