"""What a PulseAudio (or PipeWire) server says of its sources, asked through ``pactl``.

PortAudio sees such a server as one device, "pulse", and is not told when the server moves a
stream to another microphone or mutes it. Where there is no ``pactl`` all answers are None.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Final

_LOG = logging.getLogger(__name__)

_TIMEOUT_S: Final = 1.0
_EVERY_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class ServerSource:
    """A source of sound: its number, its name for programs and for people."""

    index: int
    name: str
    description: str
    muted: bool

    @property
    def monitor(self) -> bool:
        """Whether it only repeats what a loudspeaker plays."""
        return self.name.endswith(".monitor")


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the server gives this process: the source, or None while it gives none.

    `muted` is true if the source or the stream itself is muted.
    """

    source: ServerSource | None
    muted: bool


class ServerHangsError(Exception):
    """The server takes connections but does not answer: whoever calls it will hang."""


def sources() -> list[ServerSource] | None:
    """Return the server's sources, microphones first; None if there is no server.

    Raises
    ------
    ServerHangsError
        If it does not answer.
    """
    listed = _pactl("list", "sources")
    if listed is None:
        return None
    found = [
        ServerSource(
            number,
            about.get("Name", ""),
            about.get("Description", about.get("Name", "")),
            about.get("Mute") == "yes",
        )
        for number, about in _blocks(listed)
    ]
    return sorted(found, key=lambda source: (source.monitor, source.index))


def default_source() -> str | None:
    """Return the name of the source that the server takes unless told otherwise."""
    try:
        info = _pactl("info")
    except ServerHangsError:
        return None
    found = re.search(r"^Default Source: (.*)$", info, re.MULTILINE) if info else None
    return found[1] if found else None


def hearing(process: int | None = None) -> Hearing | None:
    """Return what a process (this one) hears; None if there is no server.

    Raises
    ------
    ServerHangsError
        If it does not answer.
    """
    listed = _pactl("list", "source-outputs")
    if listed is None:
        return None
    mine = str(os.getpid() if process is None else process)
    streams = [about for _, about in _blocks(listed) if about.get("application.process.id") == mine]
    if not streams:
        return Hearing(None, False)
    there = sources()
    if there is None:
        return None
    number = streams[-1].get("Source", "")
    source = next((s for s in there if str(s.index) == number), None)
    muted = streams[-1].get("Mute") == "yes" or (source is not None and source.muted)
    return Hearing(source, muted)


class ServerWatch:
    """Asks the server now and then on a thread of its own, for an answer may take its time.

    Attributes
    ----------
    hearing
        Its last answer, None if there was none.
    asked
        How often it was asked.
    """

    def __init__(self) -> None:
        self.hearing: Hearing | None = None
        self.asked = 0
        self._hung_at: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop asking; a question on its way is not waited for."""
        self._stop.set()

    def well(self, for_s: float) -> bool:
        """Whether the server has not hung within the last seconds."""
        return self._hung_at is None or time.monotonic() - self._hung_at > for_s

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            try:
                self.hearing = hearing()
            except ServerHangsError:
                self.hearing = None
                self._hung_at = time.monotonic()
            self.asked += 1


def available() -> bool:
    """Whether there is a program to ask with; the server may still not answer."""
    return shutil.which("pactl") is not None


def _pactl(*words: str) -> str | None:
    program = shutil.which("pactl")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *words],
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except OSError:
        _LOG.info("pactl does not run", exc_info=True)
        return None
    except subprocess.TimeoutExpired as error:
        raise ServerHangsError from error
    return done.stdout if done.returncode == 0 else None


def _blocks(listed: str) -> list[tuple[int, dict[str, str]]]:
    """Return each entry of a list: its number, its fields and its properties."""
    found: list[tuple[int, dict[str, str]]] = []
    for line in listed.splitlines():
        head = re.fullmatch(r"\w[\w ]* #(\d+)", line)
        if head is not None:
            found.append((int(head[1]), {}))
            continue
        field = re.match(r"\t(\w[\w ]*): (.*)", line) or re.match(r'\t\t([\w.]+) = "(.*)"', line)
        if field is not None and found:
            found[-1][1].setdefault(field[1], field[2])
    return found
