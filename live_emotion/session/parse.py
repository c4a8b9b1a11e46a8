"""Checks the lines of a session log and makes arrays of its estimates.

The inverse of `records`. What a line must have is checked here and nowhere else; a line
that lacks it is left out by the reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.session.records import Record

Floats = NDArray[np.float64]

_TEXT = (str,)
_REAL = (int, float, type(None))
_COUNT = (int,)

# The fields without which a record of a type is of no use, and what they may be.
_FIELDS: Final[dict[str, dict[str, tuple[type, ...]]]] = {
    "transcript": {"t0": _REAL, "t1": _REAL, "text": _TEXT, "final": (bool,), "words": (list,)},
    "marker": {"t": _REAL, "label": _TEXT},
    "device": {"t": _REAL, "device": _TEXT, "state": _TEXT, "message": _TEXT},
    "health": {"t": _REAL, "frames_read": _COUNT, "ticks": _COUNT, "dropped": (dict,)},
    "end": {"frames_read": _COUNT, "ticks": _COUNT, "dropped": (dict,), "clean": (bool,)},
}
_WORD = {"t0": _REAL, "t1": _REAL, "word": _TEXT, "probability": _REAL}
KNOWN: Final = (*_FIELDS, "estimate")


def is_whole(record: Record) -> bool:
    """Whether a record of one of the types in `KNOWN` has the fields that its type needs."""
    if record["type"] == "estimate":
        return _is_whole_estimate(record)
    whole = _fits(record, _FIELDS[record["type"]])
    return whole and all(_fits(word, _WORD) for word in record.get("words", ()))


def _fits(record: object, fields: dict[str, tuple[type, ...]]) -> bool:
    return isinstance(record, dict) and all(
        name in record and isinstance(record[name], kinds) for name, kinds in fields.items()
    )


def _is_whole_estimate(record: Record) -> bool:
    try:
        row, face = _row(record), record["face"]
        x, y, w, h = face["box"] if face is not None else (0, 0, 0, 0)
        numbers = [*row, *_later(record), x, y, w, h]
        for person in record.get("people", ()):
            numbers += [person["face"]["id"], *person["face"]["box"], person["speaking"]]
            numbers += [person["scores"][emotion] for emotion in EMOTIONS]
        if not isinstance(record["tick"], int):
            return False
        reasons = [record["branches"][branch]["reason"] for branch in BRANCHES]
    except (KeyError, TypeError, ValueError):
        return False
    return all(isinstance(v, _REAL) and not isinstance(v, bool) for v in numbers) and all(
        reason is None or isinstance(reason, str) for reason in reasons
    )


def _row(r: Record) -> list[Any]:
    """Return the 32 numbers of an estimate: head, fused scores, branches' scores, weights."""
    t0, t1 = r["window"]
    branches = [r["branches"][branch] for branch in BRANCHES]
    return [
        *(r["t"], r["tick"], t0, t1, r["latency_ms"]),
        *(r["scores"][emotion] for emotion in EMOTIONS),
        *(part["scores"][emotion] for part in branches for emotion in EMOTIONS),
        *(part["weight"] for part in branches),
    ]


def _later(r: Record) -> list[Any]:
    """Return the 21 numbers that older logs lack: range, change, voice level, valence; or null."""
    nothing = dict.fromkeys(EMOTIONS)
    interval = r.get("interval", {"low": nothing, "high": nothing})
    rows = (interval["low"], interval["high"], r.get("change", nothing))
    valence = r.get("valence") or {"value": None, "deviation": None}
    return [
        *(row[emotion] for row in rows for emotion in EMOTIONS),
        *(r.get("voice_level_db"), valence["value"], valence["deviation"]),
    ]


def arrays(estimates: Sequence[Record]) -> dict[str, Any]:
    """Return the arrays of a `Session` by name (see there for shapes); null becomes NaN."""
    n = len(estimates)
    table = np.array([_row(r) for r in estimates], dtype=np.float64).reshape(n, 32)
    scores = table[:, 5:29].reshape(n, 4, 6)
    later = np.array([_later(r) for r in estimates], dtype=np.float64).reshape(n, 21)
    return {
        "t": table[:, 0],
        "tick": table[:, 1].astype(np.int64),
        "window": table[:, 2:4],
        "partial": np.array([bool(r.get("partial")) for r in estimates], dtype=np.bool_),
        "latency_ms": table[:, 4],
        "scores": scores[:, 0],
        "branch_scores": {branch: scores[:, 1 + i] for i, branch in enumerate(BRANCHES)},
        "weights": table[:, 29:32],
        "reasons": {
            branch: tuple(r["branches"][branch]["reason"] for r in estimates) for branch in BRANCHES
        },
        "faces": tuple(r["face"] for r in estimates),
        "interval": later[:, :12].reshape(n, 2, 6),
        "change": later[:, 12:18],
        "voice_level_db": later[:, 18],
        "valence": later[:, 19:21],
        "people": tuple(tuple(r.get("people", ())) for r in estimates),
        "speakers": tuple(r.get("speaker") for r in estimates),
        "speaker_sure": tuple(r.get("speaker_sure") for r in estimates),
    }
