"""Where a session keeps video and sound, and what is told when they cannot be kept."""

from __future__ import annotations

import errno
import io
import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from live_emotion.core.errors import UserError

# The log goes on beside the media: so much of the disk is left to it, and to everything else.
RESERVE_BYTES: Final = 64_000_000

Opener = Callable[[Path], io.RawIOBase]


@dataclass(frozen=True, slots=True)
class Storage:
    """What of a live session is stored beside its log; nothing unless asked for.

    Attributes
    ----------
    video
        Whether the camera's pictures are.
    sound
        Whether the microphone's sound is.
    """

    video: bool = False
    sound: bool = False

    def __bool__(self) -> bool:
        """Whether anything is stored at all."""
        return self.video or self.sound

    def meta(self) -> dict[str, bool] | None:
        """Return what ``meta.json`` says of it; None when nothing is stored."""
        return {"video": self.video, "sound": self.sound} if self else None


def open_new(path: Path) -> io.RawIOBase:
    """Open a file that must not be there yet; every write goes to the system at once."""
    return path.open("xb", buffering=0)


def media_path(folder: Path, part: int) -> Path:
    """Return the name of a part, counted from 1: ``media.mkv``, ``media-2.mkv`` and so on."""
    return folder / ("media.mkv" if part == 1 else f"media-{part}.mkv")


def media_files(folder: Path) -> list[Path]:
    """Return the media files that a session's folder holds, in order of time."""
    named = (media_path(folder, part) for part in itertools.count(1))
    return list(itertools.takewhile(Path.is_file, named))


def check_room(folder: Path, reserve: int = RESERVE_BYTES) -> None:
    """Make sure that the disk has room for more than the log.

    Raises
    ------
    UserError
        If fewer than `reserve` bytes are free.
    """
    if shutil.disk_usage(folder).free < reserve:
        raise no_room(folder)


def no_room(folder: Path) -> UserError:
    """Return what is told when the disk is full."""
    return UserError(
        f"Video and sound are stored no further in {folder}, for the disk is full: free some "
        "space and record anew. Scores, words and markers go on being recorded."
    )


def unwritable(folder: Path, error: BaseException) -> UserError:
    """Return what is told when video and sound cannot be written."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return no_room(folder)
    why = (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
    return UserError(
        f"Video and sound are stored no further in {folder} ({why}): choose another folder and "
        "record anew. Scores, words and markers go on being recorded."
    )
