"""Which cameras the system has, by name."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROBED: Final = 4


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """A camera: its number, its name, and whether this user may open it."""

    index: int
    name: str
    allowed: bool = True


def cameras(
    devices: Path = Path("/dev"),
    system: Path = Path("/sys"),
    probe: Callable[[int], bool] | None = None,
) -> list[CameraDevice]:
    """Return the cameras that are there now, in order of their numbers.

    On Linux names come from the kernel and nothing is opened. Elsewhere the first few numbers are
    tried, which takes a moment and fails for a camera that is in use.

    Parameters
    ----------
    devices, system
        Where Linux keeps device files and their descriptions.
    probe
        Says whether a camera of this number opens; elsewhere than on Linux.
    """
    if sys.platform.startswith("linux"):
        return _linux_cameras(devices, system)
    opens = probe or _opens
    return [CameraDevice(i, f"camera {i}") for i in range(_PROBED) if opens(i)]


def _linux_cameras(devices: Path, system: Path) -> list[CameraDevice]:
    found = []
    for device in devices.glob("video[0-9]*"):
        number = re.fullmatch(r"video(\d+)", device.name)
        if number is None:
            continue
        about = system / "class" / "video4linux" / device.name
        # A camera has further nodes for its metadata; those have a number above 0.
        if _read(about / "index") not in ("", "0"):
            continue
        name = _read(about / "name") or f"camera {number[1]}"
        found.append(CameraDevice(int(number[1]), name, os.access(device, os.R_OK | os.W_OK)))
    return sorted(found, key=lambda camera: camera.index)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _opens(index: int) -> bool:
    import cv2

    capture = cv2.VideoCapture(index)
    try:
        return bool(capture.isOpened())
    finally:
        capture.release()
