"""Made-up moments for the tests of the session log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import (
    BranchEstimate,
    Estimate,
    Health,
    MissingReason,
    PersonEstimate,
    no_scores,
)
from live_emotion.core.percepts import Face, TranscriptSegment, Word
from live_emotion.core.ticks import window_span
from live_emotion.core.valence import Valence

META = {"source": {"kind": "file", "name": "clip.mp4"}, "preset": "live", "notes": ["voice: x"]}


@dataclass(frozen=True)
class Counts:
    frames_read: int = 30
    ticks: int = 3
    estimates: int = 3
    dropped: dict[str, int] = field(default_factory=dict)
    media_s: float = 1.2
    wall_s: float = 0.5


def branch(scores: Sequence[float], weight: float) -> BranchEstimate:
    return BranchEstimate(np.array(scores, dtype=np.float32), weight, None)


def missing(reason: MissingReason) -> BranchEstimate:
    return BranchEstimate(no_scores(), 0.0, reason)


def estimate(
    tick: int, scores: Sequence[float] = (0.1, 0.7, 0.2, 0.3, 0.05, 0.15), *, face: bool = True
) -> Estimate:
    """An estimate led by the second emotion, with no words and, if asked, no face."""
    branches: dict[Branch, BranchEstimate] = {
        "vision": branch(scores, 0.6) if face else missing("no face"),
        "audio": branch(scores, 0.4),
        "text": missing("no words"),
    }
    window = window_span(tick)
    fused = np.array(scores, dtype=np.float32)
    return Estimate(
        t=window[1],
        tick=tick,
        window=window,
        scores=fused,
        branches=branches,
        face=a_face(window[1]) if face else None,
        latency_ms=12.3456,
        interval=np.stack((fused / 2, (fused + 1) / 2)),
        voice_level_db=-31.26,
        people=two_people(window[1]) if face else (),
        speaker=2 if face else None,
        speaker_sure=True if face else None,
        change=fused - np.float32(0.1),
        valence=Valence(-0.25, 0.125),
    )


def two_people(t: float) -> tuple[PersonEstimate, PersonEstimate]:
    """The followed person, and another who speaks."""
    other = Face(t, 2, (10.0, 20.0, 30.0, 40.0), 0.9, np.zeros((5, 2), np.float32))
    scores = np.linspace(0.0, 0.5, 6, dtype=np.float32)
    return (
        PersonEstimate(a_face(t), scores, True, None),
        PersonEstimate(other, scores, False, 0.8765432),
    )


def silence(tick: int) -> Estimate:
    """An estimate in which every branch is missing."""
    window = window_span(tick)
    branches: dict[Branch, BranchEstimate] = {
        "vision": missing("no face"),
        "audio": missing("no speech"),
        "text": missing("no words"),
    }
    return Estimate(window[1], tick, window, no_scores(), branches, None, 1.0)


def a_face(t: float) -> Face:
    return Face(t, 1, (100.04, 50.06, 80.0, 90.0), 0.987654, np.zeros((5, 2), np.float32))


def words(text: str, t0: float = 0.5, *, final: bool = True) -> TranscriptSegment:
    made = tuple(
        Word(t0 + 0.2 * i, t0 + 0.2 * (i + 1), word, 0.9) for i, word in enumerate(text.split())
    )
    return TranscriptSegment(t0, t0 + 0.2 * len(made), text, final, made, closes=final)


def health(t: float) -> Health:
    return Health(t, 30, 3, 29.97, 8.2, 10.0, 20.0, {"video_frames": 2}, float("nan"))
