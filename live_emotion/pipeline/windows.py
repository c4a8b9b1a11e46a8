"""The vectors of the last ticks, 12 unless fewer are asked for: of one face, or of the sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import FloatArray
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.sizes import VECTOR_WIDTH

Mask = NDArray[np.bool_]
SequenceEncoder = Callable[[FloatArray, Mask], FloatArray]


class VectorWindow:
    """The vectors of the last `ticks` ticks, and which ticks have one."""

    def __init__(self, ticks: int = WINDOW_TICKS) -> None:
        self._vectors: RingBuffer[np.float32] = RingBuffer(ticks, (VECTOR_WIDTH,))
        self._present: deque[bool] = deque(maxlen=ticks)

    @property
    def present(self) -> Mask:
        """Which of the ticks have a vector, ``(n,)`` bool, n at most `ticks`."""
        return np.fromiter(self._present, dtype=np.bool_)

    def push(self, vector: FloatArray | None) -> None:
        """Append a tick's ``(64,)`` vector, or None where the tick has none."""
        held = np.zeros(VECTOR_WIDTH, np.float32) if vector is None else vector
        self._vectors.append(held[np.newaxis])
        self._present.append(vector is not None)

    def logits(self, sequence: SequenceEncoder, only: Mask | None = None) -> FloatArray | None:
        """Run a sequence encoder over the window; None if there is nothing in it.

        Parameters
        ----------
        sequence
            Takes vectors ``(n, 64)`` and a mask ``(n,)``.
        only
            ``(n,)`` bool, the ticks that count; all by default.
        """
        present = self.present if only is None else self.present & only
        return sequence(self._vectors.latest(len(present)), present) if present.any() else None


class SoundWindow(VectorWindow):
    """The sound of the last ticks, and whose it is: a number, or None where that is unsure."""

    def __init__(self, ticks: int = WINDOW_TICKS) -> None:
        super().__init__(ticks)
        self._owners: deque[int | None] = deque(maxlen=ticks)

    def hear(self, vector: FloatArray | None, owner: int | None) -> None:
        """Append a tick's vector, and whose voice it is."""
        self.push(vector)
        self._owners.append(owner)

    def of(self, person: int | None, *, unsure: bool) -> Mask:
        """Return the ticks with a person's voice, ``(n,)``, the unsure ones among them if so."""
        mine = [o == person if o is not None else unsure for o in self._owners]
        return np.array(mine, np.bool_) & self.present
