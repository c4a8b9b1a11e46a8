"""The cameras and microphones there are, looked up again and again on a thread of its own."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from live_emotion.capture.choices import DEFAULT, NONE

_LOG = logging.getLogger(__name__)

# Elsewhere than on Linux cameras are opened to find them, which is no thing to do often.
EVERY_S: Final = 5.0 if sys.platform.startswith("linux") else 60.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to choose: what the settings keep, and what the user reads."""

    choice: str
    text: str


@dataclass(frozen=True, slots=True)
class Devices:
    """What is there now, in the order it is offered."""

    cameras: tuple[Offer, ...] = ()
    microphones: tuple[Offer, ...] = ()


def look() -> Devices:
    """Return what is there now; may take a second."""
    from live_emotion.capture.devices import cameras, microphones

    seen, heard = cameras(), microphones()
    names = [camera.name for camera in seen]
    return Devices(
        tuple(
            # Of two cameras of one name the number tells them apart.
            Offer(c.name if names.count(c.name) == 1 else str(c.index), c.name)
            for c in seen
        ),
        tuple(Offer(m.name, m.description or m.name) for m in heard),
    )


def offers(there: tuple[Offer, ...], chosen: str, words: dict[str, str]) -> list[Offer]:
    """Return what a list shows: the system's own, what is there, nothing; and what was chosen.

    Parameters
    ----------
    there
        What is there.
    chosen
        The user's choice, offered even while it is away.
    words
        Texts for ``default``, ``none`` and ``away``; the last has ``{}`` for the name.
    """
    found = [Offer(DEFAULT, words[DEFAULT]), *there, Offer(NONE, words[NONE])]
    if chosen not in {offer.choice for offer in found}:
        away = chosen if "://" in chosen else words["away"].format(chosen)
        found.insert(-1, Offer(chosen, away))
    return found


class DeviceLister:
    """Keeps the newest lists in one place.

    Parameters
    ----------
    look
        Looks the devices up; on the lister's thread.
    every_s
        Seconds between two looks.

    Attributes
    ----------
    devices
        As last seen; None before the first look.
    """

    def __init__(self, look: Callable[[], Devices] = look, every_s: float = EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._wake = threading.Event()
        self._ended = False
        self.devices: Devices | None = None
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def refresh(self) -> None:
        """Look again soon."""
        self._wake.set()

    def end(self) -> None:
        """Stop looking; a look on its way is not waited for."""
        self._ended = True
        self._wake.set()

    def _run(self) -> None:
        while not self._ended:
            try:
                self.devices = self._look()
            except Exception:
                _LOG.exception("the devices could not be looked up")
            self._wake.wait(self._every_s)
            self._wake.clear()
