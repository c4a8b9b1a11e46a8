"""Where the program's own files lie: in a checkout, or inside an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent.parent
APP_NAME = "live-emotion"


def _root() -> Path:
    bundled = _PACKAGE / "_bundled"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def assets_dir() -> Path:
    """Return the folder of weights, demo clip and icons."""
    return _root() / "assets"


def engines_dir() -> Path:
    """Return the folder of engine recipes."""
    return _root() / "engines"


def cache_dir() -> Path:
    """Return the user's cache folder (built engines); ``LIVE_EMOTION_CACHE`` overrides it."""
    override = os.environ.get("LIVE_EMOTION_CACHE")
    return Path(override) if override else Path(platformdirs.user_cache_dir(APP_NAME, False))


def log_dir() -> Path:
    """Return the folder of the program's own log; ``LIVE_EMOTION_LOG`` overrides it."""
    override = os.environ.get("LIVE_EMOTION_LOG")
    return Path(override) if override else Path(platformdirs.user_log_dir(APP_NAME, False))


def sessions_dir() -> Path:
    """Return the folder where sessions go unless the user names another."""
    override = os.environ.get("LIVE_EMOTION_SESSIONS")
    if override:
        return Path(override)
    return Path(platformdirs.user_documents_dir()) / APP_NAME
