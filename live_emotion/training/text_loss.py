"""What a sentence classifier is fitted to: labels with gaps, and a teacher's scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def masked_bce(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over the labels that are there.

    Parameters
    ----------
    logits, targets
        ``(n, 6)``; targets in 0..1, NaN where the source does not label that emotion. Without
        any label the loss is 0.
    """
    there = ~torch.isnan(targets)
    loss = F.binary_cross_entropy_with_logits(logits, torch.nan_to_num(targets), reduction="none")
    return (loss * there).sum() / there.sum().clamp(min=1)


def distilling_loss(logits: Tensor, targets: Tensor, soft: Tensor, share: float) -> Tensor:
    """Return labels' and teacher's cross-entropy, mixed (Hinton et al., 2015).

    Parameters
    ----------
    soft
        The teacher's logits ``(n, 6)``; NaN rows have no teacher and count by labels alone.
    share
        Weight of the teacher, 0..1. A label that is not there is the teacher's whole.
    """
    taught = torch.sigmoid(soft)
    untaught = torch.isnan(soft)
    mixed = torch.where(untaught, targets, (1.0 - share) * targets + share * taught)
    return masked_bce(logits, torch.where(torch.isnan(targets), taught, mixed))
