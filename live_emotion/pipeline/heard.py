"""What a tick brought to the ear: the mel piece, how loud it was, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import MelPiece

SILENCE_DB: Final = -120.0
STEPS_PER_TICK: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The sound of a tick.

    Attributes
    ----------
    piece
        For the voice branch; None without sound, or where too little of it arrived.
    level_db
        Root mean square in dBFS; None without sound.
    steps_db
        ``(4,)`` the same of each tenth of a second; None without sound.
    """

    piece: MelPiece | None = None
    level_db: float | None = None
    steps_db: NDArray[np.float64] | None = None

    @property
    def speech(self) -> float:
        """Share of the tick that is speech, 0..1."""
        return 0.0 if self.piece is None else self.piece.speech


def level_db(samples: FloatArray) -> float:
    """Return the root mean square of samples -1..1 in dBFS, -120 at the least."""
    if len(samples) == 0:
        return SILENCE_DB
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return max(SILENCE_DB, 20.0 * float(np.log10(max(rms, 1e-12))))


def step_levels_db(samples: FloatArray) -> NDArray[np.float64]:
    """Return the levels ``(4,)`` of the quarters of a tick in dBFS."""
    return np.array([level_db(quarter) for quarter in np.array_split(samples, STEPS_PER_TICK)])
