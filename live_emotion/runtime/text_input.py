"""Words as the text network takes them: token numbers padded to a bucket, and a mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.models.presets import Preset
from live_emotion.models.sizes import BertSizes, TextSizes
from live_emotion.runtime.tokenizer import (
    SENTENCEPIECE_SUFFIX,
    WORDPIECE_SUFFIX,
    Tokenizer,
    open_tokenizer,
)
from live_emotion.runtime.weights import BranchInfo, text_sizes
from live_emotion.runtime.weights_files import verified, weights_dir

MAX_TOKENS: Final = 128
BUCKET: Final = 8  # few lengths, so that the engine compiles for few shapes


def open_vocabulary(
    preset: Preset, info: BranchInfo, folder: Path | None = None
) -> Tokenizer | None:
    """Return the vocabulary of the words branch, or None if there is none that fits.

    It stands beside the weights under their name, with ``.model`` (SentencePiece, for ALBERT) or
    ``.tokenizer.json`` (WordPiece, for BERT). An untrained ALBERT takes any SentencePiece
    vocabulary in `folder` that is not too large for it.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    sizes = text_sizes(preset, info)
    suffix = vocabulary_suffix(sizes)
    where = folder or weights_dir()
    names = sorted(path.name for path in where.glob(f"*-text*{suffix}"))
    if info.path is not None:
        where, names = info.path.parent, [info.path.stem + suffix]
    for name in names:
        found = verified(where, name)
        if found is not None and (words := open_tokenizer(found[0])).size <= sizes.vocabulary:
            return words
    return None


def vocabulary_suffix(sizes: TextSizes) -> str:
    """Return how the vocabulary file of such a network ends; its stem is the weights'."""
    return WORDPIECE_SUFFIX if isinstance(sizes, BertSizes) else SENTENCEPIECE_SUFFIX


def padded(ids: list[int]) -> dict[str, NDArray[Any]]:
    """Return ``ids`` ``(1, L)`` int64 and ``mask`` ``(1, L)`` bool, `L` a multiple of 8."""
    length = max(BUCKET, -(-len(ids) // BUCKET) * BUCKET)
    row = np.zeros((1, length), dtype=np.int64)
    row[0, : len(ids)] = ids
    return {"ids": row, "mask": np.arange(length)[np.newaxis] < len(ids)}
