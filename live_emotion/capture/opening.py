"""Opening a media file, and a sentence for everything that can be wrong with it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import av
import av.container
import av.error

from live_emotion.core.errors import UserError

_LOG = logging.getLogger(__name__)

# Only local files: a play list must not make the program reach for the network.
_OPTIONS: Final = {"protocol_whitelist": "file"}
# The first atoms that an MP4 or QuickTime file may begin with.
_MP4_ATOMS: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
# Formats that FFmpeg opens although they are text or still pictures.
_TEXT_FORMATS: Final = frozenset(
    {"tty", "bin", "adf", "idf", "xbin", "ffmetadata", "hls", "concat"}
)


def open_container(path: Path) -> Any:
    """Open a media file for reading.

    Raises
    ------
    UserError
        If there is no such file, or it is a folder, empty, no media file, or cut short.
    """
    _check_path(path)
    try:
        container = av.open(
            f"file:{path}", mode="r", options=dict(_OPTIONS), metadata_errors="ignore"
        )
    except av.error.FFmpegError as error:
        _LOG.info("cannot open %s", path, exc_info=True)
        raise UserError(_why_not(path)) from error
    formats = set(container.format.name.split(","))
    if formats & _TEXT_FORMATS:
        container.close()
        raise UserError(_not_media(path))
    if "image2" in formats or any(name.endswith("_pipe") for name in formats):
        container.close()
        raise UserError(f"{path} is a still picture: give a video or sound file.")
    return container


def choose_streams(container: Any) -> tuple[Any | None, Any | None]:
    """Return the video and the audio stream to play; None where there is none.

    Cover art (an attached picture) is not video. The stream marked as default wins, else the
    first.
    """
    video = [
        s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic
    ]
    return _first_default(video), _first_default(list(container.streams.audio))


def _first_default(streams: list[Any]) -> Any | None:
    marked = [s for s in streams if s.disposition & av.stream.Disposition.default]
    return next(iter(marked or streams), None)


def _check_path(path: Path) -> None:
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder: give the name of one media file.")
        if not path.exists():
            raise UserError(f"There is no file {path}: check its name and folder.")
        if not path.is_file():
            raise UserError(f"{path} is not a regular file: give the name of a media file.")
        with path.open("rb") as file:
            if not file.read(1):
                raise UserError(f"{path} is empty (0 bytes): record or copy it again.")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"{path} cannot be read ({reason}): check its permissions.") from error


def _why_not(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in _MP4_ATOMS:
        return (
            f"{path} is an MP4 file without its index (moov), so it was cut short or never "
            "finished: copy or record it again, or repair it."
        )
    return _not_media(path)


def _not_media(path: Path) -> str:
    return f"{path} is not a media file that can be read: give a video or sound file."
