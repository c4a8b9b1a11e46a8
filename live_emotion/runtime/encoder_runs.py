"""Run encoders of faces and sound: any number of them in batches, their vectors by the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.estimate import no_scores
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.runtime.engine import EncoderName, Engine

MAX_BATCH: Final = 64


def run_batched(engine: Engine, name: str, x: FloatArray) -> FloatArray:
    """Return vectors ``(n, 64)`` of n inputs.

    Parameters
    ----------
    engine
        Of an encoder of single faces or pieces.
    name
        Of its input.
    x
        ``(n, ...)``; no more than `MAX_BATCH` go through at once.
    """
    parts = [
        engine.run({name: x[k : k + MAX_BATCH]})["vectors"] for k in range(0, len(x), MAX_BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, VECTOR_WIDTH), np.float32)


def run_window(
    engines: Mapping[EncoderName, Engine],
    encoder: EncoderName,
    vectors: FloatArray,
    present: NDArray[np.bool_],
) -> FloatArray:
    """Return logits ``(6,)`` of a window's vectors; NaN with none present.

    Parameters
    ----------
    engines, encoder
        The open engines, and which sequence encoder is to judge.
    vectors
        ``(T, 64)``, T at most 12; what stands at absent ticks does not matter.
    present
        ``(T,)`` bool.

    Raises
    ------
    ValueError
        If there are too many, or `present` does not fit.
    """
    ticks = len(vectors)
    if ticks > WINDOW_TICKS or present.shape != (ticks,):
        raise ValueError(f"{ticks} vectors, present {present.shape}: at most 12 and alike")
    if not present.any():
        return no_scores()
    window = np.zeros((1, WINDOW_TICKS, VECTOR_WIDTH), np.float32)
    there = np.zeros((1, WINDOW_TICKS), np.bool_)
    window[0, :ticks] = np.where(present[:, np.newaxis], vectors, 0.0)
    there[0, :ticks] = present
    result = engines[encoder].run({"vectors": window, "present": there})
    return cast(FloatArray, result["logits"][0])
