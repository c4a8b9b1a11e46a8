"""What one line of a session log holds: the dataclasses that travel, as JSON.

The format is documented in ``docs/session-log.md``; `FORMAT` is its version, raised whenever
a field changes its meaning or goes away (new fields and record types do not raise it).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker, PersonEstimate
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.core.ticks import TICK_S, WINDOW_TICKS
from live_emotion.core.valence import Valence

FORMAT: Final = 1
META_NAME: Final = "meta.json"
LOG_NAME: Final = "session.jsonl"

Record = dict[str, Any]

_TIME_DIGITS: Final = 4
_SCORE_DIGITS: Final = 5
_PIXEL_DIGITS: Final = 1
_LINE_BREAKS: Final = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


def number(value: float, digits: int) -> float | None:
    """Return the value rounded, or None where it is not finite (JSON has no NaN)."""
    value = float(value)
    return round(value, digits) + 0.0 if math.isfinite(value) else None


def seconds(value: float) -> float | None:
    """Return a time in seconds as the log holds it."""
    return number(value, _TIME_DIGITS)


def plain(value: object) -> Any:
    """Return `value` made of what JSON knows: paths and strangers become text, NaN null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [plain(item) for item in value]
    return str(value)


def encode(value: object, *, indent: int | None = None) -> bytes:
    """Return `value` as UTF-8 JSON.

    What Unicode calls the end of a line is escaped, so that a line stays one in every reader.
    A file name that is not valid UTF-8 reaches Python as lone surrogates; what
    ``backslashreplace`` makes of them is the very escape that JSON has for them.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=separators, indent=indent
    )
    return text.translate(_LINE_BREAKS).encode("utf-8", "backslashreplace")


def _scores(scores: Iterable[float]) -> Record:
    return {e: number(s, _SCORE_DIGITS) for e, s in zip(EMOTIONS, scores, strict=True)}


def _face(face: Face | None) -> Record | None:
    if face is None:
        return None
    return {
        "id": int(face.id),
        "box": [number(side, _PIXEL_DIGITS) for side in face.box],
        "confidence": number(face.confidence, _SCORE_DIGITS),
    }


def _person(person: PersonEstimate) -> Record:
    speaking = person.speaking
    return {
        "face": _face(person.face),
        "scores": _scores(person.scores),
        "followed": bool(person.followed),
        "speaking": None if speaking is None else number(speaking, _SCORE_DIGITS),
    }


def _valence(valence: Valence | None) -> Record | None:
    if valence is None:
        return None
    return {
        "value": number(valence.value, _SCORE_DIGITS),
        "deviation": number(valence.deviation, _SCORE_DIGITS),
    }


def estimate_record(e: Estimate, window_ticks: int = WINDOW_TICKS) -> Record:
    """Return the line of one estimate; ``partial`` says that its window is not yet full."""
    t0, t1 = e.window
    branches = {
        branch: {
            "scores": _scores(e.branches[branch].scores),
            "weight": number(e.branches[branch].weight, _SCORE_DIGITS),
            "reason": e.branches[branch].reason,
        }
        for branch in BRANCHES
    }
    return {
        "type": "estimate",
        "t": seconds(e.t),
        "tick": int(e.tick),
        "window": [seconds(t0), seconds(t1)],
        "partial": bool(t1 - t0 < window_ticks * TICK_S - 1e-6),
        "scores": _scores(e.scores),
        "interval": {"low": _scores(e.interval[0]), "high": _scores(e.interval[1])},
        "branches": branches,
        "face": _face(e.face),
        "latency_ms": number(e.latency_ms, 2),
        "voice_level_db": None if e.voice_level_db is None else number(e.voice_level_db, 1),
        "people": [_person(person) for person in e.people],
        "speaker": None if e.speaker is None else int(e.speaker),
        "speaker_sure": None if e.speaker_sure is None else bool(e.speaker_sure),
        "change": _scores(e.change),
        "valence": _valence(e.valence),
    }


def transcript_record(s: TranscriptSegment) -> Record:
    """Return the line of a run of words."""
    return {
        "type": "transcript",
        "t0": seconds(s.t0),
        "t1": seconds(s.t1),
        "text": s.text,
        "final": bool(s.final),
        "closes": bool(s.closes),
        "words": [
            {
                "t0": seconds(word.t0),
                "t1": seconds(word.t1),
                "word": word.word,
                "probability": number(word.probability, _SCORE_DIGITS),
            }
            for word in s.words
        ],
    }


def marker_record(m: Marker) -> Record:
    """Return the line of a moment the user marked."""
    return {"type": "marker", "t": seconds(m.t), "label": m.label}


def device_record(d: DeviceEvent) -> Record:
    """Return the line of something that happened to a source."""
    return {
        "type": "device",
        "t": seconds(d.t),
        "device": d.device,
        "state": d.state,
        "message": d.message,
    }


def health_record(h: Health) -> Record:
    """Return the line that says how the flow is doing."""
    return {
        "type": "health",
        "t": seconds(h.t),
        "frames_read": int(h.frames_read),
        "ticks": int(h.ticks),
        "fps": number(h.fps, 2),
        "speed": number(h.speed, 3),
        "latency_p50_ms": number(h.latency_p50_ms, 2),
        "latency_p95_ms": number(h.latency_p95_ms, 2),
        "dropped": {name: int(count) for name, count in h.dropped.items()},
        "rss_mb": number(h.rss_mb, 1),
        "cpu_share": number(h.cpu_share, 2),
        "drift_ppm": number(h.drift_ppm, 1),
        "frames_passed_over": int(h.frames_passed_over),
    }
