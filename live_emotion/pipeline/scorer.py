"""Six scores a tick: each encoder runs once on what is new, the rest is remembered.

The encoders see single faces and single mel pieces, so a window that slides by one tick needs
only the new face and the new piece; the 64-wide vectors of the other eleven ticks are kept and
the sequence encoders run again over all twelve. On the tick grid this equals recomputing the
whole window. Words are scored again only when they changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.core.estimate import BranchEstimate, MissingReason, no_scores
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import FaceCrop, MelPiece
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.presets import VECTOR_WIDTH
from live_emotion.pipeline.spread import SpreadMeter
from live_emotion.runtime.encoders import EncoderSet

SPEECH_SHARE_MIN: Final = 0.1

_REASONS: Final[dict[Branch, MissingReason]] = {
    "vision": "no face",
    "audio": "no speech",
    "text": "no words",
}
_NOTHING: Final[Mapping[Branch, MissingReason]] = {}

Sequence = Callable[[FloatArray, np.ndarray], FloatArray]


class VectorWindow:
    """The vectors of the last 12 ticks with whose they are (0 = nobody's: masked out)."""

    def __init__(self) -> None:
        self._vectors: RingBuffer[np.float32] = RingBuffer(WINDOW_TICKS, (VECTOR_WIDTH,))
        self._owners: deque[int] = deque(maxlen=WINDOW_TICKS)

    def push(self, vector: FloatArray | None, owner: int = 1) -> None:
        """Append a tick's ``(64,)`` vector, or None where the tick has none."""
        held = np.zeros(VECTOR_WIDTH, np.float32) if vector is None else vector
        self._vectors.append(held[np.newaxis])
        self._owners.append(0 if vector is None else owner)

    def logits(self, sequence: Sequence) -> FloatArray | None:
        """Run a sequence encoder over the window of its latest owner; None if it has none."""
        owners = np.fromiter(self._owners, dtype=np.int64)
        if not owners.any():
            return None
        present = owners == owners[np.flatnonzero(owners)[-1]]
        return sequence(self._vectors.latest(WINDOW_TICKS), present)

    @property
    def count(self) -> int:
        """How many of the ticks belong to the latest owner."""
        owners = [owner for owner in self._owners if owner]
        return owners.count(owners[-1]) if owners else 0


@dataclass(frozen=True, slots=True)
class Scores:
    """Fused scores ``(6,)``, each branch's part, and the range ``(2, 6)`` of the fused ones."""

    fused: FloatArray
    branches: dict[Branch, BranchEstimate]
    interval: FloatArray


class Scorer:
    """Keeps the windows of a session and scores it tick by tick.

    Parameters
    ----------
    encoders
        The compiled networks with their calibration.
    absent
        Branches that can never come, and why.
    """

    def __init__(self, encoders: EncoderSet, absent: dict[Branch, MissingReason]) -> None:
        self._encoders = encoders
        self._absent = absent
        self._vision = VectorWindow()
        self._audio = VectorWindow()
        self._text: tuple[str, FloatArray | None] = ("", None)
        self._spread = SpreadMeter(encoders.fuse)

    def score(
        self,
        crop: FaceCrop | None,
        piece: MelPiece | None,
        text: str,
        missing: Mapping[Branch, MissingReason] = _NOTHING,
    ) -> Scores:
        """Score the tick that brought this face, this sound and these words.

        Branches that are `missing` have no scores now, whatever their windows still hold.
        """
        self._see(crop)
        self._hear(piece)
        logits: dict[Branch, FloatArray | None] = {
            "vision": self._vision.logits(self._encoders.vision_sequence),
            "audio": self._audio.logits(self._encoders.audio_sequence),
            "text": self._read(text),
        }
        logits |= dict.fromkeys(missing)
        fused, weights = self._encoders.fuse(logits)
        counts: dict[Branch, int] = {
            "vision": self._vision.count,
            "audio": self._audio.count,
            "text": len(text.split()),
        }
        return Scores(
            fused,
            {b: self._branch(b, logits[b], weights.get(b, 0.0), missing) for b in BRANCHES},
            self._spread.measure(fused, logits, counts),
        )

    def skip(self) -> None:
        """Let a tick go by unscored; the windows slide on."""
        self._vision.push(None)
        self._audio.push(None)
        self._spread.skip()

    def _see(self, crop: FaceCrop | None) -> None:
        if crop is None:
            self._vision.push(None)
        else:
            vectors = self._encoders.vision_face(crop.image[np.newaxis])
            self._vision.push(vectors[0], crop.face.id)

    def _hear(self, piece: MelPiece | None) -> None:
        if piece is None or piece.speech < SPEECH_SHARE_MIN:
            self._audio.push(None)
        else:
            self._audio.push(self._encoders.audio_piece(piece.mel[np.newaxis])[0])

    def _read(self, text: str) -> FloatArray | None:
        if text != self._text[0]:
            self._text = (text, self._encoders.text(text) if text else None)
        return self._text[1]

    def _branch(
        self,
        branch: Branch,
        logits: FloatArray | None,
        weight: float,
        missing: Mapping[Branch, MissingReason],
    ) -> BranchEstimate:
        if logits is None:
            reason = missing.get(branch) or self._absent.get(branch) or _REASONS[branch]
            return BranchEstimate(no_scores(), 0.0, reason)
        return BranchEstimate(self._encoders.calibrate(branch, logits), float(weight), None)
