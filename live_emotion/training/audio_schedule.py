"""The learning rates of the voice branch: its sequence encoder begins later than its pieces."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Final

import torch

WARMUP_STEPS: Final = 300


def two_part_schedule(
    optimizer: torch.optim.Optimizer, steps: int, windows_from: int, late_groups: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return a schedule in which the last `late_groups` parameter groups begin later.

    Both parts rise over `WARMUP_STEPS` and fall along half a cosine to the end; the late one
    stands still before the step `windows_from`.
    """

    def factor(step: int, first: int) -> float:
        if step < first:
            return 0.0
        rise = (step - first + 1) / WARMUP_STEPS
        done = (step - first) / max(1, steps - first)
        return min(1.0, rise) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    early = len(optimizer.param_groups) - late_groups
    starts = [0] * early + [windows_from] * late_groups
    factors: list[Callable[[int], float]] = [functools.partial(factor, first=s) for s in starts]
    return torch.optim.lr_scheduler.LambdaLR(optimizer, factors)
