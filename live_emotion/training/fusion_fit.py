"""Learning the fusion's three weights, and calibrating every subset of branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.models.fusion import SUBSETS, LateFusion, fuse, subset_key, subset_mask
from live_emotion.models.metadata import Platt
from live_emotion.training.calibration import fit_temperature
from live_emotion.training.fusion_triples import (
    NEUTRAL,
    BranchScores,
    class_shares,
    matched_triples,
    one_hot,
)
from live_emotion.training.metrics import NO_LABEL, Array, summarise
from live_emotion.training.rarity import lift_rare
from live_emotion.training.thresholds import choose_thresholds

# Share of the parts that are neutral whatever the rest shows; see `matched_triples`.
BLANK: Final = 0.2


@dataclass(frozen=True)
class FittedFusion:
    """Weights ``(3,)`` that sum to 1, a `Platt` for each subset, thresholds ``(6,)``."""

    weight: Array
    calibration: dict[str, Platt]
    thresholds: Array

    def probabilities(self, logits: Array, present: NDArray[np.bool_]) -> Array:
        """Return ``(n, 6)`` of logits ``(n, 3, 6)`` when the branches `present` ``(3,)`` are."""
        key = subset_key(b for b, there in zip(BRANCHES, present, strict=True) if there)
        fused = fuse(logits, np.broadcast_to(present, logits.shape[:2]), self.weight)
        return self.calibration[key].apply(fused).astype(np.float64)


def learn_weights(logits: Array, labels: NDArray[np.int64], epochs: int) -> Array:
    """Return weights ``(3,)`` that sum to 1.

    Branch dropout is taken to its end: every step sums the binary cross-entropy over all seven
    subsets, each with a scale and shift of its own that are learned beside the weights and
    thrown away.

    Parameters
    ----------
    logits, labels
        Of triples: ``(n, 3, 6)`` and ``(n,)``.
    epochs
        Steps of L-BFGS over all triples.
    """
    x = torch.from_numpy(logits).float()
    y = torch.from_numpy(one_hot(labels)).float()
    fusion = LateFusion()
    scales = torch.zeros(len(SUBSETS), len(EMOTIONS), requires_grad=True)
    shifts = torch.zeros(len(SUBSETS), len(EMOTIONS), requires_grad=True)
    masks = [torch.from_numpy(subset_mask(s)).expand(len(x), -1) for s in SUBSETS]
    optimizer = torch.optim.LBFGS(
        [*fusion.parameters(), scales, shifts], max_iter=20, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = 1e-3 * scales.square().mean()
        for k, mask in enumerate(masks):
            fused = fusion(x, mask) * scales[k].exp() + shifts[k]
            total = total + F.binary_cross_entropy_with_logits(fused, y) / len(masks)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    for _ in range(epochs):
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    return np.asarray(fusion.weight.detach().double().numpy())


def fit_fusion(
    branches: Sequence[BranchScores], *, seed: int, epochs: int = 10, triples: int = 6000
) -> FittedFusion:
    """Learn weights on one half of the items, calibrate every subset on the other.

    Parameters
    ----------
    branches
        One for each of `BRANCHES`, of items that no branch was trained on.
    seed
        Of the halves and the draws.
    epochs
        See `learn_weights`.
    triples
        How many are drawn from each half.
    """
    random = np.random.default_rng(seed)
    shares = class_shares(branches)
    halves = [scores.halves(random) for scores in branches]
    weight = learn_weights(
        *matched_triples([h[0] for h in halves], shares, triples, random, BLANK), epochs
    )
    second = [h[1] for h in halves]
    matched = matched_triples(second, shares, triples, random)
    mixed = matched_triples(second, shares, triples, random, BLANK)
    calibration = {}
    for subset in SUBSETS:
        # One branch alone has nothing to be contradicted by.
        logits, labels = matched if len(subset) == 1 else mixed
        targets, six = one_hot(labels), np.where(labels == NEUTRAL, NO_LABEL, labels)
        present = np.broadcast_to(subset_mask(subset), logits.shape[:2])
        fused = fuse(logits, present, weight)
        calibration[subset_key(subset)] = lift_rare(
            fit_temperature(fused, targets), fused, targets, six
        )
    fitted = FittedFusion(weight, calibration, np.full(len(EMOTIONS), 0.5))
    logits, labels = mixed
    whole = fitted.probabilities(logits, subset_mask(BRANCHES))
    return FittedFusion(weight, calibration, choose_thresholds(whole, one_hot(labels)))


def measure_fusion(
    fitted: FittedFusion, branches: Sequence[BranchScores], *, seed: int, triples: int = 600
) -> dict[str, Any]:
    """Return six-way accuracy of every subset, and all measures of the whole fusion.

    Parameters
    ----------
    fitted
        See `fit_fusion`.
    branches
        Of unseen faces, voices and texts.
    seed, triples
        Draws; the six-way figures are of triples that show one of the six, evenly drawn, the
        rest of as many drawn with neutral by its own share, once as they are and once with a part
        of some made neutral.
    """
    random = np.random.default_rng(seed)
    even = np.append(np.full(NEUTRAL, 1.0 / NEUTRAL), 0.0)
    logits, labels = matched_triples(branches, even, triples, random)
    accuracy = {}
    for subset in SUBSETS:
        p = fitted.probabilities(logits, subset_mask(subset))
        accuracy[subset_key(subset)] = float((p.argmax(axis=1) == labels).mean())
    shares = class_shares(branches)
    figures = {}
    for name, blank in (("natural_shares", 0.0), ("some_parts_neutral", BLANK)):
        logits, labels = matched_triples(branches, shares, triples, random, blank)
        p = fitted.probabilities(logits, subset_mask(BRANCHES))
        six = np.where(labels == NEUTRAL, NO_LABEL, labels)
        figures[name] = summarise(p, one_hot(labels), fitted.thresholds, six)
    return {"six_way_accuracy_by_subset": accuracy} | figures
