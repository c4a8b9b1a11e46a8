"""What `doctor` finds out about the machine: Python, display, media libraries, disk."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from live_emotion import __version__
from live_emotion.cli.display import display_name
from live_emotion.cli.findings import Finding
from live_emotion.core.resources import cache_dir, log_dir, sessions_dir

_log = logging.getLogger(__name__)
_LEAST_FREE_GB = 1.0


def check_system() -> Iterator[Finding]:
    """Yield findings on everything that is neither a device nor a network."""
    yield Finding("program", "ok", f"live-emotion {__version__} in {_package()}")
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield _display()
    yield _window()
    yield _pyav()
    yield _ffmpeg()
    for name, folder in (("sessions", sessions_dir()), ("cache", cache_dir()), ("log", log_dir())):
        yield _disk(name, folder)


def _package() -> Path:
    return Path(__file__).resolve().parent.parent


def _display() -> Finding:
    name = display_name()
    if name is not None:
        return Finding("display", "ok", name)
    return Finding(
        "display",
        "missing",
        "none answers",
        "replays run in the terminal; for a window start from a desktop or set DISPLAY",
    )


def _window() -> Finding:
    try:
        importlib.import_module("live_emotion.dashboard.app")
    except ImportError as error:
        _log.info("the window does not load", exc_info=True)
        return Finding("window", "missing", f"Qt does not load ({error})", _qt_advice(str(error)))
    return Finding("window", "ok", f"PyQt6 {_version('PyQt6')}, pyqtgraph {_version('pyqtgraph')}")


def _qt_advice(message: str) -> str:
    if ".so" in message and sys.platform.startswith("linux"):
        return (
            "install Qt's system libraries, on Debian: "
            "apt-get install libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libdbus-1-3"
        )
    return "pip install --force-reinstall PyQt6 pyqtgraph"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(no version)"


def _pyav() -> Finding:
    try:
        import av
    except ImportError as error:
        _log.info("PyAV does not load", exc_info=True)
        return Finding("video files", "broken", f"PyAV does not load ({error})", "pip install av")
    codec = ".".join(map(str, av.library_versions.get("libavcodec", ())))
    return Finding("video files", "ok", f"PyAV {av.__version__}, libavcodec {codec}")


def _ffmpeg() -> Finding:
    path = shutil.which("ffmpeg")
    found = path or "not on the PATH; not needed, PyAV carries its own libraries"
    return Finding("ffmpeg", "ok", found)


def _disk(name: str, folder: Path) -> Finding:
    there = next((p for p in (folder, *folder.parents) if p.is_dir()), None)
    try:
        free_gb = shutil.disk_usage(there or folder).free / 1e9
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        return Finding(f"{name} folder", "missing", f"{folder}: {why}", _elsewhere(name))
    found = f"{folder}, {free_gb:.1f} GB free"
    if free_gb < _LEAST_FREE_GB:
        return Finding(
            f"{name} folder", "missing", found, f"free some space, or {_elsewhere(name)}"
        )
    return Finding(f"{name} folder", "ok", found)


def _elsewhere(name: str) -> str:
    return f"set LIVE_EMOTION_{name.upper()} to a folder elsewhere"
