"""Clips of speech with their labels, decoded once and kept beside the run."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.metrics import NO_LABEL, Array

_COLUMNS: Final = ("path", "dataset", "speaker", "emotion", "split")
# A store decoded otherwise is made anew: decoders differ above 7 kHz.
_DECODER: Final = "as in replay"
NO_EMOTION: Final = frozenset({"neutral", "calm", "boredom"})


@dataclass(frozen=True, slots=True)
class Clip:
    """One row of ``audio.csv``.

    Attributes
    ----------
    path
        Relative to the data folder.
    dataset, speaker, emotion, split
        As in the file; emotion is one of `EMOTIONS` or of `NO_EMOTION`.
    """

    path: str
    dataset: str
    speaker: str
    emotion: str
    split: str

    @property
    def label(self) -> int:
        """Index of the emotion in `EMOTIONS`, or `NO_LABEL` for none."""
        return NO_LABEL if self.emotion in NO_EMOTION else _INDEX[self.emotion]


_INDEX: Final[dict[str, int]] = {name: k for k, name in enumerate(EMOTIONS)}


def read_clips(data: Path) -> list[Clip]:
    """Read ``audio.csv`` of a data folder.

    Raises
    ------
    UserError
        If it is missing, lacks a column, or names an emotion that is not known.
    """
    manifest = data / "audio.csv"
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            clips = [Clip(*(row[c] for c in _COLUMNS)) for row in csv.DictReader(file)]
    except FileNotFoundError:
        raise UserError(f"{manifest} is missing: give the folder that holds it.") from None
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{manifest} needs the columns {', '.join(_COLUMNS)}.") from error
    unknown = sorted({c.emotion for c in clips} - NO_EMOTION - set(EMOTIONS))
    if unknown:
        raise UserError(f"{manifest} has unknown emotions: {', '.join(unknown)}.")
    return clips


def labels_of(clips: list[Clip]) -> NDArray[np.int64]:
    """Return ``(n,)`` indices of the one emotion of each clip, `NO_LABEL` for none."""
    return np.array([c.label for c in clips], dtype=np.int64)


def targets_of(clips: list[Clip]) -> Array:
    """Return ``(n, 6)`` targets: 1 for the clip's emotion, 0 elsewhere."""
    shown = labels_of(clips)[:, None] == np.arange(len(EMOTIONS))
    return np.asarray(shown, dtype=np.float64)


def offered_emotions(clips: list[Clip]) -> dict[str, NDArray[np.bool_]]:
    """Return for each data set which emotions occur in it, ``(6,)``."""
    offered: dict[str, NDArray[np.bool_]] = {}
    for clip in clips:
        there = offered.setdefault(clip.dataset, np.zeros(len(EMOTIONS), dtype=bool))
        if clip.label != NO_LABEL:
            there[clip.label] = True
    return offered


def speaker_folds(clips: list[Clip], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each clip, so that no speaker stands in two.

    The speakers of each data set are dealt out in turn, the one with most clips first within
    a shuffled order, so every fold gets its share of every data set that has enough speakers.
    """
    rng = np.random.default_rng(seed)
    fold_of: dict[tuple[str, str], int] = {}
    for offset, dataset in enumerate(sorted({c.dataset for c in clips})):
        names = sorted({c.speaker for c in clips if c.dataset == dataset})
        for place, at in enumerate(rng.permutation(len(names))):
            fold_of[dataset, names[int(at)]] = (place + offset) % folds
    return np.array([fold_of[c.dataset, c.speaker] for c in clips], dtype=np.int64)


class ClipStore:
    """The sound of all clips as one memory-mapped run of 16-bit samples.

    Parameters
    ----------
    data
        Folder of ``audio.csv``.
    clips
        Its rows.
    folder
        Receives the decoded samples (about 1.9 MB a minute); a store that is already there and
        holds the same paths is used as it is.

    Raises
    ------
    UserError
        If a clip is missing or cannot be read.
    """

    def __init__(self, data: Path, clips: list[Clip], folder: Path) -> None:
        self.clips = clips
        samples, index = folder / "clips.i16", folder / "clips.json"
        paths = [c.path for c in clips]
        held = json.loads(index.read_text("utf-8")) if index.exists() else {}
        if held.get("paths") != paths or held.get("decoder") != _DECODER:
            folder.mkdir(parents=True, exist_ok=True)
            starts = _decode(data, paths, samples)
            held = {"paths": paths, "decoder": _DECODER, "starts": starts}
            index.write_text(json.dumps(held), "utf-8")
        self._starts: list[int] = held["starts"]
        self._samples: NDArray[np.int16] = np.memmap(samples, dtype=np.int16, mode="r")

    def __len__(self) -> int:
        return len(self.clips)

    def length(self, row: int) -> int:
        """Return the number of samples of a clip."""
        return self._starts[row + 1] - self._starts[row]

    def wave(self, row: int) -> FloatArray:
        """Return the samples of a clip, ``(n,)`` float32 in -1..1."""
        span = self._samples[self._starts[row] : self._starts[row + 1]]
        return span.astype(np.float32) / 32768.0


def _decode(data: Path, paths: list[str], target: Path) -> list[int]:
    """Write all clips one after the other, as the running program hears them."""
    starts = [0]
    beside = target.with_name(target.name + ".part")
    with beside.open("wb") as out:
        for path in paths:
            scaled = np.round(read_sound(data / path) * 32768.0)
            samples = np.clip(scaled, -32768, 32767).astype(np.int16)
            out.write(samples.tobytes())
            starts.append(starts[-1] + len(samples))
    beside.replace(target)
    return starts
