"""A microphone at any rate: 16 kHz mono blocks on the session clock, whatever happens to it.

The thread here takes from the ring buffer what the callback put there, places it on the session
clock, and opens the microphone again whenever it comes back.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from live_emotion.capture import sound_server
from live_emotion.capture.choices import MicrophoneChoice
from live_emotion.capture.device_sound import DeviceSound
from live_emotion.capture.mic_stream import MicrophoneAwayError, MicStream, open_stream
from live_emotion.capture.reconnecting import Backoff, DeviceWatch
from live_emotion.capture.sound_clock import SoundClock
from live_emotion.capture.sound_server import ServerSource, ServerWatch
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

_LOG = logging.getLogger(__name__)

# Sound that comes later than this is of no use to anybody any more.
LATE_S: Final = 1.5
MUTED_AFTER_S: Final = 3.0
# A stream that gives nothing for this long is opened anew, if the sound server is well.
_REOPEN_AFTER_S: Final = 4.0
_WELL_FOR_S: Final = 3.0
_POLL_S: Final = 0.1
_WAITING_S: Final = 5.0
_DRIFT_EVERY_S: Final = 60.0

Opener = Callable[[MicrophoneChoice, Callable[[], float], Callable[[], None]], MicStream]


class Microphone:
    """Hears a microphone until it is closed.

    Parameters
    ----------
    choice
        Which microphone.
    now
        Returns seconds on the session clock.
    wake
        Called when something is there to `take`.
    opener
        Opens the stream or raises `MicrophoneAwayError`.

    Attributes
    ----------
    watch
        Its state.
    dropped
        Samples at 16 kHz that came too late or that nobody took.
    drift_ppm
        How much faster the session clock runs than the card; NaN while unknown.
    """

    def __init__(
        self,
        choice: MicrophoneChoice,
        now: Callable[[], float],
        wake: Callable[[], None],
        opener: Opener | None = None,
    ) -> None:
        self.choice = choice
        self.watch = DeviceWatch("microphone", choice.label, now)
        self.dropped = 0
        self.drift_ppm = float("nan")
        self._now = now
        self._wake = wake
        self._opener = opener or open_stream
        self._blocks: deque[AudioBlock] = deque()
        self._heard = threading.Event()
        self._stop = threading.Event()
        self._server: ServerWatch | None = None
        self._thread = threading.Thread(target=self._run, name="microphone", daemon=True)

    def start(self) -> None:
        """Begin to look for the microphone."""
        self._thread.start()

    def close(self) -> None:
        """Turn the microphone off; waits until it has been let go of, if the system lets it."""
        self._stop.set()
        self._heard.set()
        if self._thread.is_alive():
            self._thread.join(3.0)

    def take(self) -> list[AudioBlock]:
        """Return the blocks since the last call, in order of time."""
        blocks = []
        while self._blocks:
            blocks.append(self._blocks.popleft())
        return blocks

    def _run(self) -> None:
        backoff = Backoff()
        self._server = ServerWatch() if sound_server.available() else None
        try:
            while not self._stop.is_set():
                try:
                    stream = self._opener(self.choice, self._now, self._heard.set)
                except MicrophoneAwayError as away:
                    self.watch.failed(str(away))
                except Exception:
                    # Whatever a driver does must not end the watching.
                    _LOG.exception("opening %s failed", self.choice.label)
                    self.watch.failed("cannot be opened")
                else:
                    session = _Listening(self, stream)
                    why = session.run()
                    if session.came:
                        backoff.reset()
                    self._let_go(stream)
                    if not self._stop.is_set():
                        self.watch.failed(why)
                self._stop.wait(backoff.next())
        finally:
            if self._server is not None:
                self._server.close()

    def _let_go(self, stream: MicStream) -> None:
        if not stream.close() and not self._stop.is_set():
            _LOG.warning("the sound server does not let go of %s", self.choice.label)
            while not self._stop.is_set() and not stream.close(0.5):
                pass


class _Listening:
    """One stream from its opening to its end."""

    def __init__(self, owner: Microphone, stream: MicStream) -> None:
        self._owner = owner
        self._stream = stream
        self._clock = SoundClock()
        self._sound = DeviceSound(stream.rate, self._clock)
        self._next = 0
        self._zeros = 0
        self._came_at = owner._now()
        self._source: ServerSource | None = None
        # An answer that is under way may be about the stream before this one.
        self._ask_from = owner._server.asked + 2 if owner._server is not None else 0
        self._logged = owner._now()
        self.came = False

    def run(self) -> str:
        """Listen until the stream ends; return why, as a part of a sentence."""
        owner = self._owner
        owner.watch.opened(f"{self._stream.rate} Hz")
        while not owner._stop.is_set():
            owner._heard.wait(_POLL_S)
            owner._heard.clear()
            self._drain()
            if self._stream.ended.is_set():
                return "stopped sending"
            moved = self._look_at_server()
            if moved is not None:
                return moved
            if self._is_dead():
                return "sends nothing"
        return ""

    def _drain(self) -> None:
        owner = self._owner
        for reading in self._stream.readings():
            self._clock.add(reading.first / self._stream.rate, reading.t)
        lost, samples = self._stream.take(self._next)
        if lost:
            self._sound.lost(lost)
            owner.dropped += round(lost * SAMPLE_RATE / self._stream.rate)
        self._next += lost + len(samples)
        if not len(samples):
            return
        self.came, self._came_at = True, owner._now()
        self._look_for_silence(samples)
        before = self._sound.overlapped
        blocks = self._sound.push(samples)
        owner.dropped += self._sound.overlapped - before
        for block in blocks:
            self._emit(block)
        owner.drift_ppm = self._clock.drift_ppm
        if owner._now() - self._logged >= _DRIFT_EVERY_S:
            self._logged = owner._now()
            _LOG.info(
                "%s drifts by %.0f ppm against the session clock; its line was drawn anew %d times",
                owner.choice.label,
                owner.drift_ppm,
                self._clock.rebased,
            )

    def _emit(self, block: AudioBlock) -> None:
        owner = self._owner
        if owner._now() - block.t_end > LATE_S:
            owner.dropped += len(block.samples)
            return
        owner._blocks.append(block)
        while block.t_end - owner._blocks[0].t > _WAITING_S:
            owner.dropped += len(owner._blocks.popleft().samples)
        owner.watch.data(block.t_end)
        owner._wake()

    def _look_for_silence(self, samples: FloatArray) -> None:
        """Notice a run of exact zeros: no microphone is that quiet."""
        loud = np.flatnonzero(samples)
        self._zeros = self._zeros + len(samples) if not len(loud) else len(samples) - 1 - loud[-1]
        if self._zeros < MUTED_AFTER_S * self._stream.rate:
            self._owner.watch.muted(None)
            return
        server = self._owner._server
        if server is not None and server.hearing is not None and server.hearing.muted:
            self._owner.watch.muted("is muted in the system's sound settings")
        else:
            self._owner.watch.muted("gives nothing but exact zeros: it may be muted")

    def _look_at_server(self) -> str | None:
        """Notice that the sound server moved the stream; return why it must end, if it must."""
        owner, server = self._owner, self._owner._server
        if server is None or server.asked < self._ask_from or server.hearing is None:
            return None
        heard = server.hearing.source
        if heard is None:
            return None
        before, self._source = self._source, heard
        wanted = self._stream.source
        if wanted is not None and heard.name != wanted:
            return f"went away (the system put “{heard.description}” in its place)"
        if before is None:
            owner.watch.note(f"is “{heard.description}” ({heard.name})")
        elif before.name != heard.name:
            owner.watch.note(f"moved from “{before.description}” to “{heard.description}”")
        return None

    def _is_dead(self) -> bool:
        """Whether nothing comes although the sound server is well: opening anew may help."""
        owner = self._owner
        if owner._now() - self._came_at < _REOPEN_AFTER_S:
            return False
        # Closing the stream of a server that hangs would hang, too.
        return owner._server is None or owner._server.well(_WELL_FOR_S)
