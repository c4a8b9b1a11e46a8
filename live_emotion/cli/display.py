"""Whether a window can be shown. Qt aborts the process when it cannot reach its display."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_TIMEOUT_S = 1.0


def display_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a display is there: named in the environment, and it answers."""
    return display_name(environ) is not None


def display_name(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the display that a window would come up on, or None if there is none."""
    if sys.platform in ("win32", "darwin"):
        return sys.platform
    for variable, answers in (("WAYLAND_DISPLAY", _wayland_answers), ("DISPLAY", _x11_answers)):
        name = environ.get(variable, "")
        if name and answers(name, environ):
            return f"{variable}={name}"
    return None


def _wayland_answers(name: str, environ: Mapping[str, str]) -> bool:
    folder = environ.get("XDG_RUNTIME_DIR", "")
    path = Path(folder) / name  # an absolute name stays as it is
    return _answers(socket.AF_UNIX, str(path))


def _x11_answers(name: str, environ: Mapping[str, str]) -> bool:
    match = re.fullmatch(r"(?:unix)?(?P<host>.*):(?P<number>\d+)(?:\.\d+)?", name)
    if match is None:
        return name.startswith("/") and _answers(socket.AF_UNIX, name)
    number = int(match["number"])
    if match["host"] in ("", "/"):
        local = f"/tmp/.X11-unix/X{number}"
        return _answers(socket.AF_UNIX, local) or _answers(socket.AF_UNIX, "\0" + local)
    return _answers(socket.AF_INET, (match["host"], 6000 + number))


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(_TIMEOUT_S)
            probe.connect(address)
    except (OSError, ValueError):
        return False
    return True
