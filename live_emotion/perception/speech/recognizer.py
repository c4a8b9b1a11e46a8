"""What reads the words of a clip of sound, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Word


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What one pass over a clip read.

    Attributes
    ----------
    words
        Their times are seconds from the clip's first sample.
    no_speech
        The model's probability that the clip holds no speech, 0..1.
    log_probability
        Mean natural logarithm of the tokens' probabilities.
    compression
        Length of the text over its deflated length; high when it repeats itself.
    """

    words: tuple[Word, ...]
    no_speech: float = 0.0
    log_probability: float = 0.0
    compression: float = 1.0


class Recognizer(Protocol):
    """Reads the words of a clip. The same clip gives the same words."""

    @property
    def separator(self) -> str:
        """What stands between two words: a space, or nothing in some languages."""

    def recognize(self, samples: FloatArray) -> Hypothesis:
        """Read a clip, ``(n,)`` float32 at 16 kHz, up to 30 s."""
