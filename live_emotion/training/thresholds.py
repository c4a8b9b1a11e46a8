"""From which probability an emotion counts as shown.

Thresholds are chosen on folds held out inside the training data, never on validation files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.metrics import Array

_PRICES: Final = np.geomspace(0.01, 30.0, 60)


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


def thresholds_under_alarm(probabilities: Array, targets: Array, highest: float) -> Array:
    """Return the thresholds of best macro-F1 among those that seldom call neutral emotional.

    Parameters
    ----------
    probabilities, targets
        ``(n, 6)``; targets 1, 0 or NaN for not labelled. Neutral are the rows whose every
        labelled target is 0.
    highest
        Share of the neutral rows that may have any probability over its threshold, 0..1.

    Returns
    -------
    Array
        ``(6,)``. An emotion without examples gets at least 0.5, and enough to cause no alarm.

    Notes
    -----
    An alarm has a price: F1's mean less the price times the share of neutral rows alarmed is
    raised emotion by emotion, each time over every possible threshold with the others held, and
    rows counted once however many emotions they alarm. The price runs up and down; of all that
    stays under `highest` the best F1 is kept, and is then improved as long as the limit allows.
    The search is a local one: it is exact in one emotion at a time.
    """
    targets = np.asarray(targets, dtype=np.float64)
    neutral = probabilities[(np.nan_to_num(targets) == 0).all(axis=1)]
    cuts = [_cuts(probabilities[:, k], targets[:, k], neutral[:, k]) for k in range(len(EMOTIONS))]
    allowed = int(highest * len(neutral) + 1e-9)
    # The strictest and the freest choice; the first alarms nobody.
    best = np.zeros(len(EMOTIONS), dtype=np.int64)
    for start, prices in ((best, _PRICES[::-1]), ([c.free for c in cuts], _PRICES)):
        chosen = np.array(start)
        for price in prices:
            chosen = _climb(cuts, chosen, price=float(price) / max(1, len(neutral)))
            if _alarms(cuts, chosen) <= allowed and _f1(cuts, chosen) > _f1(cuts, best):
                best = chosen
    best = _climb(cuts, best, allowed=allowed)
    return np.array([c.thresholds[i] for c, i in zip(cuts, best, strict=True)])


@dataclass(frozen=True, slots=True, eq=False)
class _Cuts:
    """Every threshold that matters to one emotion, the strictest first.

    Attributes
    ----------
    thresholds, f1
        ``(m,)`` each.
    first
        ``(neutral rows,)`` the first cut that alarms a row; m if none does.
    free
        The cut of best F1.
    """

    thresholds: Array
    f1: Array
    first: NDArray[np.int64]
    free: int


def _cuts(probability: Array, target: Array, neutral: Array) -> _Cuts:
    there = ~np.isnan(target)
    order = np.argsort(-probability[there], kind="stable")
    p, y = probability[there][order], target[there][order] == 1
    # The strictest cut is one that nothing exceeds, labelled or not.
    thresholds = np.array([max(0.5, float(probability.max(initial=0.0)))])
    f1 = np.zeros(1)
    if y.any():
        score = 2 * np.cumsum(y) / (np.arange(1, len(y) + 1) + y.sum())
        # A cut can only lie between two different values.
        between = np.flatnonzero(p > np.append(p[1:], 0.0))
        middle = (p[between] + np.append(p[1:], 0.0)[between]) / 2
        thresholds = np.concatenate([[float(probability.max())], middle])
        f1 = np.concatenate([f1, score[between]])
    first = np.searchsorted(-thresholds, -neutral, side="right")
    return _Cuts(thresholds, f1, first, int(f1.argmax()))


def _alarmed(cuts: list[_Cuts], chosen: NDArray[np.int64], but: int = -1) -> NDArray[np.bool_]:
    rows = [c.first <= i for k, (c, i) in enumerate(zip(cuts, chosen, strict=True)) if k != but]
    return np.asarray(np.any(rows, axis=0))


def _alarms(cuts: list[_Cuts], chosen: NDArray[np.int64]) -> int:
    return int(_alarmed(cuts, chosen).sum())


def _f1(cuts: list[_Cuts], chosen: NDArray[np.int64]) -> float:
    return float(np.mean([c.f1[i] for c, i in zip(cuts, chosen, strict=True)]))


def _climb(
    cuts: list[_Cuts], chosen: NDArray[np.int64], price: float = 0.0, allowed: int | None = None
) -> NDArray[np.int64]:
    """Move one emotion's cut after another to where F1 less the alarms' price is highest."""
    chosen = chosen.copy()
    for _ in range(50):
        before = chosen.copy()
        for k, cut in enumerate(cuts):
            others = _alarmed(cuts, chosen, but=k)
            steps = np.bincount(cut.first[~others], minlength=len(cut.f1) + 1)
            alarms = np.cumsum(steps)[: len(cut.f1)] + int(others.sum())
            gain = cut.f1 / len(cuts) - price * alarms
            if allowed is not None:
                gain = np.where(alarms <= allowed, gain, -np.inf)
            best = int(gain.argmax())
            if gain[best] > gain[chosen[k]]:
                chosen[k] = best
        if (chosen == before).all():
            break
    return chosen


def thresholds_by_name(thresholds: Array) -> dict[str, float]:
    """Return the thresholds as the weights' metadata stores them."""
    return {e: round(float(t), 5) for e, t in zip(EMOTIONS, thresholds, strict=True)}
