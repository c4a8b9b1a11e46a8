"""Evaluating the whole program on talking faces."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import Estimate
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.replay import Replay, ReplayOptions
from live_emotion.runtime.weights import find_branches
from live_emotion.training.evaluation.encoders import seen_speakers, weights_from
from live_emotion.training.evaluation.items import Items, group_numbers
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.progress import tracked
from live_emotion.training.evaluation.tables import AV_TABLE, Recording, read_recordings
from live_emotion.training.evaluation.voices import unseen
from live_emotion.training.metrics import Array


@dataclass(frozen=True, slots=True, eq=False)
class ClipScores:
    """What the program made of a clip.

    Attributes
    ----------
    fused
        ``(6,)`` mean over the scored ticks of the fused probabilities; NaN without any.
    branches
        The same of each branch alone.
    ticks, scored
        Number of ticks, and of those with fused scores.
    text
        The words that were heard.
    """

    fused: Array
    branches: Mapping[Branch, Array]
    ticks: int
    scored: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class AvItems:
    """Items of the fusion and of each branch alone, over the same clips."""

    fused: Items
    branches: Mapping[Branch, Items]


class _Listener(BaseObserver):
    def __init__(self) -> None:
        self.estimates: list[Estimate] = []
        self.words: list[str] = []

    def on_estimate(self, estimate: Estimate) -> None:
        self.estimates.append(estimate)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        if segment.final and segment.text:
            self.words.append(segment.text)


def av_items(options: EvaluateOptions, whisper_model: str | None = None) -> AvItems:
    """Run the whole program on every clip of ``av.csv``.

    Parameters
    ----------
    options
        Rows marked train, and people (column ``subject`` or ``speaker``) that the voice
        weights have heard, are left out unless ``everything`` is asked for.
    whisper_model
        As `ReplayOptions` has it.

    Raises
    ------
    UserError
        If the table or a clip is missing or damaged, or weights, engine or speech model are.
    """
    clips = read_recordings(options.data / AV_TABLE)
    with weights_from(options.weights):
        known = find_branches(options.preset)
        clips, notes = unseen(clips, seen_speakers(known["audio"]), options)
        made = [score_clip(clip, options, whisper_model) for clip in tracked(clips, "clips")]
    labels = np.array([clip.label for clip in clips], dtype=np.int64)
    targets = (labels[:, None] == np.arange(len(EMOTIONS))).astype(np.float64)
    groups = None
    if all(clip.speaker for clip in clips):
        groups = group_numbers([f"{clip.dataset}/{clip.speaker}" for clip in clips])
    facts = {"clips": [_fact(clip, scores) for clip, scores in zip(clips, made, strict=True)]}
    fused = Items(
        np.array([scores.fused for scores in made]),
        targets,
        labels,
        groups=groups,
        parts=_parts(clips),
        notes=notes,
        facts=facts,
    )
    alone = {
        branch: Items(
            np.array([scores.branches[branch] for scores in made]),
            targets,
            labels,
            groups=groups,
            info=known[branch],
        )
        for branch in BRANCHES
    }
    return AvItems(fused, alone)


def score_clip(clip: Recording, options: EvaluateOptions, whisper_model: str | None) -> ClipScores:
    """Replay a clip with its transcript and return its mean scores.

    Raises
    ------
    UserError
        If the clip cannot be replayed.
    """
    path = options.data / clip.path
    if not path.is_file():
        raise UserError(f"The clip {path} is missing: restore it or remove its row.")
    listener = _Listener()
    wanted = ReplayOptions(
        path=path,
        start=clip.start,
        end=clip.end,
        preset=options.preset,
        engine=options.engine,
        whisper_model=whisper_model,
    )
    with Replay.open(wanted) as replay:
        replay.run([listener], threading.Event())
    estimates = listener.estimates
    fused = [e.scores for e in estimates if not np.isnan(e.scores).any()]
    return ClipScores(
        mean_scores(fused),
        {b: mean_scores([e.branches[b].scores for e in estimates]) for b in BRANCHES},
        len(estimates),
        len(fused),
        " ".join(listener.words),
    )


def mean_scores(scores: Sequence[Any]) -> Array:
    """Return the mean ``(6,)`` over those of several scores that are there; NaN without any."""
    there = [s for s in scores if not np.isnan(s).any()]
    if not there:
        return np.full(len(EMOTIONS), np.nan)
    return np.asarray(np.mean(np.asarray(there, dtype=np.float64), axis=0))


def _parts(clips: Sequence[Recording]) -> dict[str, Any]:
    parts = {}
    if any(clip.dataset for clip in clips):
        parts["per_dataset"] = np.array([clip.dataset or "unknown" for clip in clips])
    if any(clip.sex for clip in clips):
        parts["per_sex"] = np.array([clip.sex or "unknown" for clip in clips])
    return parts


def _fact(clip: Recording, scores: ClipScores) -> dict[str, Any]:
    led = None if np.isnan(scores.fused).any() else EMOTIONS[int(scores.fused.argmax())]
    return {
        "path": clip.path,
        "emotion": clip.emotion,
        "leading": led,
        "ticks": scores.ticks,
        "scored": scores.scored,
        "text": scores.text,
        "scores": _named(scores.fused),
        "branches": {branch: _named(values) for branch, values in scores.branches.items()},
    }


def _named(values: Array) -> dict[str, float]:
    return dict(zip(EMOTIONS, map(float, values), strict=True))
