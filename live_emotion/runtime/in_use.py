"""Which cached engines are open: told by a lock that the system lets go of when a program ends.

An engine reads its file again when an input of another size comes, so that a folder must not be
removed beneath it, however long ago it was opened. Windows refuses to remove open files by itself.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import IO, Final

if sys.platform != "win32":
    import fcntl

LOCK_FILE: Final = ".in-use"


class Hold:
    """Keeps a folder of the cache from being cleaned, until it is released.

    Parameters
    ----------
    folder
        Of an engine; nothing is held where it cannot be written or the system knows no locks.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] | None = None
        if sys.platform == "win32":
            return
        with contextlib.suppress(OSError):
            file = (folder / LOCK_FILE).open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise
            self._file = file

    def release(self) -> None:
        """Let the folder go; once more does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def in_use(folder: Path) -> bool:
    """Return whether a program has an engine of this folder open."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError), (folder / LOCK_FILE).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False
