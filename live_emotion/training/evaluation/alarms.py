"""False alarms: how often a score rises where nobody expresses anything.

Every scene runs through the program's own flow, with the gates for face and voice at work, and
then with the gates forced open: a piece of wall goes to the face branch in every tick, and every
tick of sound to the voice branch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.capture.source import SourceInfo
from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import AudioBlock, FloatArray, VideoFrame
from live_emotion.core.ticks import TICK_S, TICK_SAMPLES, WINDOW_TICKS
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.perception.spectrogram import MelStream
from live_emotion.perception.speech.whisper import WhisperRecognizer
from live_emotion.pipeline.flow import Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.pipeline.words_ahead import WordsAhead
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.weights import find_branches
from live_emotion.training.evaluation.encoders import seen_speakers, weights_from
from live_emotion.training.evaluation.measures import has_scores
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.report import plain
from live_emotion.training.evaluation.scenes import (
    FRAMES_A_TICK,
    HEIGHT,
    WIDTH,
    Wall,
    blocks,
    pauses,
    room_noise,
    silence,
)
from live_emotion.training.metrics import Array

ALARM: Final = 0.5
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class TickScores:
    """Scores of every tick of a scene: ``(n, 6)`` each, NaN where missing."""

    fused: Array
    branches: dict[Branch, Array]


class _Listener(BaseObserver):
    def __init__(self) -> None:
        self.estimates: list[Estimate] = []

    def on_estimate(self, estimate: Estimate) -> None:
        self.estimates.append(estimate)


def alarms_report(
    options: EvaluateOptions,
    minutes: float = 10.0,
    *,
    with_pauses: bool = False,
    told: Told | None = None,
) -> dict[str, Any]:
    """Measure false alarms on scenes that are made on the spot.

    Parameters
    ----------
    options
        ``data`` is looked at only for the speakers' pauses.
    minutes
        Length of each scene.
    with_pauses
        Also measure what is heard of the speakers of ``audio.csv`` while they are silent.
    told
        Called with the name of each scene as it begins.

    Returns
    -------
    dict
        As JSON takes it: under ``scenes`` for each scene ``gated`` and ``open``, and there for
        each branch, and the fusion, what `figures_of` gives. ``highest`` and
        ``alarms_per_hour`` sum up all scenes, gated and open by themselves.

    Raises
    ------
    UserError
        If weights, engine, speech model or clips cannot be had.
    """
    ticks = max(1, round(minutes * 60 / TICK_S))
    sounds: dict[str, FloatArray] = {
        "room noise": room_noise(ticks, options.seed),
        "silence": silence(ticks, options.seed),
    }
    scenes: dict[str, dict[str, Any]] = {}
    with weights_from(options.weights):
        if with_pauses:
            heard = seen_speakers(find_branches(options.preset)["audio"])
            sounds["pauses"] = pauses(options, ticks, heard)
        encoders = EncoderSet.open(options.preset, options.engine, threads=options.threads)
    with encoders:
        if told is not None:
            told("wall")
        scenes["wall"] = {
            "gated": _all(see(encoders, Wall(options.seed), ticks)),
            "open": {"vision": figures_of(see_open(encoders, Wall(options.seed), ticks))},
        }
        recognizer = WhisperRecognizer(threads=options.threads or 1)
        for name, samples in sounds.items():
            if told is not None:
                told(name)
            scenes[name] = {
                "gated": _all(hear(encoders, samples, recognizer)),
                "open": {"audio": figures_of(hear_open(encoders, samples))},
            }
        notes = list(encoders.notes)
    report = {
        "task": "alarms",
        "preset": options.preset,
        "engine": options.engine,
        "minutes": ticks * TICK_S / 60,
        "alarm_above": ALARM,
        **{f"{gate}_{k}": v for gate in ("gated", "open") for k, v in _sum(scenes, gate).items()},
        "scenes": scenes,
        "notes": notes,
    }
    made: dict[str, Any] = plain(report)
    return made


def figures_of(scores: Array) -> dict[str, Any]:
    """Return how often and how high the scores of a scene rose.

    Parameters
    ----------
    scores
        ``(n, 6)`` tick by tick, NaN where missing.

    Returns
    -------
    dict
        ``coverage``: share of ticks with scores; ``highest`` score and its ``emotion``;
        ``alarms_per_hour``: how often some score rose above `ALARM`; ``above``: share of the
        ticks in which one was.
    """
    there = has_scores(scores)
    if not there.any():
        return {
            "coverage": 0.0,
            "highest": None,
            "emotion": None,
            "alarms_per_hour": 0.0,
            "above": 0.0,
        }
    known = np.where(there[:, np.newaxis], scores, 0.0)
    above = np.asarray((known > ALARM).any(axis=1))
    rises = int(above[0]) + int((above[1:] & ~above[:-1]).sum())
    return {
        "coverage": float(there.mean()),
        "highest": float(known.max()),
        "emotion": EMOTIONS[int(known.max(axis=0).argmax())],
        "alarms_per_hour": rises * 3600 / (len(scores) * TICK_S),
        "above": float(above.mean()),
    }


def see(encoders: EncoderSet, wall: Wall, ticks: int) -> TickScores:
    """Run a wall through the program's flow."""
    info = SourceInfo("wall", True, False, WIDTH, HEIGHT, FRAMES_A_TICK / TICK_S, ticks * TICK_S)
    sight = FaceWatch(FaceFinder(encoders.face_finder), FaceTracker())
    return _run(info, Stages(sight, None, encoders), wall.frames(ticks))


def hear(encoders: EncoderSet, samples: FloatArray, recognizer: WhisperRecognizer) -> TickScores:
    """Run sound through the program's flow, its transcript included."""
    info = SourceInfo("sound", False, True, 0, 0, 0.0, len(samples) / TICK_SAMPLES * TICK_S)
    words = WordsAhead(recognizer, blocks(samples))
    try:
        return _run(info, Stages(None, words, encoders, voice=words.voice), blocks(samples))
    finally:
        words.close()


def see_open(encoders: EncoderSet, wall: Wall, ticks: int) -> Array:
    """Return the face branch's scores ``(n, 6)`` when it is given wall in every tick."""
    vectors = (encoders.vision_face(wall.crop(k)[np.newaxis])[0] for k in range(ticks))
    logits = _windows(vectors, encoders.vision_sequence)
    return encoders.calibrate("vision", logits).astype(np.float64)


def hear_open(encoders: EncoderSet, samples: FloatArray) -> Array:
    """Return the voice branch's scores ``(n, 6)`` when every tick of sound goes to it."""
    pieces = MelStream().push(samples)
    vectors = (encoders.audio_piece(mel[np.newaxis])[0] for _, mel in pieces)
    logits = _windows(vectors, encoders.audio_sequence)
    return encoders.calibrate("audio", logits).astype(np.float64)


def _windows(
    vectors: Iterable[FloatArray],
    sequence: Callable[[FloatArray, NDArray[np.bool_]], FloatArray],
) -> FloatArray:
    held: deque[FloatArray] = deque(maxlen=WINDOW_TICKS)
    logits = []
    for vector in vectors:
        held.append(vector)
        window = np.stack(held).reshape(-1, VECTOR_WIDTH)
        logits.append(sequence(window, np.ones(len(window), dtype=np.bool_)))
    return np.stack(logits) if logits else np.zeros((0, len(EMOTIONS)), np.float32)


def _run(info: SourceInfo, stages: Stages, events: Iterable[VideoFrame | AudioBlock]) -> TickScores:
    listener = _Listener()
    flow = Flow(info, stages, listener, HealthMeter())
    for event in events:
        flow.push(event)
    flow.finish()
    return TickScores(
        _stacked([e.scores for e in listener.estimates]),
        {b: _stacked([e.branches[b].scores for e in listener.estimates]) for b in BRANCHES},
    )


def _stacked(scores: Sequence[FloatArray]) -> Array:
    return np.asarray(scores, dtype=np.float64).reshape(-1, len(EMOTIONS))


def _all(scores: TickScores) -> dict[str, Any]:
    return {b: figures_of(values) for b, values in scores.branches.items()} | {
        "fusion": figures_of(scores.fused)
    }


def _sum(scenes: dict[str, dict[str, Any]], gate: str) -> dict[str, float]:
    """Return the highest score of all scenes, and their alarms an hour, of the worst branch."""
    figures = [one for scene in scenes.values() for one in scene[gate].values()]
    return {
        "highest": max((f["highest"] or 0.0 for f in figures), default=0.0),
        "alarms_per_hour": max((f["alarms_per_hour"] for f in figures), default=0.0),
    }
