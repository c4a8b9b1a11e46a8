"""A few faces, voices and sentences by label, for short trainings of any architecture.

Rows marked train teach; ``faces_valid.npz`` and rows marked dev, whose people no training has met,
measure. Every label is drawn alike as far as there is enough of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.perception.spectrogram import HISTORY
from live_emotion.training.audio_clips import Clip, labels_of, read_clips, targets_of
from live_emotion.training.audio_mel import mel_pieces, voiced_ticks
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.fusion_triples import NEUTRAL, labels_with_neutral
from live_emotion.training.metrics import single_label
from live_emotion.training.text_data import read_text_rows
from live_emotion.training.vision_data import load_faces

Labels = NDArray[np.int64]
LABELS: Final = NEUTRAL + 1


@dataclass(frozen=True, eq=False)
class Stills:
    """Grey faces ``(n, 48, 48)`` uint8 with labels ``(n,)``: an emotion, or `NEUTRAL`."""

    images: ByteImage
    labels: Labels

    @property
    def crops(self) -> ByteImage:
        """The faces as the program crops them, ``(n, 48, 48, 3)``."""
        return np.repeat(self.images[..., np.newaxis], 3, axis=3)


@dataclass(frozen=True, eq=False)
class Voices:
    """Clips cut into ticks.

    Attributes
    ----------
    mel, samples
        ``(n, T, 128, 32)`` log-mel pieces and ``(n, T, 6400)`` sound of each tick.
    present
        ``(n, T)`` bool, ticks with voice.
    labels
        ``(n,)`` an emotion, or `NEUTRAL`.
    clips
        Where each comes from, and who speaks.
    """

    mel: FloatArray
    samples: FloatArray
    present: NDArray[np.bool_]
    labels: Labels
    clips: list[Clip]


@dataclass(frozen=True, eq=False)
class Sentences:
    """Texts with labels ``(n,)``: an emotion, or `NEUTRAL`."""

    texts: tuple[str, ...]
    labels: Labels


def load_stills(data: Path, count: int, *, unseen: bool, seed: int) -> Stills:
    """Return about `count` faces of ``faces_train.npz``, or of ``faces_valid.npz`` if unseen.

    Raises
    ------
    UserError
        If the file is missing or damaged.
    """
    name = "faces_valid.npz" if unseen else "faces_train.npz"
    faces = load_faces(data / name, training=not unseen)
    labels = labels_with_neutral(faces.labels, faces.targets)
    rows = evenly(labels, count, seed)
    return Stills(faces.images[torch.from_numpy(rows)].numpy(), labels[rows])


def load_voices(data: Path, count: int, ticks: int, *, unseen: bool, seed: int) -> Voices:
    """Return about `count` clips of ``audio.csv``, their loudest `ticks` ticks in a row.

    Raises
    ------
    UserError
        If the table or a clip is missing or damaged, or none is marked so.
    """
    clips = [c for c in read_clips(data) if c.split == ("dev" if unseen else "train")]
    if not clips:
        raise UserError(f"No clip of {data / 'audio.csv'} is of this part: check its split.")
    labels = labels_with_neutral(labels_of(clips), targets_of(clips))
    rows = evenly(labels, count, seed)
    chosen = [clips[int(r)] for r in rows]
    cuts = np.stack([_loudest(read_sound(data / clip.path), ticks) for clip in chosen])
    waves = torch.from_numpy(cuts)
    mel = torch.cat([mel_pieces(part) for part in torch.split(waves, 64)])[:, :, 0].numpy()
    samples = cuts[:, HISTORY:].reshape(len(rows), ticks, TICK_SAMPLES)
    return Voices(mel, samples, voiced_ticks(waves).numpy(), labels[rows], chosen)


def load_sentences(data: Path, count: int, *, unseen: bool, seed: int) -> Sentences:
    """Return about `count` texts of ``text.tsv`` with exactly one emotion, or none.

    Raises
    ------
    UserError
        If the table is missing or damaged, or no row is marked so.
    """
    table = read_text_rows(data)
    part = np.flatnonzero(table.splits == ("dev" if unseen else "train"))
    if not len(part):
        raise UserError(f"No row of the texts in {data} is of this part: check its split.")
    targets = table.targets[part].astype(np.float64)
    labels = labels_with_neutral(single_label(targets), targets)
    rows = evenly(labels, count, seed)
    return Sentences(tuple(table.texts[int(part[r])] for r in rows), labels[rows])


def evenly(labels: Labels, count: int, seed: int) -> NDArray[np.int64]:
    """Return about `count` row numbers, each label alike where there is enough of it."""
    rng = np.random.default_rng(seed)
    groups = [rng.permutation(np.flatnonzero(labels == k)) for k in range(LABELS)]
    there = [g for g in groups if len(g)]
    if not there:
        raise UserError("The data show none of the six emotions.")
    each = max(1, count // len(there))
    return np.sort(np.concatenate([g[:each] for g in there]))


def matched(labels: Sequence[Labels], count: int, rng: np.random.Generator) -> list[Labels]:
    """Draw rows of several pools that show the same label, every common label alike.

    Parameters
    ----------
    labels
        Of each pool.
    count
        How many sets of rows.
    rng
        Source of the draws.

    Returns
    -------
    list
        Row numbers ``(count,)`` for each pool.

    Raises
    ------
    UserError
        If no label is in every pool.
    """
    common = [k for k in range(LABELS) if all((pool == k).any() for pool in labels)]
    if not common:
        raise UserError("No label is found in all parts of the data at once.")
    wanted = rng.choice(common, count)
    chosen: list[Labels] = []
    for pool in labels:
        by_label = {k: np.flatnonzero(pool == k) for k in common}
        chosen.append(np.array([rng.choice(by_label[int(k)]) for k in wanted], np.int64))
    return chosen


def _loudest(wave: FloatArray, ticks: int) -> NDArray[Any]:
    """Return 200 samples of history and `ticks` ticks around the clip's loudest stretch."""
    size = ticks * TICK_SAMPLES
    padded = np.pad(wave, (HISTORY, max(0, size - len(wave))))
    energy = np.cumsum(np.pad(padded[HISTORY:].astype(np.float64) ** 2, (1, 0)))
    starts = np.arange(0, len(padded) - HISTORY - size + 1, TICK_SAMPLES // 4)
    best = int(starts[(energy[starts + size] - energy[starts]).argmax()])
    return padded[best : best + HISTORY + size].astype(np.float32)
