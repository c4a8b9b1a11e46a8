"""A recorded session, shown again: from its log, with its media file if that is still there."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.core.ticks import tick_start
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.player import Media, Player
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.reel import Reel
from live_emotion.pipeline.scored import ScoredTicks
from live_emotion.pipeline.stored_media import StoredMedia
from live_emotion.pipeline.viewer import ReplayViewer
from live_emotion.session import revive
from live_emotion.session.media_files import media_path
from live_emotion.session.reader import Session, read

_LOG = logging.getLogger(__name__)
_PROBLEMS_TOLD: Final = 3
_NOT_STORED: Final = "No video was stored with this recording."
_NOT_ASKED_FOR: Final = (
    "No video was stored with this recording: of a live session only scores, words and markers "
    "are kept, unless you turn storing on in the settings, under Storage, before you record."
)
_NO_PICTURES: Final = (
    "Sound was stored with this recording, but no video: turn that on in the settings, under "
    "Storage, before you record."
)
_NONE_CAME: Final = "Video was to be stored with this recording, but the camera gave no picture."
_AWAY: Final = (
    "The video that was stored with this recording is not in its folder any more: put {} back and "
    "open the recording again."
)
_UNPLAYABLE: Final = (
    "The video that was stored with this recording cannot be played any more: restore {} and open "
    "the recording again."
)
_GONE: Final = (
    "No video was stored with this recording, and {} is not there any more: put it back, or beside "
    "the recording's folder, and open the recording again."
)
_DAMAGED: Final = (
    "No video was stored with this recording, and {} cannot be played any more: restore it and "
    "open the recording again."
)
_SOUND_ONLY: Final = "This recording was made of sound alone: there was no video."


class RecordedSession:
    """Plays what a session's log holds; nothing is scored. Use `open`.

    Parameters
    ----------
    session
        As read.
    media
        The file that the session was made of, or what was stored with it; None if there is neither.
    notes
        What the user should know.
    why_no_video
        Why there are no pictures to be seen, "" if there are.
    """

    def __init__(
        self,
        session: Session,
        media: Path | StoredMedia | None,
        notes: Sequence[str],
        why_no_video: str = "",
    ) -> None:
        self._session = session
        self._media = media
        self._notes = tuple(notes)
        self._why_no_video = why_no_video
        self._info = _info(session, media)

    @classmethod
    def open(cls, folder: Path) -> RecordedSession:
        """Read a session's folder; a damaged log gives what can be read, and notes.

        Raises
        ------
        UserError
            If the folder holds no session.
        """
        session = read(folder)
        notes = [str(note) for note in _list(session.meta.get("notes"))]
        problems = session.problems
        notes += problems[:_PROBLEMS_TOLD]
        if len(problems) > _PROBLEMS_TOLD:
            notes.append(f"The log has {len(problems) - _PROBLEMS_TOLD} more problems.")
        media, why, pictureless = _media_of(session)
        return cls(session, media, [*notes, *why], pictureless)

    @property
    def info(self) -> SourceInfo:
        """What the session was made of; its length is that of the log or of the media file."""
        return self._info

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, one line each."""
        return self._notes

    @property
    def why_no_video(self) -> str:
        """Why there are no pictures to be seen, and what to do; "" if there are some."""
        return self._why_no_video

    def close(self) -> None:
        """Let go; nothing is held open."""

    def play(
        self,
        observers: Sequence[Observer],
        viewer: ReplayViewer,
        playhead: Playhead,
        stop: threading.Event,
        at_end: Callable[[Counts], None] = lambda counts: None,
    ) -> Counts:
        """Tell the viewer of all at once, then show it as a person steers, until `stop` is set.

        The observers are told of nothing, for nothing is scored; `at_end` is called at once.
        """
        session = self._session
        scored = ScoredTicks(map(revive.estimate, session.estimates), max(1, len(session)))
        for tick in sorted({int(tick) for tick in session.tick}):
            estimate = scored.at(tick)
            if estimate is not None:
                viewer.on_estimate(estimate)
        for record in session.markers:
            viewer.on_marker(revive.marker(record))
        for record in session.devices:
            viewer.on_device(revive.device(record))
        # After the scores, which lend the words their tint.
        for record in session.transcripts:
            if record["final"]:
                viewer.on_transcript(revive.transcript(record))
        first = int(session.tick.min()) if len(session) else 0
        end = int(session.tick.max()) + 1 if len(session) else 0
        reel = self._reel if self._info.has_video else None
        at_end(Counts(0, 0, 0))
        # The first scores, not the nothing before them.
        playhead.seek(tick_start(first + 1))
        Player(Media(first, end, end, None, reel), scored, viewer, playhead).run(stop)
        return Counts(0, 0, 0)

    def _reel(self, t: float) -> Reel:
        media = self._media
        assert media is not None
        if isinstance(media, StoredMedia):
            return Reel(media.open, t)
        return Reel(lambda start: MediaFile(media, start=start), t)


def _info(session: Session, media: Path | StoredMedia | None) -> SourceInfo:
    source = session.meta.get("source")
    said: dict[str, Any] = source if isinstance(source, dict) else {}

    def number(name: str) -> float:
        value = said.get(name)
        fits = isinstance(value, int | float) and math.isfinite(value) and value > 0
        return float(value) if fits else 0.0  # type: ignore[arg-type]

    info = SourceInfo(
        name=session.folder.name,
        has_video=media is not None and bool(said.get("has_video", True)),
        has_audio=bool(said.get("has_audio", True)),
        width=int(number("width")),
        height=int(number("height")),
        fps=number("fps"),
        duration=number("duration") or None,
    )
    if isinstance(media, StoredMedia):
        seen = media.pictures[0].info
        info = replace(info, has_video=True, width=seen.width, height=seen.height, fps=seen.fps)
    last = float(session.t.max()) if len(session) else 0.0
    return replace(info, duration=max(last, info.duration or 0.0) or None)


def _media_of(session: Session) -> tuple[Path | StoredMedia | None, list[str], str]:
    """Return what there is to be played or None, what is to be noted, and why no video."""
    source = session.meta.get("source")
    said: dict[str, Any] = source if isinstance(source, dict) else {}
    named = said.get("path")
    if not isinstance(named, str) or not named:
        return _stored_with(session) if said.get("kind") == "live" else (None, [], _NOT_STORED)
    why = "" if said.get("has_video", True) else _SOUND_ONLY
    path = Path(named)
    for place in (path, session.folder / path.name, session.folder.parent / path.name):
        if not place.is_file():
            continue
        try:
            MediaFile(place).close()
        except UserError:
            _LOG.info("the media file of %s cannot be played", session.folder, exc_info=True)
            note = f"{place} cannot be played any more: curves only"
            return None, [note], why or _DAMAGED.format(place)
        return place, [], why
    return None, [f"{named} is not there any more: curves only"], why or _GONE.format(named)


def _stored_with(session: Session) -> tuple[StoredMedia | None, list[str], str]:
    """Return the same of a live session."""
    stored = StoredMedia.find(session.folder)
    notes = [f"{path} cannot be played any more: curves only" for path in stored.unplayable]
    if stored.pictures:
        return stored, notes, ""
    asked = session.meta.get("media")
    wanted: dict[str, Any] = asked if isinstance(asked, dict) else {}
    if stored.unplayable:
        why = _UNPLAYABLE.format(stored.unplayable[0])
    elif not wanted.get("video"):
        why = _NO_PICTURES if wanted.get("sound") else _NOT_ASKED_FOR
    else:
        why = _NONE_CAME if stored.parts else _AWAY.format(media_path(session.folder, 1))
    return None, notes, why


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
