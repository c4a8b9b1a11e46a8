"""Reading the tables of a data folder that need not be the one trained on.

Columns that say only where a row comes from may be missing; those that carry meaning may not.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.training.audio_clips import NO_EMOTION
from live_emotion.training.metrics import NO_LABEL
from live_emotion.training.text_data import TEXT_TABLE, TextRows, read_text_rows

AUDIO_TABLE: Final = "audio.csv"
AV_TABLE: Final = "av.csv"
_INDEX: Final[dict[str, int]] = {name: k for k, name in enumerate(EMOTIONS)}


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of ``audio.csv`` or ``av.csv``.

    Attributes
    ----------
    path
        Relative to the data folder.
    emotion
        One of `EMOTIONS` or of `NO_EMOTION`.
    dataset, speaker, sex, split
        As in the file, ``""`` where the column is missing.
    start, end
        Part of the file in seconds, its whole by default.
    """

    path: str
    emotion: str
    dataset: str = ""
    speaker: str = ""
    sex: str = ""
    split: str = ""
    start: float = 0.0
    end: float | None = None

    @property
    def label(self) -> int:
        """Index of the emotion in `EMOTIONS`, or `NO_LABEL` for none."""
        return _INDEX.get(self.emotion, NO_LABEL)


def read_recordings(path: Path, needed: Sequence[str] = ("path", "emotion")) -> list[Recording]:
    """Read ``audio.csv`` or ``av.csv``.

    Parameters
    ----------
    path
        Of the table.
    needed
        Columns that must be there; ``subject`` counts as ``speaker``.

    Raises
    ------
    UserError
        If it is missing or damaged, lacks a needed column, holds no rows, or names an emotion
        that is not known.
    """
    columns, rows = _rows(path)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise UserError(f"{path} lacks the column “{missing[0]}”: see the data's description.")
    if not rows:
        raise UserError(f"{path} holds no rows: name another data set.")
    recordings = []
    for number, row in enumerate(rows, start=2):
        emotion = row["emotion"].strip()
        if emotion not in _INDEX and emotion not in NO_EMOTION:
            known = ", ".join((*EMOTIONS, *sorted(NO_EMOTION)))
            raise UserError(f"Line {number} of {path} shows “{emotion}”: use one of {known}.")
        if not row["path"].strip():
            raise UserError(f"Line {number} of {path} names no file: mend or remove it.")
        recordings.append(
            Recording(
                path=row["path"].strip(),
                emotion=emotion,
                dataset=row.get("dataset", "").strip(),
                speaker=(row.get("speaker") or row.get("subject") or "").strip(),
                sex=row.get("sex", "").strip(),
                split=row.get("split", "").strip(),
                start=_seconds(row, "start", number, path) or 0.0,
                end=_seconds(row, "end", number, path),
            )
        )
    return recordings


def _seconds(row: Mapping[str, str], name: str, number: int, path: Path) -> float | None:
    text = row.get(name, "").strip()
    try:
        return float(text) if text else None
    except ValueError:
        raise UserError(f"Line {number} of {path}: “{text}” is no time in seconds.") from None


def _rows(path: Path) -> tuple[Sequence[str], list[Mapping[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file, restkey="", restval="")
            rows: list[Mapping[str, str]] = [
                {k: v if isinstance(v, str) else "" for k, v in row.items()} for row in table
            ]
            return table.fieldnames or (), rows
    except FileNotFoundError:
        raise UserError(f"{path} is missing: name the folder that holds it.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a table of comma-separated values.") from error


def read_texts(data: Path) -> TextRows:
    """Read ``text.tsv``; without a ``split`` column no row is marked.

    Raises
    ------
    UserError
        As `read_text_rows`.
    """
    try:
        return read_text_rows(data, split_needed=False)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{data / TEXT_TABLE} cannot be read as tab-separated text.") from error
