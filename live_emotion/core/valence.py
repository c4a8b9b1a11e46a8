"""Valence: how pleasant something is, from -1 to 1, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Valence:
    """One reading.

    Attributes
    ----------
    value
        -1 unpleasant to 1 pleasant; 0 is neither.
    deviation
        Standard deviation of the error to be expected, above 0.
    """

    value: float
    deviation: float


def joined(readings: Iterable[Valence]) -> Valence | None:
    """Return several readings of one moment as one; None without any.

    Each weighs by the inverse of its variance. Readings that contradict each other make the
    result less sure: their weighted variance around it is added.
    """
    kept = list(readings)
    if not kept:
        return None
    weights = [reading.deviation**-2 for reading in kept]
    total = sum(weights)
    value = sum(w * r.value for w, r in zip(weights, kept, strict=True)) / total
    apart = sum(w * (r.value - value) ** 2 for w, r in zip(weights, kept, strict=True)) / total
    return Valence(value, math.sqrt(1.0 / total + apart))
