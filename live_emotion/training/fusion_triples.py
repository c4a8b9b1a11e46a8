"""Label-matched triples: a face, a voice and a text that show the same.

No data set at hand shows one person's face, voice and words with six labels, so the fusion
learns from items of different people that were given the same label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.training.metrics import NO_LABEL, Array

NEUTRAL: Final = len(EMOTIONS)


@dataclass(frozen=True)
class BranchScores:
    """What one branch says of items it was not trained on.

    Attributes
    ----------
    logits
        ``(n, 6)``, before calibration.
    labels
        ``(n,)``: the one emotion shown, `NEUTRAL`, or `NO_LABEL` for anything else.
    groups
        ``(n,)`` number of the person, so that halves can be disjoint in people; every item its
        own number where people are not known.
    """

    logits: Array
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]

    def halves(self, random: np.random.Generator) -> tuple[BranchScores, BranchScores]:
        """Return two halves that share no group."""
        groups = random.permutation(np.unique(self.groups))
        first = np.isin(self.groups, groups[: len(groups) // 2])
        return self._take(first), self._take(~first)

    def _take(self, rows: NDArray[np.bool_]) -> BranchScores:
        return BranchScores(self.logits[rows], self.labels[rows], self.groups[rows])


def labels_with_neutral(labels: NDArray[np.int64], targets: Array) -> NDArray[np.int64]:
    """Return six-way labels in which rows whose every labelled target is 0 say `NEUTRAL`."""
    neutral = (labels == NO_LABEL) & (np.nan_to_num(targets) == 0).all(axis=1)
    return np.where(neutral, NEUTRAL, labels)


def class_shares(branches: Sequence[BranchScores]) -> Array:
    """Return the mean share ``(7,)`` of each emotion and of neutral over the branches."""
    shares = np.zeros(NEUTRAL + 1)
    for scores in branches:
        counts = np.bincount(scores.labels[scores.labels >= 0], minlength=NEUTRAL + 1)
        shares += counts / max(1, counts.sum()) / len(branches)
    return shares


def matched_triples(
    branches: Sequence[BranchScores],
    shares: Array,
    n: int,
    random: np.random.Generator,
    blank: float = 0.0,
) -> tuple[Array, NDArray[np.int64]]:
    """Draw triples with the same label.

    Parameters
    ----------
    branches
        One for each of `BRANCHES`.
    shares
        ``(7,)`` how often each label is drawn; a label that some branch lacks is left out.
    n
        How many.
    random
        Source of the draws.
    blank
        Chance of each part of a triple to be neutral whatever the label, all three never. People
        often show with one part what the others do not: who learns from perfect matches alone
        takes any contradiction for proof that nothing is shown.

    Returns
    -------
    tuple
        Logits ``(n, 3, 6)`` and labels ``(n,)``.

    Raises
    ------
    UserError
        If no label is found in every branch.
    """
    pools = [
        [np.flatnonzero(scores.labels == label) for label in range(NEUTRAL + 1)]
        for scores in branches
    ]
    there = np.array([all(len(pool[k]) for pool in pools) for k in range(NEUTRAL + 1)])
    chance = np.where(there, shares, 0.0)
    if chance.sum() <= 0:
        raise UserError("No emotion is found among faces, voices and texts at once.")
    labels = random.choice(NEUTRAL + 1, size=n, p=chance / chance.sum()).astype(np.int64)
    logits = np.empty((n, len(branches), len(EMOTIONS)))
    for b, scores in enumerate(branches):
        for label in range(NEUTRAL + 1):
            rows = np.flatnonzero(labels == label)
            if len(rows):
                logits[rows, b] = scores.logits[random.choice(pools[b][label], size=len(rows))]
    blanks = random.random((n, len(branches))) < blank
    blanks[blanks.all(axis=1)] = False
    for b, scores in enumerate(branches):
        rows = np.flatnonzero(blanks[:, b])
        if len(rows) and len(pools[b][NEUTRAL]):
            logits[rows, b] = scores.logits[random.choice(pools[b][NEUTRAL], size=len(rows))]
    return logits, labels


def one_hot(labels: NDArray[np.int64]) -> Array:
    """Return targets ``(n, 6)``; neutral rows are all zero."""
    return np.eye(NEUTRAL + 1)[labels][:, :NEUTRAL]
