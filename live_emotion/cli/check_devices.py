"""What `doctor` finds out about cameras and microphones; none is opened on Linux."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from live_emotion.cli.findings import Finding

_log = logging.getLogger(__name__)
_PROBED = 4


def check_devices() -> Iterator[Finding]:
    """Yield findings on cameras and microphones."""
    yield _cameras()
    yield _microphones()


def _cameras() -> Finding:
    names = _linux_cameras() if sys.platform.startswith("linux") else _probed_cameras()
    if names:
        return Finding("cameras", "ok", "; ".join(names))
    return Finding(
        "cameras", "missing", "none", "files can be replayed; plug a camera in for live pictures"
    )


def _linux_cameras(devices: Path = Path("/dev"), system: Path = Path("/sys")) -> list[str]:
    found = []
    for device in sorted(devices.glob("video[0-9]*")):
        name_file = system / "class" / "video4linux" / device.name / "name"
        try:
            name = name_file.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            name = "no name"
        allowed = "" if os.access(device, os.R_OK | os.W_OK) else ", no right to open it"
        found.append(f"{device} ({name}{allowed})")
    return found


def _probed_cameras() -> list[str]:
    try:
        import cv2
    except ImportError:
        _log.info("OpenCV does not load", exc_info=True)
        return []
    found = []
    with _quiet_stderr():
        for index in range(_PROBED):
            capture = cv2.VideoCapture(index)
            if capture.isOpened():
                found.append(f"camera {index}")
            capture.release()
    return found


def _microphones() -> Finding:
    try:
        with _quiet_stderr():
            import sounddevice

            devices = list(sounddevice.query_devices())
    except ImportError as error:
        return Finding("microphones", "missing", str(error), "pip install sounddevice")
    except OSError as error:
        # sounddevice is there, the PortAudio library that it wraps is not.
        _log.info("PortAudio does not load", exc_info=True)
        advice = "install PortAudio, on Debian: apt-get install libportaudio2 libasound2-plugins"
        return Finding("microphones", "missing", str(error), advice)
    except Exception as error:
        # PortAudioError, which cannot be named where the import failed.
        _log.info("PortAudio failed", exc_info=True)
        return Finding("microphones", "missing", str(error), "look at the system's sound settings")
    names = [str(device["name"]) for device in devices if device["max_input_channels"] > 0]
    if names:
        return Finding("microphones", "ok", "; ".join(names))
    return Finding(
        "microphones",
        "missing",
        "none",
        "files can be replayed; plug a microphone in or start the sound server for live sound",
    )


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep what C libraries print about devices they do not find off the screen."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
