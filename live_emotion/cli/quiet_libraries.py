"""Keeps what C libraries print on stderr off the screen, for as long as devices are in use.

PortAudio, ALSA and FFmpeg print lines about every device they do not find, from threads of their
own. Python's own stderr stays where it is.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Within the ``with``, file descriptor 2 leads nowhere and `sys.stderr` to the old stderr."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, AttributeError, ValueError):  # no stderr at all
        yield
        return
    before = sys.stderr
    encoding, errors = before.encoding, before.errors
    with os.fdopen(kept, "w", encoding=encoding, errors=errors, buffering=1) as screen:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        sys.stderr = screen
        try:
            yield
        finally:
            sys.stderr = before
            screen.flush()
            os.dup2(screen.fileno(), 2)
