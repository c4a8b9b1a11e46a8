"""Sentences rated for valence: reading ``text_valence.csv``."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.training.metrics import Array

VALENCE_TABLE: Final = "text_valence.csv"
_LOWEST, _HIGHEST = 1.0, 5.0


@dataclass(frozen=True, eq=False)
class ValenceRows:
    """Rated sentences.

    Attributes
    ----------
    texts
        As written.
    valence
        ``(n,)`` -1 (unpleasant) to 1 (pleasant).
    splits
        ``(n,)`` "train", "dev", or "" where the table does not say.
    """

    texts: tuple[str, ...]
    valence: Array
    splits: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[Any]) -> ValenceRows:
        """Return the chosen rows (a mask or indices), in order."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        texts = tuple(self.texts[int(i)] for i in index)
        return ValenceRows(texts, self.valence[index], self.splits[index])


def read_valence(data: Path) -> ValenceRows:
    """Read ``text_valence.csv`` of a folder; the ratings from 1 to 5 become -1 to 1.

    Raises
    ------
    UserError
        If it is missing, lacks a column, or holds no ratings from 1 to 5.
    """
    path = data / VALENCE_TABLE
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        rated = np.array([float(row["V"]) for row in rows], np.float64)
        texts = tuple(row["text"] for row in rows)
    except FileNotFoundError:
        raise UserError(f"There is no {VALENCE_TABLE} in {data}: name its folder.") from None
    except (KeyError, TypeError, ValueError, csv.Error, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} needs the columns text and V (a rating from 1 to 5), and split."
        ) from error
    if not len(rated) or rated.min() < _LOWEST or rated.max() > _HIGHEST:
        raise UserError(f"{path} holds no ratings V from 1 to 5: mend or replace it.")
    middle, half = (_LOWEST + _HIGHEST) / 2, (_HIGHEST - _LOWEST) / 2
    splits = np.array([row.get("split") or "" for row in rows])
    return ValenceRows(texts, (rated - middle) / half, splits)


def concordance(a: Array, b: Array) -> float:
    """Return Lin's concordance correlation (Biometrics, 1989); NaN where neither varies."""
    spread = float(a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    if spread == 0.0:
        return float("nan")
    return float(2.0 * ((a - a.mean()) * (b - b.mean())).mean() / spread)


def valence_measures(predicted: Array, rated: Array) -> dict[str, Any]:
    """Return ``ccc``, ``pearson``, ``mae`` and ``n`` of predictions, all in -1..1."""
    varies = predicted.std() > 0 and rated.std() > 0
    return {
        "ccc": concordance(predicted, rated),
        "pearson": float(np.corrcoef(predicted, rated)[0, 1]) if varies else float("nan"),
        "mae": float(np.abs(predicted - rated).mean()),
        "n": len(rated),
    }
