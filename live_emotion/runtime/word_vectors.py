"""Subword embeddings of the words network, as features for networks that have none of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import Branch
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.models.presets import Preset
from live_emotion.models.sizes import AlbertSizes
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import BranchInfo, text_sizes

_TABLE: Final = "encoder.embeddings.word.weight"


class WordVectors:
    """Looks subwords up in a table.

    Parameters
    ----------
    table
        ``(vocabulary, width)``.
    tokenizer
        Cuts texts into subwords.
    length
        Subwords of a window; of longer texts the last ones count.
    """

    def __init__(self, table: NDArray[np.floating], tokenizer: Tokenizer, length: int) -> None:
        self._table = table
        self._tokenizer = tokenizer
        self._length = length

    @property
    def width(self) -> int:
        """Numbers a subword."""
        return int(self._table.shape[1])

    def features(self, text: str) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return the vectors ``(length, width)`` of a text, and which of them are real."""
        ids = self._tokenizer.encode(text, self._length) if text else []
        made = np.zeros((self._length, self.width), np.float32)
        made[: len(ids)] = self._table[ids]
        return made, np.arange(self._length) < len(ids)


def open_word_vectors(
    preset: Preset, branches: Mapping[Branch, BranchInfo], length: int
) -> WordVectors | None:
    """Return the subword embeddings of a preset's words network; None without a vocabulary.

    Raises
    ------
    UserError
        If weights or vocabulary are damaged.
    """
    info = branches["text"]
    tokenizer = open_vocabulary(preset, info)
    if tokenizer is None:
        return None
    return WordVectors(_table(preset, info), tokenizer, length)


def _table(preset: Preset, info: BranchInfo) -> NDArray[np.floating]:
    if info.path is None:
        networks = Networks(preset, {"text": info})
        made = networks.branch("text").get_parameter(_TABLE).detach().numpy()
        return np.asarray(made, np.float32)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(info.path, framework="numpy") as file:
            table: NDArray[np.floating] = file.get_tensor(_TABLE)
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"Damaged weights, {info.path}: reinstall live-emotion or restore the file."
        ) from error
    sizes = text_sizes(preset, info)
    width = sizes.embedding if isinstance(sizes, AlbertSizes) else sizes.hidden
    if table.shape[1] != width:
        raise UserError(f"The weights {info.path} are not of the sizes they tell: restore them.")
    return table
