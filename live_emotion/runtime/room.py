"""A disk without room, told as such, whatever a library made of it.

A compiler that cannot write its file raises what it likes ("basic_ios::clear: iostream error").
Such a build is no refusal: the choice of a slower engine would be remembered.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

from live_emotion.core.errors import UserError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
# The largest engine takes 181 MB; what was written of it may be gone by the time it is asked.
_AN_ENGINE: Final = 256_000_000
_NEXT_TO_NOTHING: Final = 4_000_000


def lacks_room(folder: Path, error: BaseException) -> bool:
    """Return whether writing into a folder failed since its disk is full.

    Parameters
    ----------
    folder
        Where it was written to.
    error
        What was raised.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return False
    return free < (_AN_ENGINE if "iostream" in str(error) else _NEXT_TO_NOTHING)


def no_room(folder: Path) -> UserError:
    """Return the error that says so, and what to do."""
    return UserError(
        f"There is no room for engines in {folder}: free some space, or name another folder with "
        "LIVE_EMOTION_CACHE."
    )
