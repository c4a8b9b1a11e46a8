"""Late fusion: one learned weight a branch over the stacked logits, for any subset of them.

Jia et al. (PMLR 260, 2025, section 3.4): a weighted sum without bias. Where a branch is
missing, the sum is divided by the weights of those that are there, so that the fused logit stays
on one scale; what is left of the difference is the subset's own calibration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from live_emotion.core.emotions import BRANCHES, Branch

SUBSETS: Final[tuple[tuple[Branch, ...], ...]] = tuple(
    tuple(branch for k, branch in enumerate(BRANCHES) if bits >> k & 1) for bits in range(1, 8)
)


# No branch is ever silenced altogether.
LEAST: Final = 0.02


def subset_key(branches: Iterable[str]) -> str:
    """Return the name of a subset as weights files write it, such as ``vision+audio``."""
    there = set(branches)
    return "+".join(branch for branch in BRANCHES if branch in there)


def subset_mask(branches: Sequence[str]) -> NDArray[np.bool_]:
    """Return ``(3,)`` bool, true where the branch of `BRANCHES` is in the subset."""
    return np.array([branch in branches for branch in BRANCHES])


def fuse(
    logits: NDArray[np.floating[Any]],
    present: NDArray[np.bool_],
    weight: NDArray[np.floating[Any]],
) -> NDArray[np.float64]:
    """Return fused logits ``(..., 6)``; NaN where no branch with a weight is there.

    Parameters
    ----------
    logits
        ``(..., 3, 6)`` in the order of `BRANCHES`; missing ones may hold anything, also NaN.
    present
        ``(..., 3)``.
    weight
        ``(3,)``, not negative.
    """
    shares = np.where(present, weight, 0.0)
    total = shares.sum(axis=-1)[..., None]
    summed = (np.where(present[..., None], logits, 0.0) * shares[..., None]).sum(axis=-2)
    fused = np.full(summed.shape, np.nan)
    np.divide(summed, total, out=fused, where=np.broadcast_to(total > 0, summed.shape))
    return fused


class LateFusion(nn.Module):
    """The weights to be learned; the same sum as `fuse`, with a gradient.

    Attributes
    ----------
    raw
        ``(3,)``, learned; its softmax shares out what `LEAST` leaves.
    """

    def __init__(self) -> None:
        super().__init__()
        self.raw = nn.Parameter(torch.zeros(len(BRANCHES)))

    @property
    def weight(self) -> Tensor:
        """The weights ``(3,)`` in the order of `BRANCHES`; positive, their sum is 1."""
        return LEAST + (1 - len(BRANCHES) * LEAST) * self.raw.softmax(dim=0)

    def forward(self, logits: Tensor, present: Tensor) -> Tensor:
        """Return fused logits ``(n, 6)`` of ``(n, 3, 6)``; each row needs a present branch."""
        shares = torch.where(present, self.weight, torch.zeros_like(self.weight))
        known = torch.where(present[..., None], logits, torch.zeros_like(logits))
        return (known * shares[..., None]).sum(-2) / shares.sum(-1, keepdim=True)
