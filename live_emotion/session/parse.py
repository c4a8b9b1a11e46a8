"""Makes dataclasses and arrays of the lines of a session log.

The inverse of `records`. A line that lacks a field, or has one of another kind, raises
KeyError, TypeError, ValueError or AttributeError; the reader leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.estimate import DeviceEvent, Health, Marker
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.session.records import Record

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FaceTable:
    """The main face of each estimate.

    Attributes
    ----------
    id
        ``(n,)`` int64, stable number of the person; 0 without a face.
    box
        ``(n, 4)`` float64 ``x, y, w, h`` in source pixels; NaN without a face.
    confidence
        ``(n,)`` float64 0..1; NaN without a face.
    """

    id: NDArray[np.int64]
    box: Floats
    confidence: Floats


def _float(value: object) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"not a number: {value!r}")
    return float(value)


def _six(scores: Record) -> list[float]:
    return [_float(scores[emotion]) for emotion in EMOTIONS]


@dataclass(slots=True)
class Row:
    """One estimate as the arrays take it."""

    head: list[float]
    scores: list[list[float]]
    weights: list[float]
    reasons: list[str | None]
    face: list[float]
    partial: bool


_NO_FACE = [0.0] + [float("nan")] * 5


def estimate_row(r: Record) -> Row:
    """Return the row of an ``estimate`` line."""
    branches, face = r["branches"], r["face"]
    t0, t1 = r["window"]
    row = _NO_FACE
    if face is not None:
        x, y, w, h = face["box"]
        row = [_float(v) for v in (face["id"], x, y, w, h, face["confidence"])]
    return Row(
        head=[_float(v) for v in (r["t"], r["tick"], t0, t1, r["latency_ms"])],
        scores=[_six(r["scores"]), *(_six(branches[b]["scores"]) for b in BRANCHES)],
        weights=[_float(branches[b]["weight"]) for b in BRANCHES],
        reasons=[branches[b]["reason"] for b in BRANCHES],
        face=row,
        partial=bool(r["partial"]),
    )


def table(rows: list[Row]) -> dict[str, Any]:
    """Return the arrays of a `Session` by name; see there for their shapes."""
    n = len(rows)
    head = np.array([row.head for row in rows], dtype=np.float64).reshape(n, 5)
    scores = np.array([row.scores for row in rows], dtype=np.float64).reshape(n, 4, 6)
    face = np.array([row.face for row in rows], dtype=np.float64).reshape(n, 6)
    reasons = np.empty((n, len(BRANCHES)), dtype=object)
    for i, row in enumerate(rows):
        reasons[i] = row.reasons
    return {
        "t": head[:, 0],
        "tick": head[:, 1].astype(np.int64),
        "window": head[:, 2:4],
        "partial": np.array([row.partial for row in rows], dtype=np.bool_),
        "scores": scores[:, 0],
        "branch_scores": {branch: scores[:, 1 + i] for i, branch in enumerate(BRANCHES)},
        "weights": np.array([row.weights for row in rows], dtype=np.float64).reshape(n, 3),
        "reasons": reasons,
        "faces": FaceTable(face[:, 0].astype(np.int64), face[:, 1:5], face[:, 5]),
        "latency_ms": head[:, 4],
    }


def _transcript(r: Record) -> TranscriptSegment:
    words = tuple(
        Word(_float(w["t0"]), _float(w["t1"]), str(w["word"]), _float(w["probability"]))
        for w in r["words"]
    )
    return TranscriptSegment(
        _float(r["t0"]),
        _float(r["t1"]),
        str(r["text"]),
        bool(r["final"]),
        words,
        bool(r.get("closes", False)),
    )


def _marker(r: Record) -> Marker:
    return Marker(_float(r["t"]), str(r["label"]))


def _device(r: Record) -> DeviceEvent:
    return DeviceEvent(_float(r["t"]), str(r["device"]), str(r["state"]), str(r["message"]))


def _health(r: Record) -> Health:
    return Health(
        t=_float(r["t"]),
        frames_read=int(r["frames_read"]),
        ticks=int(r["ticks"]),
        fps=_float(r["fps"]),
        speed=_float(r["speed"]),
        latency_p50_ms=_float(r["latency_p50_ms"]),
        latency_p95_ms=_float(r["latency_p95_ms"]),
        dropped={str(name): int(count) for name, count in r["dropped"].items()},
        rss_mb=_float(r["rss_mb"]),
    )


PARSERS = {
    "transcript": _transcript,
    "marker": _marker,
    "device": _device,
    "health": _health,
}
