"""What the user asked to be seen and heard through: kept while the device is away."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from live_emotion.core.errors import UserError

NONE: Final = "none"
DEFAULT: Final = "default"
SCHEMES: Final = ("http", "https", "rtsp", "rtsps")


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """A camera, by number, by address or by name.

    Attributes
    ----------
    target
        Number of a camera from 0, an http or rtsp address, or a camera's name (or a part of it).
    """

    target: int | str

    @property
    def address(self) -> str | None:
        """The address, if it is one."""
        return self.target if isinstance(self.target, str) and "://" in self.target else None

    @property
    def label(self) -> str:
        """A person's name for it; the password of an address is left out."""
        if isinstance(self.target, int):
            return f"camera {self.target}"
        if self.address is None:
            return f"camera “{self.target}”"
        parts = urlsplit(self.target)
        place = parts.netloc.rpartition("@")[2]
        return f"camera {parts.scheme}://{place}{parts.path}"


@dataclass(frozen=True, slots=True)
class MicrophoneChoice:
    """A microphone, by name (or a part of it); ``default`` is the system's choice."""

    name: str = DEFAULT

    @property
    def is_default(self) -> bool:
        """Whether the system chooses."""
        return self.name == DEFAULT

    @property
    def label(self) -> str:
        """A person's name for it."""
        return "default microphone" if self.is_default else f"microphone “{self.name}”"


def camera_choice(text: str) -> CameraChoice | None:
    """Return what a user's word for a camera means; None for ``none``.

    Raises
    ------
    UserError
        If it is no number from 0, no http or rtsp address and no name.
    """
    word = text.strip()
    if word.lower() == NONE:
        return None
    if word.lower() == DEFAULT:
        return CameraChoice(0)
    if re.fullmatch(r"\d{1,3}", word):
        return CameraChoice(int(word))
    device = re.fullmatch(r"/dev/video(\d{1,3})", word)
    if device is not None and sys.platform.startswith("linux"):
        return CameraChoice(int(device[1]))
    if "://" in word:
        _check_address(word)
        return CameraChoice(word)
    if not word or not word[0].isalnum():
        raise _no_camera(text)
    return CameraChoice(word)


def microphone_choice(text: str) -> MicrophoneChoice | None:
    """Return what a user's word for a microphone means; None for ``none``.

    Raises
    ------
    UserError
        If it is empty.
    """
    word = text.strip()
    if not word:
        raise UserError("The microphone's name is empty: give a name, default or none.")
    if word.lower() == NONE:
        return None
    return MicrophoneChoice(DEFAULT if word.lower() == DEFAULT else word)


def best_match(name: str, names: list[str]) -> int | None:
    """Return the number of the name meant: the same one, or the only one that holds it."""
    if name in names:
        return names.index(name)
    wanted = name.casefold()
    for test in (wanted.__eq__, lambda held: wanted in held):
        found = [i for i, held in enumerate(names) if test(held.casefold())]
        if len(found) == 1:
            return found[0]
    return None


def _check_address(word: str) -> None:
    try:
        parts = urlsplit(word)
        sound = parts.scheme.lower() in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        sound = False
    if not sound:
        raise _no_camera(CameraChoice(word).target if "@" not in word else "the address given")


def _no_camera(text: object) -> UserError:
    return UserError(
        f"“{text}” is no camera: give a number from 0, a name, an http or rtsp address, or none."
    )
