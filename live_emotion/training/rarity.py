"""A fair chance for rare emotions in the ranking of calibrated scores."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.metadata import Platt
from live_emotion.training.metrics import NO_LABEL, Array, calibration_error, six_way

# What lifting the rare emotions may cost.
MOST_ERROR: Final = 0.025
LEAST_ACCURACY_KEPT: Final = 0.004
_STEPS: Final = np.arange(0.0, 0.81, 0.05)


def lift_rare(platt: Platt, logits: Array, targets: Array, labels: NDArray[np.int64]) -> Platt:
    """Return a calibration in whose ranking rare emotions have a fair chance.

    Calibrated by itself, a rare emotion seldom leads even where it is shown, since its
    probability includes how rare it is. A share of the logarithm of that rarity is given back
    (logit adjustment, Menon et al., ICLR 2021): the share with the best mean recall among those
    that cost hardly any accuracy and keep the mean calibration error low.

    Parameters
    ----------
    platt
        As `fit_platt` gives it.
    logits, targets, labels
        ``(n, 6)``, ``(n, 6)`` and ``(n,)``; rows without a label do not count for the ranking.
    """
    counts = np.bincount(labels[labels != NO_LABEL], minlength=len(EMOTIONS))
    if not counts.all():
        return platt
    rarity = np.log(counts.max() / counts)
    least = six_way(platt.apply(logits).astype(np.float64), labels)[0] - LEAST_ACCURACY_KEPT
    best, most = platt, -1.0
    for share in _STEPS:
        lifted = Platt(platt.scale, tuple((np.asarray(platt.shift) + share * rarity).tolist()))
        p = lifted.apply(logits).astype(np.float64)
        accuracy, recall = six_way(p, labels)
        error = np.mean([calibration_error(p[:, k], targets[:, k]) for k in range(len(EMOTIONS))])
        if accuracy >= least and recall > most and (share == 0 or error <= MOST_ERROR):
            best, most = lifted, recall
    return best
