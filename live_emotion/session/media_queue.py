"""What waits to be stored: bounded, and never in the way of whoever brings it."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE

# 0.8 s at 30 pictures a second; 22 MB at 640x480.
PICTURES: Final = 24
SOUND_SAMPLES: Final = 10 * SAMPLE_RATE


class MediaQueue:
    """Takes pictures and sound from any thread, and gives them to one, the earlier first.

    When it is full the oldest are dropped and counted; `put` never waits.

    Parameters
    ----------
    pictures, samples
        How many pictures and samples of sound may wait.

    Attributes
    ----------
    dropped_pictures, dropped_samples
        What had no room.
    """

    def __init__(self, pictures: int = PICTURES, samples: int = SOUND_SAMPLES) -> None:
        self._pictures: deque[VideoFrame] = deque()
        self._blocks: deque[AudioBlock] = deque()
        self._most_pictures, self._most_samples = pictures, samples
        self._samples = 0
        self._ended = False
        self._there = threading.Condition()
        self.dropped_pictures = self.dropped_samples = 0

    def put(self, event: VideoFrame | AudioBlock) -> None:
        """Add a picture or a block of sound; nothing is added after `end`."""
        with self._there:
            if self._ended:
                return
            if isinstance(event, VideoFrame):
                self._pictures.append(event)
                if len(self._pictures) > self._most_pictures:
                    self._pictures.popleft()
                    self.dropped_pictures += 1
            else:
                self._blocks.append(event)
                self._samples += len(event.samples)
                while self._samples > self._most_samples:
                    self.dropped_samples += self._pop_block()
            self._there.notify()

    def take(self, timeout: float) -> VideoFrame | AudioBlock | None:
        """Return what is earliest, waiting for it up to `timeout` seconds; None for nothing."""
        with self._there:
            if not (self._pictures or self._blocks or self._ended):
                self._there.wait(timeout)
            if self._pictures and (not self._blocks or self._pictures[0].t <= self._blocks[0].t):
                return self._pictures.popleft()
            if not self._blocks:
                return None
            block = self._blocks[0]
            self._pop_block()
            return block

    def end(self, *, drop: bool = False) -> None:
        """Take nothing more; what waits is still given out, unless it is to be dropped."""
        with self._there:
            self._ended = True
            if drop:
                self.dropped_pictures += len(self._pictures)
                self.dropped_samples += self._samples
                self._pictures.clear()
                self._blocks.clear()
                self._samples = 0
            self._there.notify_all()

    @property
    def over(self) -> bool:
        """Whether it was ended and nothing waits any more."""
        with self._there:
            return self._ended and not (self._pictures or self._blocks)

    def _pop_block(self) -> int:
        """Let go of the oldest block; return the number of its samples."""
        count = len(self._blocks.popleft().samples)
        self._samples -= count
        return count
