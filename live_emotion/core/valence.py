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

    Each weighs by the inverse of its variance. Their errors may be shared (face and voice are told
    from scores by what words have taught), so that agreement makes the result no surer than the
    readings are; contradiction makes it less sure: their weighted variance around it is added.
    """
    kept = list(readings)
    if not kept:
        return None
    weights = [reading.deviation**-2 for reading in kept]
    shares = [weight / sum(weights) for weight in weights]
    value = sum(s * r.value for s, r in zip(shares, kept, strict=True))
    own = sum(s * r.deviation for s, r in zip(shares, kept, strict=True))
    apart = sum(s * (r.value - value) ** 2 for s, r in zip(shares, kept, strict=True))
    return Valence(value, math.sqrt(own**2 + apart))
