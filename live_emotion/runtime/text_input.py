"""Words as the text network takes them: token numbers padded to a bucket, and a mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.models.presets import DEFAULT_PRESET
from live_emotion.runtime.weights import verified, weights_dir

MAX_TOKENS: Final = 128
BUCKET: Final = 16  # few lengths, so that the engine compiles for few shapes


def find_vocabulary(preset: str, folder: Path | None = None) -> Path | None:
    """Return the preset's SentencePiece file, else the default preset's, else None.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    for name in (preset, DEFAULT_PRESET):
        found = verified(folder or weights_dir(), f"{name}-text.model")
        if found is not None:
            return found[0]
    return None


def padded(ids: list[int]) -> dict[str, NDArray[Any]]:
    """Return ``ids`` ``(1, L)`` int64 and ``mask`` ``(1, L)`` bool, `L` a multiple of 16."""
    length = max(BUCKET, -(-len(ids) // BUCKET) * BUCKET)
    row = np.zeros((1, length), dtype=np.int64)
    row[0, : len(ids)] = ids
    return {"ids": row, "mask": np.arange(length)[np.newaxis] < len(ids)}
