"""Writes a session: ``meta.json`` once, then ``session.jsonl`` line by line.

Each line leaves the process in one unbuffered write, so a kill loses at most the line that
was on its way. When the disk is full the broken tail is cut off again: what stands in the
log is whole, and the missing ``end`` line says that the session is not.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from live_emotion import __version__
from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DROP_NAMES, DeviceEvent, Estimate, Health, Marker
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.core.ticks import TICK_S, WINDOW_TICKS
from live_emotion.session import records
from live_emotion.session.log_files import (
    check_free,
    log_unwritable,
    write_atomically,
    write_whole,
)

_log = logging.getLogger(__name__)


class FlowCounts(Protocol):
    """What the flow counted over a session; the pipeline's ``Counts`` is one."""

    @property
    def frames_read(self) -> int:
        """Video frames decoded."""

    @property
    def ticks(self) -> int:
        """Ticks that went by."""

    @property
    def estimates(self) -> int:
        """Estimates made."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """What was dropped, by name."""

    @property
    def media_s(self) -> float:
        """Seconds of media handled."""

    @property
    def wall_s(self) -> float:
        """Seconds it took."""


class SessionWriter:
    """A session being recorded; a context manager, safe to call from several threads.

    Parameters
    ----------
    folder
        Made if need be, with the folders above it.
    meta
        What ``meta.json`` holds beside format, version, time and emotions: source, preset,
        engines, weights. Leaving the ``with`` without `end` leaves a log without an ``end``
        line, which readers take for an unclean one.

    Raises
    ------
    UserError
        If the folder holds a session, is a file, or cannot be written; nothing that was
        made on the way is left behind then. Every method raises it when the disk is full.
    """

    def __init__(self, folder: Path, meta: Mapping[str, object]) -> None:
        check_free(folder)
        self.folder = folder
        self._lock = threading.Lock()
        self._failure: UserError | None = None
        self._file: io.RawIOBase | None = None
        self._size = 0
        ticks = meta.get("window_ticks")
        self._window_ticks = ticks if isinstance(ticks, int) else WINDOW_TICKS
        head = {
            "format": records.FORMAT,
            "program": "live-emotion",
            "version": __version__,
            "created": datetime.datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "emotions": list(EMOTIONS),
            "branches": list(BRANCHES),
            "tick_s": TICK_S,
            "window_ticks": self._window_ticks,
        }
        whole = {**head, **{k: records.plain(v) for k, v in meta.items() if k not in head}}
        made: list[Path] = []
        try:
            made += [p for p in (folder, *folder.parents) if not p.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            # Whoever creates the log owns the folder: two programs cannot both.
            self._file = (folder / records.LOG_NAME).open("xb", buffering=0)
            write_atomically(folder / records.META_NAME, records.encode(whole, indent=2) + b"\n")
            self._put({"type": "session", **head, "source": whole.get("source")})
        except (OSError, UserError) as error:
            self._undo(made)
            if isinstance(error, OSError):
                raise log_unwritable(folder, error) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
            return
        # The first error is the one to tell about.
        with contextlib.suppress(UserError):
            self.close()

    def estimate(self, e: Estimate) -> None:
        """Write one estimate."""
        self._put(records.estimate_record(e, self._window_ticks))

    def transcript(self, s: TranscriptSegment) -> None:
        """Write a run of words, tentative or final."""
        self._put(records.transcript_record(s))

    def marker(self, m: Marker) -> None:
        """Write a marked moment."""
        self._put(records.marker_record(m))

    def device(self, d: DeviceEvent) -> None:
        """Write what happened to a source."""
        self._put(records.device_record(d))

    def health(self, h: Health) -> None:
        """Write how the flow is doing."""
        self._put(records.health_record(h))

    def end(self, counts: FlowCounts, clean: bool, stopped: str | None = None) -> None:
        """Write the last line, put the log onto the disk and close it.

        Parameters
        ----------
        counts
            What the flow counted.
        clean
            Whether nothing was lost between the last estimate and this call.
        stopped
            Why the session ended before its source did (``"interrupted"``), or None.
        """
        dropped = {**dict.fromkeys(DROP_NAMES, 0), **counts.dropped}
        self._put(
            {
                "type": "end",
                "frames_read": int(counts.frames_read),
                "ticks": int(counts.ticks),
                "estimates": int(counts.estimates),
                "dropped": {name: int(count) for name, count in dropped.items()},
                "media_s": records.seconds(counts.media_s),
                "wall_s": records.seconds(counts.wall_s),
                "clean": bool(clean),
                "stopped": stopped,
            },
            sync=True,
        )
        self.close()

    def close(self) -> None:
        """Close the log; a second call does nothing.

        Raises
        ------
        UserError
            If the system reports only now that something could not be written.
        """
        with self._lock:
            file, self._file = self._file, None
            if file is None:
                return
            try:
                file.close()
            except OSError as error:
                # Some file systems report a full disk at closing. If a write failed before,
                # that was told already.
                _log.warning("closing %s failed", self.folder, exc_info=True)
                if self._failure is None:
                    self._failure = log_unwritable(self.folder, error)
                    raise self._failure from error

    def _put(self, record: records.Record, *, sync: bool = False) -> None:
        line = records.encode(record) + b"\n"
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._file is None:
                raise ValueError("the session is closed")
            try:
                write_whole(self._file, line)
                if sync:
                    os.fsync(self._file.fileno())
            except OSError as error:
                _log.warning("writing %s failed", self.folder, exc_info=True)
                self._failure = log_unwritable(self.folder, error)
                self._cut_tail()
                raise self._failure from error
            self._size += len(line)

    def _cut_tail(self) -> None:
        if self._file is not None:
            try:
                self._file.truncate(self._size)
            except OSError:
                # Readers leave out a broken last line, so it does no harm.
                _log.warning("the broken tail of %s stays", self.folder, exc_info=True)

    def _undo(self, made: list[Path]) -> None:
        if self._file is not None:
            with contextlib.suppress(UserError):
                self.close()
            with contextlib.suppress(OSError):
                (self.folder / records.LOG_NAME).unlink(missing_ok=True)
                (self.folder / records.META_NAME).unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
