"""Compares two session logs but for what must differ: latencies, health, wall-clock fields.

A replay at full speed and one at the file's own pace have to agree in everything else.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from live_emotion.session.reader import raw_records
from live_emotion.session.records import Record

# Fields that depend on how long things took, or on when and by what they were made.
_PASSING = {
    "session": {"created"},
    "estimate": {"latency_ms"},
    "end": {"wall_s"},
}


def comparable(folder: Path) -> list[Record]:
    """Return the lines of a log without health and without fields that hold wall time.

    Raises
    ------
    UserError
        If the folder holds no session log.
    """
    kept = []
    for record in raw_records(folder):
        kind = str(record.get("type"))
        if kind == "health":
            continue
        passing = _PASSING.get(kind, set())
        kept.append({key: value for key, value in record.items() if key not in passing})
    return kept


def differences(first: Path, second: Path, limit: int = 20) -> list[str]:
    """Return where two logs differ, one sentence each, at most `limit`; empty when equal.

    Raises
    ------
    UserError
        If one of the folders holds no session log.
    """
    found: list[str] = []
    pairs = itertools.zip_longest(comparable(first), comparable(second))
    for number, (a, b) in enumerate(pairs, start=1):
        if len(found) >= limit:
            break
        if a == b:
            continue
        if a is None or b is None:
            longer = second if a is None else first
            found.append(f"Record {number} stands only in {longer}.")
            continue
        fields = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
        found.extend(
            f"Record {number} ({a.get('type')}), {key}: {a.get(key)!r} and {b.get(key)!r}."
            for key in fields
        )
    return found[:limit]
