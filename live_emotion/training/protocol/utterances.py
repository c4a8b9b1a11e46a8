"""Utterances of IEMOCAP and CMU-MOSEI as the networks take them.

Splits: CMU-MOSEI's standard folds; of IEMOCAP session 5 is the test part, and a tenth of the other
utterances, chosen by their names, is for validation (the paper's own list is not published).
Labels: the six emotions of CMU-MOSEI, several at once, shown where the mean intensity is above
0; of IEMOCAP exactly one of angry, happy, excited, sad, frustrated, neutral.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import ByteImage, FloatArray, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S, TICK_SAMPLES, WINDOW_TICKS
from live_emotion.perception.faces.crop import CROP_SIDE, crop_face
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.perception.spectrogram import MelStream
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.manifests.convert import read_manifest
from live_emotion.training.manifests.iemocap import PAPER_LABELS
from live_emotion.training.manifests.rows import ManifestRow

Part = Literal["train", "valid", "test"]
_VALID_ONE_IN: Final = 10
# A tick below this level, of full scale, holds no voice.
_QUIET: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One utterance, of which up to 12 ticks are kept, spread evenly.

    Attributes
    ----------
    part
        Which part of the data.
    faces, seen
        ``(12, 48, 48, 3)`` uint8 crops, and ``(12,)`` which ticks have one.
    mel, samples, heard
        ``(12, 128, 32)`` pieces, ``(12, 6400)`` sound, and ``(12,)`` which ticks have voice.
    text
        What is said.
    targets
        ``(6,)`` 1 or 0.
    """

    part: Part
    faces: ByteImage
    seen: NDArray[np.bool_]
    mel: FloatArray
    samples: FloatArray
    heard: NDArray[np.bool_]
    text: str
    targets: FloatArray


def labels_of(dataset: str) -> tuple[str, ...]:
    """Return the six labels of a data set, in the order of `Utterance.targets`."""
    return tuple(PAPER_LABELS) if dataset == "iemocap" else tuple(EMOTIONS)


def read_utterances(
    folder: Path, finder: FaceFinder, told: Callable[[int, int], None] | None = None
) -> tuple[str, list[Utterance]]:
    """Read a data set's folder; return its name and its utterances.

    Parameters
    ----------
    folder
        IEMOCAP's or CMU-MOSEI's, as released.
    finder
        Finds faces; in IEMOCAP's pictures, which show both actors, the larger one counts.
    told
        Called with the number of utterances done and of all.

    Raises
    ------
    UserError
        If it is neither, a file is missing, or a part is empty.
    """
    name, rows = read_manifest(folder)
    kept = [(row, targets) for row in rows if (targets := _targets(row, name)) is not None]
    made = []
    for k, (row, targets) in enumerate(kept):
        made.append(_utterance(row, part_of(row, name), targets, finder))
        if told is not None:
            told(k + 1, len(kept))
    for part in ("train", "valid", "test"):
        if not any(u.part == part for u in made):
            raise UserError(f"{folder} holds no utterance of the {part} part: unpack all of it.")
    return name, made


def part_of(row: ManifestRow, dataset: str) -> Part:
    """Return the part that an utterance belongs to."""
    if dataset == "iemocap":
        if row.split == "dev":
            return "test"
        return "valid" if zlib.crc32(row.id.encode()) % _VALID_ONE_IN == 0 else "train"
    return "valid" if row.split == "dev" else "test" if row.split == "test" else "train"


def _targets(row: ManifestRow, dataset: str) -> FloatArray | None:
    if dataset == "iemocap":
        shown = np.array([row.label == name for name in PAPER_LABELS], np.float32)
        return shown if shown.any() else None
    return np.array([row.emotions.get(e, 0.0) > 0 for e in EMOTIONS], np.float32)


def _utterance(row: ManifestRow, part: Part, targets: FloatArray, finder: FaceFinder) -> Utterance:
    samples = read_sound(row.media)
    last = None if row.end is None else round(row.end * SAMPLE_RATE)
    samples = samples[round(row.start * SAMPLE_RATE) : last]
    ticks = max(1, -(-len(samples) // TICK_SAMPLES))
    samples = np.pad(samples, (0, ticks * TICK_SAMPLES - len(samples))).astype(np.float32)
    mel = np.stack([piece for _, piece in MelStream().push(samples)])
    chosen = spread_ticks(ticks)
    sound = samples.reshape(ticks, TICK_SAMPLES)[chosen]
    faces, seen = _faces(row, chosen, finder)
    heard = np.sqrt((sound**2).mean(axis=1)) > _QUIET
    n = WINDOW_TICKS - len(chosen)
    return Utterance(
        part,
        faces,
        seen,
        np.pad(mel[chosen], ((0, n), (0, 0), (0, 0))),
        np.pad(sound, ((0, n), (0, 0))),
        np.pad(heard, (0, n)),
        row.text,
        targets,
    )


def spread_ticks(ticks: int) -> NDArray[np.int64]:
    """Return which of an utterance's ticks are kept: all of up to 12, else 12 spread evenly."""
    if ticks <= WINDOW_TICKS:
        return np.arange(ticks)
    return np.round(np.linspace(0, ticks - 1, WINDOW_TICKS)).astype(np.int64)


def _faces(
    row: ManifestRow, chosen: Sequence[int] | NDArray[np.int64], finder: FaceFinder
) -> tuple[ByteImage, NDArray[np.bool_]]:
    """Return a crop of the main face in each of the chosen ticks, from its first frame on."""
    crops = np.zeros((WINDOW_TICKS, CROP_SIDE, CROP_SIDE, 3), np.uint8)
    seen = np.zeros(WINDOW_TICKS, np.bool_)
    if row.video is None:
        return crops, seen
    place = {int(tick): k for k, tick in enumerate(chosen)}
    tracker = FaceTracker()
    try:
        source = MediaFile(row.video, start=row.video_start, end=row.video_end)
    except UserError:
        return crops, seen  # an utterance without a picture is judged by the rest
    try:
        for event in source.events():
            if not isinstance(event, VideoFrame):
                continue
            k = place.get(int((event.t - row.video_start) / TICK_S))
            if k is None or seen[k]:
                continue
            face = tracker.main(tracker.update(event.t, finder.find(event.image)))
            if face is not None:
                crops[k], seen[k] = crop_face(event.image, face), True
    finally:
        source.close()
    return crops, seen
