"""The program's own log: tracebacks and warnings go to a file, not onto the screen."""

from __future__ import annotations

import contextlib
import logging
import platform
import re
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from typing import Final

from live_emotion import __version__
from live_emotion.core.resources import log_dir

LOG_NAME: Final = "live-emotion.log"
_MAX_BYTES: Final = 1_000_000
_BACKUPS: Final = 3
# The address of a camera may hold a password.
_CREDENTIALS: Final = re.compile(r"://[^/\s]*@")
_FORMAT: Final = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


class _QuietHandler(RotatingFileHandler):
    """A log that cannot be written (the disk is full, say) must not fill the screen."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Ignore it."""


@contextlib.contextmanager
def program_log() -> Iterator[str | None]:
    """Log to a rotating file within the ``with``; yields its path, None if it cannot be made."""
    handler: logging.Handler
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        path: str | None = str(log_dir() / LOG_NAME)
        handler = _QuietHandler(
            log_dir() / LOG_NAME, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8"
        )
    except OSError:
        # A handler must be there all the same, or Python prints warnings on stderr.
        path, handler = None, logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root, own = logging.getLogger(), logging.getLogger("live_emotion")
    level_before = own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    logging.captureWarnings(True)
    words = [_CREDENTIALS.sub("://…@", word) for word in sys.argv]
    own.info("live-emotion %s, Python %s: %s", __version__, platform.python_version(), words)
    try:
        yield path
    finally:
        logging.captureWarnings(False)
        own.setLevel(level_before)
        root.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()
