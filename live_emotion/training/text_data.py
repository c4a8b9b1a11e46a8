"""Labelled sentences: reading ``text.tsv``, and the fold held out inside the training rows.

The table is tab-separated without quoting: the text, one column per emotion (1, 0, or empty
where the source does not label that emotion), ``source`` and ``split`` (train or dev).
"""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError

TEXT_TABLE = "text.tsv"
UNLABELLED = "text_unlabelled.txt.xz"


@dataclass(frozen=True, eq=False)
class TextRows:
    """Sentences with their labels.

    Attributes
    ----------
    texts
        The sentences as written.
    targets
        ``(n, 6)`` float32: 1, 0, or NaN where the source does not label that emotion.
    sources
        ``(n,)`` names of the corpora.
    splits
        ``(n,)`` "train" or "dev".
    """

    texts: tuple[str, ...]
    targets: NDArray[np.float32]
    sources: NDArray[np.str_]
    splits: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> TextRows:
        """Return the chosen rows (a mask or indices), in order."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        texts = tuple(self.texts[int(i)] for i in index)
        return TextRows(texts, self.targets[index], self.sources[index], self.splits[index])

    def join(self, other: TextRows) -> TextRows:
        """Return these rows and then the other's."""
        return TextRows(
            self.texts + other.texts,
            np.concatenate((self.targets, other.targets)),
            np.concatenate((self.sources, other.sources)),
            np.concatenate((self.splits, other.splits)),
        )


def read_text_rows(data: Path, *, split_needed: bool = True) -> TextRows:
    """Read ``text.tsv`` of the folder `data`.

    Without `split_needed` the column ``split`` may be missing; the rows then say "".

    Raises
    ------
    UserError
        If the file is missing, lacks a column, or holds a label other than 1, 0 or nothing.
    """
    path = data / TEXT_TABLE
    if not path.is_file():
        raise UserError(f"There is no {TEXT_TABLE} in {data}: name the folder of the data set.")
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].rstrip("\r").split("\t")
    needed = ("text", *EMOTIONS, "split") if split_needed else ("text", *EMOTIONS)
    missing = [name for name in needed if name not in header]
    if missing:
        raise UserError(f"{path} lacks the column “{missing[0]}”: see the data's description.")
    at = {name: header.index(name) for name in header}
    texts: list[str] = []
    targets: list[list[float]] = []
    sources: list[str] = []
    splits: list[str] = []
    labels = {"1": 1.0, "0": 0.0, "": float("nan")}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip("\r"):
            continue
        cells = line.rstrip("\r").split("\t")
        try:
            targets.append([labels[cells[at[name]].strip()] for name in EMOTIONS])
            texts.append(cells[at["text"]])
            splits.append(cells[at["split"]] if "split" in at else "")
            sources.append(cells[at["source"]] if "source" in at else path.stem)
        except (KeyError, IndexError):
            raise UserError(
                f"Line {number} of {path} is not a labelled text: mend or remove it."
            ) from None
    if not texts:
        raise UserError(f"{path} holds no rows: name another data set.")
    return TextRows(
        tuple(texts), np.asarray(targets, np.float32), np.asarray(sources), np.asarray(splits)
    )


def read_unlabelled(data: Path, exclude: Sequence[str] = ()) -> list[str]:
    """Return the sentences of ``text_unlabelled.txt.xz``, none if there is no such file.

    Sentences that also stand in `exclude` (the rows kept for measuring) are left out.
    """
    path = data / UNLABELLED
    if not path.is_file():
        return []
    kept_apart = {text_key(text) for text in exclude}
    with lzma.open(path, "rt", encoding="utf-8") as file:
        lines = (line.strip() for line in file)
        return [line for line in lines if line and text_key(line) not in kept_apart]


def text_key(text: str) -> str:
    """Return the letters and digits of a text in lower case: what near copies share."""
    return re.sub(r"[^\w]+", " ", text.lower()).strip()


def held_out(texts: Sequence[str], folds: int = 12, fold: int = 0) -> NDArray[np.bool_]:
    """Return which texts belong to the fold that calibrates, as ``(n,)`` bool.

    The choice depends on the text alone, so near copies share a fold, and neither order nor
    seed moves a row.
    """
    keys = (zlib.crc32(text_key(text).encode()) % folds for text in texts)
    return np.fromiter((key == fold for key in keys), np.bool_, len(texts))
