"""PortAudio as one shared thing: its list of devices is frozen until it is started again.

Starting it again is safe only while no stream is open, so streams are counted here.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import logging
import threading
from dataclasses import dataclass
from typing import Any, Final

_LOG = logging.getLogger(__name__)

LOCK: Final = threading.RLock()
_streams = 0
_silenced: list[Any] = []


class PortAudioMissingError(Exception):
    """The library is not there; the text says so in words."""


@dataclass(frozen=True, slots=True)
class InputDevice:
    """A device that PortAudio can hear."""

    index: int
    name: str
    channels: int
    rate: int
    default: bool


def library() -> Any:
    """Return the sounddevice module.

    Raises
    ------
    PortAudioMissingError
        If it, or the PortAudio library that it wraps, does not load.
    """
    _silence_alsa()
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise PortAudioMissingError("cannot be heard: the PortAudio library is missing") from error
    return sounddevice


def devices(*, refresh: bool = True) -> list[InputDevice]:
    """Return the devices with input channels, looked for anew if no stream is open.

    Raises
    ------
    PortAudioMissingError
        If the library is not there.
    """
    with LOCK:
        sd = library()
        try:
            if refresh and _streams == 0:
                sd._terminate()
                sd._initialize()
            held = list(sd.query_devices())
            default = int(sd.default.device[0])
        except sd.PortAudioError:
            _LOG.warning("PortAudio cannot list its devices", exc_info=True)
            return []
        if default < 0:
            default = next((int(d["index"]) for d in held if d["name"] == "default"), -1)
        return [
            InputDevice(
                int(d["index"]),
                str(d["name"]),
                int(d["max_input_channels"]),
                round(d["default_samplerate"]),
                int(d["index"]) == default,
            )
            for d in held
            if d["max_input_channels"] > 0
        ]


def stream_opened() -> None:
    """Count a stream that is open."""
    global _streams
    with LOCK:
        _streams += 1


def stream_closed() -> None:
    """Count a stream that was closed."""
    global _streams
    with LOCK:
        _streams -= 1


def streams_open() -> int:
    """Return how many streams are open."""
    return _streams


def _silence_alsa() -> None:
    """Keep ALSA from printing on stderr about every device it does not find."""
    if _silenced:
        return
    handler = ctypes.CFUNCTYPE(
        None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
    )(lambda file, line, function, error, text: None)
    _silenced.append(handler)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(handler)
    except (OSError, AttributeError):
        _LOG.debug("no ALSA to silence")


if __name__ == "__main__":
    # A fresh process sees devices that came after this library was started in another.
    print(json.dumps([dataclasses.asdict(device) for device in devices()]))
