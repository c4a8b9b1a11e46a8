"""Files of a session log: whether a folder is free for them, and writing all of one or none."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from pathlib import Path

from live_emotion.core.errors import UserError
from live_emotion.session import records


def check_free(folder: Path) -> None:
    """Make sure that a new session may go into `folder`, without touching anything.

    Raises
    ------
    UserError
        If `folder` is a file, already holds a session, or may not be looked into.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is not a folder: give another output folder.")
        taken = any((folder / name).exists() for name in (records.META_NAME, records.LOG_NAME))
    except OSError as error:
        raise log_unwritable(folder, error) from error
    if taken:
        raise UserError(f"{folder} already holds a session: give another output folder.")


def log_unwritable(folder: Path, error: OSError) -> UserError:
    """Return what the user is told when the log in `folder` cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        why = "no room is left on the disk: free some space, or give another output folder"
    else:
        why = f"{(error.strerror or str(error)).lower()}: give another output folder"
    return UserError(f"The session log in {folder} cannot be written, {why}.")


def write_whole(file: io.RawIOBase, data: bytes) -> None:
    """Write all of `data`; a short write means that the next one says why."""
    written = file.write(data) or 0
    while written < len(data):
        count = file.write(data[written:])
        if not count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += count


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that is either there in full or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb", buffering=0) as file:
            write_whole(file, data)
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
