"""The video and sound that were stored with a live session, on that session's own clock."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import SourceEvent, SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.session.media_files import media_files

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One of a session's media files.

    Attributes
    ----------
    path
        The file.
    zero
        Seconds on the session clock at which it begins.
    info
        What it holds.
    """

    path: Path
    zero: float
    info: SourceInfo


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """All that can be played of a session's media files.

    Attributes
    ----------
    parts
        In order of time.
    unplayable
        Files that are there and cannot be played.
    """

    parts: tuple[Part, ...]
    unplayable: tuple[Path, ...]

    @classmethod
    def find(cls, folder: Path) -> StoredMedia:
        """Look for the media files in a session's folder."""
        parts, unplayable = [], []
        for path in media_files(folder):
            try:
                with MediaFile(path) as media:
                    parts.append(Part(path, media.zero, media.info))
            except UserError:
                _LOG.info("%s cannot be played", path, exc_info=True)
                unplayable.append(path)
        return cls(tuple(sorted(parts, key=lambda part: part.zero)), tuple(unplayable))

    @property
    def pictures(self) -> tuple[Part, ...]:
        """The parts with pictures."""
        return tuple(part for part in self.parts if part.info.has_video)

    def open(self, start: float) -> StoredSource:
        """Return the pictures and sound from `start` on, in seconds on the session clock."""
        return StoredSource(self.pictures, start)


class StoredSource:
    """Plays a session's media files one after another; times are those of the session clock.

    Parameters
    ----------
    parts
        At least one.
    start
        Where to begin.
    """

    def __init__(self, parts: Sequence[Part], start: float) -> None:
        begun = [k for k, part in enumerate(parts) if part.zero <= start]
        self._parts = parts[max(begun, default=0) :]
        self._start = start
        self._media: MediaFile | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def info(self) -> SourceInfo:
        """What the first part holds."""
        return self._parts[0].info

    def events(self) -> Iterator[SourceEvent]:
        """Yield what the parts hold, in order of time."""
        for part in self._parts:
            if self._closed:
                return
            try:
                self._media = MediaFile(part.path, start=max(0.0, self._start - part.zero))
                for event in self._media.events():
                    yield replace(event, t=event.t + part.zero)
            except UserError:
                # It ends before this place, or has gone away meanwhile: on to the next.
                _LOG.info("nothing more of %s", part.path, exc_info=True)
            finally:
                self._leave()

    def close(self) -> None:
        """Close the file that is open; events end."""
        self._closed = True
        self._leave()

    def _leave(self) -> None:
        media, self._media = self._media, None
        if media is not None:
            media.close()
