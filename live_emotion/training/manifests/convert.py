"""Manifest rows to the folder format that training and evaluation take."""

from __future__ import annotations

import csv
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.manifests.iemocap import is_iemocap, read_iemocap
from live_emotion.training.manifests.mosei import is_mosei, read_mosei
from live_emotion.training.manifests.rows import ManifestRow

READERS: Final[dict[str, Callable[[Path], list[ManifestRow]]]] = {
    "iemocap": read_iemocap,
    "mosei": read_mosei,
}
AUDIO_COLUMNS: Final = ("path", "dataset", "speaker", "sex", "emotion", "lang", "text", "split")
AV_COLUMNS: Final = ("path", "emotion", "subject", "split", "start", "end")
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Converted:
    """How many rows went into each table, and how many fit none."""

    audio: int
    text: int
    av: int
    left_out: int


def read_manifest(folder: Path) -> tuple[str, list[ManifestRow]]:
    """Tell IEMOCAP and CMU-MOSEI apart, and return name and rows.

    Raises
    ------
    UserError
        If the folder is neither.
    """
    if is_iemocap(folder):
        return "iemocap", read_iemocap(folder)
    if is_mosei(folder):
        return "mosei", read_mosei(folder)
    raise UserError(f"{folder} has neither the folders of IEMOCAP nor those of CMU-MOSEI.")


def manifest_to_data(
    rows: Sequence[ManifestRow], name: str, out: Path, told: Told | None = None
) -> Converted:
    """Write ``audio.csv`` with its clips, ``text.tsv`` and ``av.csv`` to a new folder.

    Parameters
    ----------
    rows
        Of one data set.
    name
        Of the data set, lower case.
    out
        Folder that receives them; must be empty or not there.
    told
        Called with how many rows are done, and of how many.

    Returns
    -------
    Converted
        ``audio.csv`` and ``av.csv`` take rows that show one emotion most strongly, or none at
        all; ``text.tsv`` takes all rows with words and labels. IEMOCAP's videos show two people,
        so its rows do not go into ``av.csv``.

    Raises
    ------
    UserError
        If the folder is not empty or cannot be written to, or a recording cannot be read.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is not an empty folder: name a new one.")
    try:
        (out / "audio").mkdir(parents=True, exist_ok=True)
        return _write(rows, name, out, told)
    except OSError as error:
        raise UserError(f"{out} cannot be written to: {error.strerror or error}.") from error


def _write(rows: Sequence[ManifestRow], name: str, out: Path, told: Told | None) -> Converted:
    audio: list[tuple[str, ...]] = []
    text: list[tuple[str, ...]] = []
    av: list[tuple[str, ...]] = []
    left_out = 0
    held: tuple[Path | None, FloatArray] = (None, np.zeros(0, np.float32))
    for k, row in enumerate(rows):
        emotion = "neutral" if row.neutral else row.leading
        if emotion is not None:
            if row.media != held[0]:
                held = row.media, read_sound(row.media)
            path = f"audio/{row.id}.wav"
            _write_wave(out / path, _part(held[1], row))
            audio.append((path, name, row.speaker, row.sex, emotion, "en", row.text, row.split))
            if row.video is not None and name != "iemocap":
                span = (
                    f"{row.video_start:.3f}",
                    "" if row.video_end is None else f"{row.video_end:.3f}",
                )
                av.append((str(row.video.resolve()), emotion, row.speaker, row.split, *span))
        if row.emotions and row.text:
            labels = (
                "" if e not in row.emotions else str(int(row.emotions[e] > 0)) for e in EMOTIONS
            )
            text.append((row.text, *labels, name, row.split))
        left_out += emotion is None and not (row.emotions and row.text)
        if told is not None:
            told(k + 1, len(rows))
    _table(out / "audio.csv", AUDIO_COLUMNS, audio)
    if av:
        _table(out / "av.csv", AV_COLUMNS, av)
    lines = ["\t".join(row) for row in [("text", *EMOTIONS, "source", "split"), *text]]
    (out / "text.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Converted(len(audio), len(text), len(av), left_out)


def _part(samples: FloatArray, row: ManifestRow) -> FloatArray:
    first = round(row.start * SAMPLE_RATE)
    last = len(samples) if row.end is None else round(row.end * SAMPLE_RATE)
    part = samples[first:last]
    if not len(part):
        raise UserError(f"{row.media} ends before its utterance {row.id}: unpack it anew.")
    return part


def _write_wave(path: Path, samples: FloatArray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _table(path: Path, columns: Iterable[str], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
