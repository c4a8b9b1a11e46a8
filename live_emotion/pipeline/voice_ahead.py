"""Voice activity worked out once, ahead of the flow, and taken by the flow at its own time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from live_emotion.core.media import AudioBlock
from live_emotion.perception.speech.activity import Span, VoiceActivity

_EPSILON_S = 1e-6


class VoiceAhead:
    """Hands the voice activity of a reader's ticks to the flow that comes after it.

    The flow gets the very numbers that it would have got by itself. Where the reader has ended, it
    goes on with the reader's network; where its sound is another, as in a file whose sound lies
    too far from the pictures to be waited for, with a network of its own.

    Parameters
    ----------
    activity
        Finds the voice in the sound.
    held
        Ticks that the reader may be ahead.
    want
        Called with a time in seconds to which the flow wants the sound read.
    """

    def __init__(self, activity: VoiceActivity, held: int, want: Callable[[float], None]) -> None:
        self._activity = activity
        self._want = want
        self._changed = threading.Condition()
        self._read: deque[tuple[AudioBlock, list[Span]]] = deque(maxlen=held)
        self._ended = False
        self._own: VoiceActivity | None = None

    def read(self, block: AudioBlock) -> list[Span]:
        """Take a tick's sound on the reader's thread; return its voice activity."""
        spans = self._activity.push(block)
        with self._changed:
            self._read.append((block, spans))
            self._changed.notify_all()
        return spans

    def end(self) -> None:
        """Say that the reader takes no more sound."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def push(self, block: AudioBlock) -> list[Span]:
        """Return the voice activity of the flow's next tick; may wait for the reader."""
        if self._own is None:
            self._want(block.t_end)
            with self._changed:
                self._changed.wait_for(lambda: self._ended or self._knows(block))
                read, spans = self._read.popleft() if self._read else (None, [])
            if read is not None and np.array_equal(read.samples, block.samples):
                return spans
            self._own = self._activity if read is None else VoiceActivity()
        return self._own.push(block)

    def _knows(self, block: AudioBlock) -> bool:
        return bool(self._read) and self._read[-1][0].t >= block.t - _EPSILON_S
