"""What was seen in a session: shares, means, peaks, and who led when."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch, Emotion
from live_emotion.session.reader import Session
from live_emotion.session.records import plain


@dataclass(frozen=True, slots=True)
class EmotionFigures:
    """One emotion over the session: scores 0..1, NaN where nothing was scored.

    Attributes
    ----------
    mean, peak
        Over the estimates that have scores.
    peak_t
        Seconds on the session clock of the highest score.
    leading
        Share 0..1 of the scored estimates in which this emotion had the highest score.
    """

    mean: float
    peak: float
    peak_t: float
    leading: float


@dataclass(frozen=True, slots=True)
class LeadingRun:
    """A run of estimates led by one emotion.

    Attributes
    ----------
    emotion
        Which, or None where there were no scores.
    t0, t1
        Seconds on the session clock, over the ticks of the run.
    mean
        Mean score of the emotion in the run, 0..1.
    """

    emotion: Emotion | None
    t0: float
    t1: float
    mean: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What was seen in a session.

    Attributes
    ----------
    folder, source
        The session's folder, and the name of what was looked at.
    duration_s
        Seconds of media between the first tick and the last.
    estimates, partial
        Number of estimates, and of those whose window was not yet full.
    frames_read, ticks, dropped
        The counts of the ``end`` line; None and empty when the session was cut off.
    face
        Share 0..1 of the estimates whose tick shows a face.
    branches
        Share 0..1 of the estimates in which a branch had something in its window: a face,
        speech, words.
    emotions
        Figures of each emotion.
    runs
        Which emotion led, in order.
    transcript
        The final text.
    markers
        ``(seconds, label)``.
    latency_p50_ms, latency_p95_ms
        Over the estimates, milliseconds.
    wall_s, speed
        Seconds the session took, and media seconds per second; NaN when cut off.
    clean, stopped
        Whether the log is whole, and why it ended before its source did, if it did.
    notes
        What a reader of the figures must know: untrained branches, lines left out.
    """

    folder: str
    source: str
    duration_s: float
    estimates: int
    partial: int
    frames_read: int | None
    ticks: int | None
    dropped: dict[str, int]
    face: float
    branches: dict[Branch, float]
    emotions: dict[Emotion, EmotionFigures]
    runs: tuple[LeadingRun, ...]
    transcript: str
    markers: tuple[tuple[float, str], ...]
    latency_p50_ms: float
    latency_p95_ms: float
    wall_s: float
    speed: float
    clean: bool
    stopped: str | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON takes it: NaN is null, figures have four digits."""
        rounded: dict[str, Any] = _rounded(plain(dataclasses.asdict(self)))
        return rounded


def summarise(session: Session) -> Summary:
    """Return what was seen in a session."""
    n = len(session)
    end = session.end or {}
    wall_s = float(end.get("wall_s") or np.nan)
    source = session.meta.get("source")
    return Summary(
        folder=str(session.folder),
        source=str(source.get("name", "")) if isinstance(source, dict) else str(source or ""),
        duration_s=float(session.t[-1] - session.window[0, 0]) if n else 0.0,
        estimates=n,
        partial=int(session.partial.sum()),
        frames_read=end.get("frames_read"),
        ticks=end.get("ticks"),
        dropped=dict(end.get("dropped", {})),
        face=_mean(np.array([face is not None for face in session.faces])),
        branches={
            branch: _mean(~np.isnan(session.branch_scores[branch][:, 0])) for branch in BRANCHES
        },
        emotions=_figures(session),
        runs=tuple(_runs(session)),
        transcript=" ".join(s["text"] for s in session.transcripts if s["final"] and s["text"]),
        markers=tuple((m["t"], m["label"]) for m in session.markers),
        latency_p50_ms=_percentile(session.latency_ms, 50.0),
        latency_p95_ms=_percentile(session.latency_ms, 95.0),
        wall_s=wall_s,
        speed=float(end.get("media_s") or np.nan) / wall_s,
        clean=session.clean,
        stopped=end.get("stopped"),
        notes=(*map(str, session.meta.get("notes") or ()), *session.problems),
    )


def _mean(values: np.ndarray[Any, Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _percentile(values: np.ndarray[Any, Any], q: float) -> float:
    known = values[~np.isnan(values)]
    return float(np.percentile(known, q)) if len(known) else float("nan")


def _figures(session: Session) -> dict[Emotion, EmotionFigures]:
    leading = session.leading
    scored = leading >= 0
    figures: dict[Emotion, EmotionFigures] = {}
    for i, emotion in enumerate(EMOTIONS):
        scores = session.scores[scored, i]
        if len(scores):
            at = int(scores.argmax())
            peak, peak_t = float(scores[at]), float(session.t[scored][at])
        else:
            peak = peak_t = float("nan")
        figures[emotion] = EmotionFigures(
            mean=_mean(scores), peak=peak, peak_t=peak_t, leading=_mean(leading[scored] == i)
        )
    return figures


def _runs(session: Session) -> list[LeadingRun]:
    leading = session.leading
    if not len(leading):
        return []
    cuts = np.flatnonzero(np.diff(leading)) + 1
    runs = []
    for first, last in zip([0, *cuts], [*cuts, len(leading)], strict=True):
        which = int(leading[first])
        before = session.t[first - 1] if first else session.window[0, 0]
        runs.append(
            LeadingRun(
                emotion=EMOTIONS[which] if which >= 0 else None,
                t0=float(before),
                t1=float(session.t[last - 1]),
                mean=_mean(session.scores[first:last, which]) if which >= 0 else float("nan"),
            )
        )
    return runs


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
