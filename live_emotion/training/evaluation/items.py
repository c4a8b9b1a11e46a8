"""Scored items: what the measures are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.weights import BranchInfo
from live_emotion.training.evaluation.measures import has_scores
from live_emotion.training.metrics import Array

Names = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Items:
    """What one branch (or the fusion) says of ``n`` items.

    Attributes
    ----------
    logits
        ``(n, 6)`` before calibration; rows of NaN where the branch says that it is missing.
        None where only probabilities exist (the fusion over a clip).
    probabilities
        ``(n, 6)`` calibrated, NaN in the same rows.
    targets
        ``(n, 6)``: 1, 0, or NaN where an emotion was not labelled.
    labels
        ``(n,)`` six-way label, or `NO_LABEL`.
    groups
        ``(n,)`` number of the person, or None where people are not known.
    info
        Of the weights that scored them: calibration and thresholds, or None.
    parts
        Further divisions by name, such as ``"per_dataset"``: ``(n,)`` names.
    notes
        What a reader of the figures must know, a sentence each.
    facts
        More for the report, as JSON takes it.
    """

    probabilities: Array
    targets: Array
    labels: NDArray[np.int64]
    logits: Array | None = None
    groups: NDArray[np.int64] | None = None
    info: BranchInfo | None = None
    parts: Mapping[str, Names] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def scored(self) -> NDArray[np.bool_]:
        """``(n,)`` whether an item has scores."""
        return has_scores(self.probabilities)


def group_numbers(names: Sequence[str]) -> NDArray[np.int64]:
    """Return ``(n,)`` a number for each different name."""
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int64)
