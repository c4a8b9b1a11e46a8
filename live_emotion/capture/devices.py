"""Which cameras and microphones there are now, by name; the lists are always looked up anew."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from live_emotion.capture import portaudio
from live_emotion.capture.camera_devices import CameraDevice, cameras
from live_emotion.capture.portaudio import InputDevice, PortAudioMissingError
from live_emotion.capture.sound_server import ServerHangsError, default_source, sources

__all__ = ["CameraDevice", "MicrophoneDevice", "cameras", "microphones"]

_LOG = logging.getLogger(__name__)
_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class MicrophoneDevice:
    """A microphone.

    Attributes
    ----------
    name
        What chooses it.
    description
        What people call it.
    default
        Whether the system takes it unless told otherwise.
    monitor
        Whether it only repeats what a loudspeaker plays.
    """

    name: str
    description: str
    default: bool = False
    monitor: bool = False


def microphones() -> list[MicrophoneDevice]:
    """Return the microphones that are there now, those that only repeat a loudspeaker last.

    May take a second; not for a thread that draws. Empty if there are none, or the sound server
    does not answer.
    """
    try:
        offered = sources()
    except ServerHangsError:
        _LOG.warning("the sound server does not answer")
        return []
    if offered is not None:
        default = default_source()
        return [
            MicrophoneDevice(s.name, s.description, s.name == default, s.monitor) for s in offered
        ]
    return [MicrophoneDevice(d.name, d.name, d.default) for d in _portaudio_devices()]


def _portaudio_devices() -> list[InputDevice]:
    """Return PortAudio's devices; from a fresh process while a stream of this one is open."""
    try:
        if portaudio.streams_open() == 0:
            return portaudio.devices()
    except PortAudioMissingError:
        _LOG.info("no PortAudio", exc_info=True)
        return []
    try:
        done = subprocess.run(
            [sys.executable, "-m", "live_emotion.capture.portaudio"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        return [InputDevice(**each) for each in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        _LOG.warning("the list of microphones could not be had", exc_info=True)
        return []
