"""All teachers of the voice branch: two kinds of whispers, and specialists of large data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from live_emotion.core.ticks import TICK_SAMPLES, WINDOW_TICKS
from live_emotion.training.audio_clips import ClipStore
from live_emotion.training.audio_pupils import BatchSettings, Pupils, pupils_of
from live_emotion.training.audio_teacher import CLASSES, NETWORKS, Lesson, SpeechTeacher
from live_emotion.training.options import TrainOptions
from live_emotion.training.speech_features import SpeechFeatures

# What `TrainOptions.teacher` says when the labels alone shall be learned.
NO_TEACHER: Final = "none"
# Of each specialist of a data set that has so many clips to learn from: of fewer, a network
# learns less than it does from all data sets together.
SPECIALIST_CLIPS: Final = 500
SPECIALIST_NETWORKS: Final = 2
SPECIALIST_STEPS: Final = 600


class Faculty:
    """Several teachers, each hearing through another model; their opinions are averaged.

    Languages and recordings differ in what an emotion sounds like, so a data set may have
    specialists, who learned from it alone: on its clips their opinion counts as much as that of
    the others.

    Parameters
    ----------
    teachers
        At least one.
    specialists
        By data set.
    datasets
        ``(clips,)`` the data set of every clip of the store; needed with specialists.
    """

    def __init__(
        self,
        teachers: Sequence[SpeechTeacher],
        specialists: Mapping[str, Sequence[SpeechTeacher]] | None = None,
        datasets: Sequence[str] = (),
    ) -> None:
        self._teachers = tuple(teachers)
        self._specialists = dict(specialists or {})
        self._datasets = np.array(datasets)

    @property
    def width(self) -> int:
        """Numbers of `Lesson.hidden`: those of all teachers but the specialists, side by side."""
        return sum(t.width for t in self._teachers)

    def __call__(
        self, rows: NDArray[np.int64], ticks: NDArray[np.int64], present: Tensor
    ) -> Lesson:
        """Return what they say about windows; see `SpeechTeacher`."""
        lessons = [t(rows, ticks, present) for t in self._teachers]
        logits = torch.stack([lesson.logits for lesson in lessons]).mean(0)
        for dataset, specialists in self._specialists.items():
            at = np.flatnonzero(self._datasets[rows] == dataset)
            if len(at):
                said = [t(rows[at], ticks[at], present[at]).logits for t in specialists]
                logits[at] = (logits[at] + torch.stack(said).mean(0)) / 2
        return Lesson(logits, torch.cat([lesson.hidden for lesson in lessons], dim=1))

    def guessed(self, store: ClipStore, rows: NDArray[np.int64]) -> Pupils:
        """Return clips whose classes are what the teachers make of them, labels unseen."""
        lengths = np.array([max(1, -(-store.length(int(r)) // TICK_SAMPLES)) for r in rows])
        steps = np.arange(WINDOW_TICKS)
        starts = np.maximum(0, lengths - len(steps)) // 2
        lesson = self(rows, starts[:, None] + steps, torch.from_numpy(steps < lengths[:, None]))
        classes = lesson.logits.argmax(1).numpy()
        datasets = tuple(store.clips[int(r)].dataset for r in rows)
        trust = np.ones((len(rows), CLASSES), dtype=np.float32)
        return Pupils(rows, datasets, classes, trust, np.full(len(rows), 1 / max(1, len(rows))))


def faculty_of(store: ClipStore, fit: NDArray[np.int64], options: TrainOptions) -> Faculty | None:
    """Train the teachers on the labels that the branch will learn from, and on no others.

    Parameters
    ----------
    store
        All clips.
    fit
        Rows whose labels may be learned from.
    options
        ``teacher`` names whisper models, joined by commas; None takes the one that came with the
        program, `NO_TEACHER` returns None.

    Raises
    ------
    UserError
        If a model is not on this machine.
    """
    if options.teacher == NO_TEACHER:
        return None
    folder = options.output / "audio-clips"
    models = options.teacher.split(",") if options.teacher else [None]
    pupils = pupils_of(store, fit, BatchSettings())
    networks = max(1, NETWORKS // len(models))
    heard = [SpeechFeatures(store, folder, model, options.threads or 1) for model in models]
    teachers = [
        SpeechTeacher(features, pupils, options.seed + place, networks=networks)
        for place, features in enumerate(heard)
    ]
    datasets = [clip.dataset for clip in store.clips]
    specialists = {}
    for dataset in sorted(set(pupils.datasets)):
        rows = fit[[datasets[r] == dataset for r in fit]]
        if len(rows) < SPECIALIST_CLIPS:
            continue
        own = pupils_of(store, rows, BatchSettings())
        specialists[dataset] = [
            SpeechTeacher(
                features,
                own,
                options.seed + place,
                steps=SPECIALIST_STEPS,
                networks=SPECIALIST_NETWORKS,
            )
            for place, features in enumerate(heard)
        ]
    return Faculty(teachers, specialists, datasets)
