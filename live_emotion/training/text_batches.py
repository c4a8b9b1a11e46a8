"""Batches of sentences of similar length, filled up to a number of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

Ids = Sequence[int]


def length_buckets(
    lengths: NDArray[np.int64], budget: int, rng: np.random.Generator | None = None
) -> list[NDArray[np.int64]]:
    """Group rows so that padded tokens per batch stay within `budget`.

    Parameters
    ----------
    lengths
        ``(n,)`` tokens of each row.
    budget
        Largest number of rows times longest row; a longer single row makes a batch alone.
    rng
        Shuffles rows of like length among batches, and the batches; None keeps the order by
        length, for measuring.
    """
    jitter = 0.0 if rng is None else rng.uniform(-0.1, 0.1, len(lengths))
    order = np.argsort(lengths * (1.0 + jitter), kind="stable")
    batches: list[NDArray[np.int64]] = []
    first, longest = 0, 0
    for i, row in enumerate(order):
        longest_with = max(longest, int(lengths[row]))
        if i > first and longest_with * (i - first + 1) > budget:
            batches.append(order[first:i])
            first, longest_with = i, int(lengths[row])
        longest = longest_with
    if first < len(order):
        batches.append(order[first:])
    if rng is not None:
        return [batches[int(i)] for i in rng.permutation(len(batches))]
    return batches


def pad(rows: Sequence[Ids], fill: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids ``(n, longest)`` int64 filled with `fill`, and the mask of real tokens, bool."""
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), fill, dtype=torch.int64)
    mask = torch.zeros((len(rows), longest), dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.as_tensor(row, dtype=torch.int64)
        mask[i, : len(row)] = True
    return ids, mask


def in_order(
    rows: Sequence[Ids], budget: int, fill: int
) -> Iterator[tuple[NDArray[np.int64], torch.Tensor, torch.Tensor]]:
    """Yield (row numbers, ids, mask) over all rows, short ones first."""
    lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
    for batch in length_buckets(lengths, budget):
        yield batch, *pad([rows[int(i)] for i in batch], fill)
