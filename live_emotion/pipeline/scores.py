"""What the scoring of a tick gives, and why a branch may have nothing to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import BranchEstimate, MissingReason
from live_emotion.core.media import FloatArray
from live_emotion.core.valence import Valence

# A piece of sound with less speech than this share says nothing of a voice.
SPEECH_SHARE_MIN: Final = 0.1

REASONS: Final[dict[Branch, MissingReason]] = {
    "vision": "no face",
    "audio": "no speech",
    "text": "no words",
}


@dataclass(frozen=True, slots=True)
class Scores:
    """What a tick gives.

    Attributes
    ----------
    fused
        ``(6,)`` of the followed person.
    branches
        Each branch's part of them.
    interval
        ``(2, 6)``, the range around them.
    people
        The fused scores ``(6,)`` of everyone whose face is in the window, by number.
    valence
        Of face and voice, where a network decodes it beside the emotions.
    """

    fused: FloatArray
    branches: dict[Branch, BranchEstimate]
    interval: FloatArray
    people: dict[int, FloatArray]
    valence: Valence | None = None
