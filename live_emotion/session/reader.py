"""Reads a session back: arrays for the estimates, records for all else.

A log whose writer was killed, or ran out of disk, is read as far as it goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import Branch
from live_emotion.core.errors import UserError
from live_emotion.session import parse, records
from live_emotion.session.records import Record


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A session log as arrays over its ``n`` estimates, and as records.

    Records are dictionaries, field by field as ``docs/session-log.md`` has them.

    Attributes
    ----------
    folder
        Where it was read.
    meta
        What ``meta.json`` holds.
    t, tick, window, partial
        ``(n,)`` seconds of the window's end, ``(n,)`` int64 ticks, ``(n, 2)`` seconds, ``(n,)``
        bool: window not yet full.
    scores
        ``(n, 6)`` probabilities 0..1 in the order of `EMOTIONS`; NaN where missing.
    branch_scores
        The same of each branch.
    weights
        ``(n, 3)`` shares of the branches 0..1 in the order of `BRANCHES`.
    reasons
        For each branch ``n`` times why it is missing, or None.
    faces
        ``n`` times ``id``, ``box`` (x, y, w, h in source pixels) and ``confidence``, or None.
    latency_ms
        ``(n,)`` milliseconds.
    interval
        ``(n, 2, 6)`` low and high end of the range around each score; NaN where missing, as in
        logs of earlier versions. So are the next two.
    change
        ``(n, 6)`` change from the neutral baseline, -1..1.
    voice_level_db
        ``(n,)`` level of the sound in dBFS.
    valence
        ``(n, 2)`` how pleasant, -1..1, and its standard deviation; NaN where nothing told.
    people
        ``n`` tuples of records, one for each person in sight.
    speakers, speaker_sure
        ``n`` times the number of the person that voice and words were counted for, and whether
        that is sure; None where not known.
    estimates, transcripts, markers, devices, health
        Records in the order in which they were written.
    other
        Records of types that this version does not know.
    end
        The last line, or None when the session was cut off.
    clean
        Whether the log is whole: ended as such, and without a broken line.
    problems
        One sentence for each thing that could not be read.
    """

    folder: Path
    meta: dict[str, Any]
    t: parse.Floats
    tick: NDArray[np.int64]
    window: parse.Floats
    partial: NDArray[np.bool_]
    scores: parse.Floats
    branch_scores: dict[Branch, parse.Floats]
    weights: parse.Floats
    reasons: dict[Branch, tuple[str | None, ...]]
    faces: tuple[Record | None, ...]
    latency_ms: parse.Floats
    interval: parse.Floats
    change: parse.Floats
    voice_level_db: parse.Floats
    valence: parse.Floats
    people: tuple[tuple[Record, ...], ...]
    speakers: tuple[int | None, ...]
    speaker_sure: tuple[bool | None, ...]
    estimates: tuple[Record, ...]
    transcripts: tuple[Record, ...]
    markers: tuple[Record, ...]
    devices: tuple[Record, ...]
    health: tuple[Record, ...]
    other: tuple[Record, ...]
    end: Record | None
    clean: bool
    problems: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of estimates."""
        return len(self.t)

    @property
    def leading(self) -> NDArray[np.int64]:
        """``(n,)`` index of the highest score in `EMOTIONS`; -1 without scores."""
        missing = np.isnan(self.scores[:, 0])
        best: NDArray[np.int64] = np.where(missing[:, None], -1.0, self.scores).argmax(axis=1)
        return np.where(missing, -1, best)


def is_session(path: Path) -> bool:
    """Whether a path is a folder with a session log in it, whole or not."""
    return (path / records.LOG_NAME).is_file()


def read(folder: Path | str) -> Session:
    """Read a session folder.

    Raises
    ------
    UserError
        If the folder holds no session, or one of a newer format.
    """
    folder = Path(folder)
    problems: list[str] = []
    lines = list(_lines(folder, problems))
    meta = _meta(folder, lines, problems)
    kinds: dict[str, list[Record]] = {name: [] for name in (*parse.KNOWN, "session", "other")}
    for number, record in lines:
        kind = str(record.get("type"))
        if kind not in parse.KNOWN:
            kinds["session" if kind == "session" else "other"].append(record)
        elif parse.is_whole(record):
            kinds[kind].append(record)
        else:
            problems.append(f"Line {number} is not a whole {kind} record and was left out.")
    end = kinds["end"][-1] if kinds["end"] else None
    if end is None:
        problems.append("The session was cut off: its log has no end line.")
    return Session(
        folder=folder,
        meta=meta,
        **parse.arrays(kinds["estimate"]),
        estimates=tuple(kinds["estimate"]),
        transcripts=tuple(kinds["transcript"]),
        markers=tuple(kinds["marker"]),
        devices=tuple(kinds["device"]),
        health=tuple(kinds["health"]),
        other=tuple(kinds["other"]),
        end=end,
        clean=end is not None and end["clean"] and not problems,
        problems=tuple(problems),
    )


def raw_records(folder: Path) -> list[Record]:
    """Return every whole line of a session log as it stands; broken ones are left out."""
    return [record for _, record in _lines(folder, [])]


def _lines(folder: Path, problems: list[str]) -> Iterator[tuple[int, Record]]:
    path = folder / records.LOG_NAME
    try:
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{folder} is not a session: it holds no {records.LOG_NAME}; give a session folder."
        ) from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(f"{path} cannot be read, {why}: give a session folder.") from error
    with file:
        for number, line in enumerate(file, start=1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            # Half a line may by chance be JSON; only a line with its end is known to be whole.
            if isinstance(record, dict) and line.endswith(b"\n"):
                yield number, record
            else:
                problems.append(f"Line {number} is broken and was left out.")


def _meta(folder: Path, lines: list[tuple[int, Record]], problems: list[str]) -> dict[str, Any]:
    try:
        meta = json.loads((folder / records.META_NAME).read_bytes())
    except (OSError, ValueError):
        meta = None
    if not isinstance(meta, dict):
        # The first line repeats what is needed to make sense of the rest.
        first = lines[0][1] if lines else {}
        if first.get("type") != "session":
            raise UserError(
                f"{folder} is not a session: {records.META_NAME} is missing or broken; "
                "give a session folder."
            )
        meta = {key: value for key, value in first.items() if key != "type"}
        problems.append(f"{records.META_NAME} is missing or broken.")
    version = meta.get("format")
    if not isinstance(version, int):
        raise UserError(f"{folder} is not a session: it names no format; give a session folder.")
    if version > records.FORMAT:
        raise UserError(
            f"{folder} was written in format {version} by a newer live-emotion and this one "
            f"reads up to {records.FORMAT}: update live-emotion."
        )
    return meta
