"""Makes of the lines of a session log again what was written: the inverse of `records`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.estimate import (
    BranchEstimate,
    DeviceEvent,
    Estimate,
    Marker,
    MissingReason,
    PersonEstimate,
    no_interval,
    no_scores,
)
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face, TranscriptSegment, Word
from live_emotion.core.valence import Valence
from live_emotion.session.records import Record


def estimate(r: Record) -> Estimate:
    """Return the estimate of a whole ``estimate`` record; the points of faces are not kept."""
    t = _real(r["t"])
    interval = no_interval()
    if "interval" in r:
        interval = np.stack([_scores(r["interval"]["low"]), _scores(r["interval"]["high"])])
    return Estimate(
        t=t,
        tick=r["tick"],
        window=(_real(r["window"][0]), _real(r["window"][1])),
        scores=_scores(r["scores"]),
        branches={
            branch: BranchEstimate(
                _scores(r["branches"][branch]["scores"]),
                _real(r["branches"][branch]["weight"]),
                cast("MissingReason | None", r["branches"][branch]["reason"]),
            )
            for branch in BRANCHES
        },
        face=_face(r["face"], t),
        latency_ms=_real(r["latency_ms"]),
        interval=interval,
        voice_level_db=r.get("voice_level_db"),
        people=tuple(
            PersonEstimate(face, _scores(p["scores"]), bool(p["followed"]), p["speaking"])
            for p in r.get("people", ())
            if (face := _face(p["face"], t)) is not None
        ),
        speaker=r.get("speaker"),
        speaker_sure=r.get("speaker_sure"),
        change=_scores(r["change"]) if "change" in r else no_scores(),
        valence=_valence(r.get("valence")),
    )


def _valence(r: Record | None) -> Valence | None:
    return None if r is None else Valence(_real(r["value"]), _real(r["deviation"]))


def transcript(r: Record) -> TranscriptSegment:
    """Return the words of a whole ``transcript`` record."""
    words = tuple(
        Word(_real(w["t0"]), _real(w["t1"]), w["word"], _real(w["probability"])) for w in r["words"]
    )
    closes = bool(r.get("closes"))
    return TranscriptSegment(_real(r["t0"]), _real(r["t1"]), r["text"], r["final"], words, closes)


def marker(r: Record) -> Marker:
    """Return the marker of a whole ``marker`` record."""
    return Marker(_real(r["t"]), r["label"])


def device(r: Record) -> DeviceEvent:
    """Return the event of a whole ``device`` record."""
    return DeviceEvent(_real(r["t"]), r["device"], r["state"], r["message"])


def _real(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _scores(by_name: Mapping[str, float | None]) -> FloatArray:
    return np.array([_real(by_name[emotion]) for emotion in EMOTIONS], dtype=np.float32)


def _face(r: Mapping[str, Any] | None, t: float) -> Face | None:
    if r is None:
        return None
    x, y, w, h = (_real(side) for side in r["box"])
    points = np.full((5, 2), np.nan, dtype=np.float32)
    return Face(t, int(r["id"]), (x, y, w, h), _real(r.get("confidence")), points)
