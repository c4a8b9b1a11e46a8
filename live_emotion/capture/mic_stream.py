"""An open microphone: the callback copies into a ring buffer and notes when, nothing else."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from live_emotion.capture import portaudio
from live_emotion.capture.choices import MicrophoneChoice, best_match
from live_emotion.capture.portaudio import InputDevice, PortAudioMissingError
from live_emotion.capture.sound_server import ServerHangsError, ServerSource, sources
from live_emotion.core.media import FloatArray
from live_emotion.core.ring import RingBuffer

_LOG = logging.getLogger(__name__)

_HELD_S: Final = 10
_BLOCK_S: Final = 0.02
# Longer than this between capture and callback is no latency but a number made up by a driver.
_MOST_DELAY_S: Final = 10.0
_SOURCE_VARIABLE: Final = "PULSE_SOURCE"


class MicrophoneAwayError(Exception):
    """The microphone cannot be opened; the text ends the sentence "the microphone ..."."""


@dataclass(frozen=True, slots=True)
class Reading:
    """When a callback came: number of its first sample, and when that was captured (seconds)."""

    first: int
    t: float


class MicStream:
    """A PortAudio input stream, open and running.

    Parameters
    ----------
    device
        Which device.
    now
        Returns seconds on the session clock.
    wake
        Called when sound has come.
    source
        Name of the sound server's source that it was opened on; None if that was not ours to say.

    Attributes
    ----------
    rate, channels
        As opened.
    ring
        The sound, ``(n, channels)`` float32.
    ended
        Set when PortAudio gave the stream up by itself.
    """

    def __init__(
        self,
        device: InputDevice,
        now: Callable[[], float],
        wake: Callable[[], None],
        source: str | None = None,
    ) -> None:
        self.source = source
        self.rate = device.rate
        self.ended = threading.Event()
        self._now = now
        self._wake = wake
        self._readings: deque[Reading] = deque(maxlen=round(_HELD_S / _BLOCK_S))
        self._closing: threading.Thread | None = None
        self._stream: Any = None
        sd = portaudio.library()
        error: Exception | None = None
        # Most systems mix down by themselves; a bare card gives what it has.
        for channels in dict.fromkeys((1, min(2, device.channels), device.channels)):
            self.channels = channels
            self.ring: RingBuffer[np.float32] = RingBuffer(_HELD_S * self.rate, (channels,))
            try:
                self._stream = sd.InputStream(
                    device=device.index,
                    channels=channels,
                    samplerate=self.rate,
                    dtype="float32",
                    blocksize=round(self.rate * _BLOCK_S),
                    latency="low",
                    callback=self._callback,
                    finished_callback=self._finished,
                )
                self._stream.start()
            except sd.PortAudioError as caught:
                error = caught
                if self._stream is not None:
                    with contextlib.suppress(sd.PortAudioError):
                        self._stream.close()
                    self._stream = None
            else:
                portaudio.stream_opened()
                self.ended.clear()
                return
        _LOG.info("opening %s failed", device.name, exc_info=error)
        raise MicrophoneAwayError("cannot be opened")

    def readings(self) -> Iterator[Reading]:
        """Return the readings since the last call, oldest first."""
        while self._readings:
            yield self._readings.popleft()

    def take(self, first: int) -> tuple[int, FloatArray]:
        """Return the sound from sample `first` on, mixed to mono, and how many samples were lost.

        Samples are lost when nobody took them for ten seconds.
        """
        while True:
            last = self.ring.written
            start = max(first, self.ring.start)
            try:
                held = self.ring.read(start, last)
            except IndexError:  # overtaken while copying
                continue
            mono = held[:, 0] if self.channels == 1 else held.mean(axis=1, dtype=np.float32)
            return start - first, mono

    def close(self, patience_s: float = 1.0) -> bool:
        """Close the stream; return False if the sound server does not let go within `patience_s`.

        A server that hangs blocks PortAudio for as long. Then it is left to a thread of its own.
        """
        if self._closing is None:
            self._closing = threading.Thread(target=self._close, name="mic close", daemon=True)
            self._closing.start()
        self._closing.join(patience_s)
        if not self._closing.is_alive():
            return True
        # PortAudio would wait for the server at the end of the process, too.
        atexit.unregister(portaudio.library()._exit_handler)
        return False

    def _close(self) -> None:
        sd = portaudio.library()
        try:
            self._stream.abort()
            self._stream.close()
        except sd.PortAudioError:
            _LOG.info("closing the microphone failed", exc_info=True)
        finally:
            portaudio.stream_closed()

    def _callback(self, samples: FloatArray, count: int, time: Any, status: Any) -> None:
        now = self._now()
        delay = time.currentTime - time.inputBufferAdcTime
        if not 0.0 <= delay <= _MOST_DELAY_S:
            delay = 0.0
        # Without a word from the driver the block took at least its own length.
        self._readings.append(Reading(self.ring.written, now - max(delay, count / self.rate)))
        self.ring.append(samples)
        self._wake()

    def _finished(self) -> None:
        self.ended.set()
        self._wake()


def open_stream(
    choice: MicrophoneChoice, now: Callable[[], float], wake: Callable[[], None]
) -> MicStream:
    """Open the microphone that was chosen, and no other.

    Raises
    ------
    MicrophoneAwayError
        If it is not there or does not open.
    """
    try:
        # Asked first: a server that hangs would take PortAudio with it.
        offered = sources()
        with portaudio.LOCK:
            there = portaudio.devices()
            server = next((d for d in there if d.name == "pulse"), None)
            if server is None or offered is None:
                return MicStream(_device(choice, there), now, wake)
            wanted = None if choice.is_default else _server_source(choice.name, offered)
            if not offered:
                raise MicrophoneAwayError("is not there")
            with _pulse_source(wanted):
                return MicStream(server, now, wake, wanted)
    except PortAudioMissingError as missing:
        raise MicrophoneAwayError(str(missing)) from missing
    except ServerHangsError as hangs:
        raise MicrophoneAwayError("cannot be reached: the sound server hangs") from hangs


def _server_source(name: str, offered: list[ServerSource]) -> str:
    for names in ([s.name for s in offered], [s.description for s in offered]):
        found = best_match(name, names)
        if found is not None:
            return offered[found].name
    raise MicrophoneAwayError("is not there")


def _device(choice: MicrophoneChoice, there: list[InputDevice]) -> InputDevice:
    if choice.is_default:
        found = next((i for i, d in enumerate(there) if d.default), 0 if there else None)
    else:
        found = best_match(choice.name, [d.name for d in there])
    if found is None:
        raise MicrophoneAwayError("is not there")
    return there[found]


@contextlib.contextmanager
def _pulse_source(name: str | None) -> Iterator[None]:
    """Let the next stream begin at a source; ALSA's "pulse" device takes it from there only."""
    before = os.environ.get(_SOURCE_VARIABLE)
    if name is not None:
        os.environ[_SOURCE_VARIABLE] = name
    try:
        yield
    finally:
        if before is not None:
            os.environ[_SOURCE_VARIABLE] = before
        elif name is not None:
            del os.environ[_SOURCE_VARIABLE]
