"""Sentences as a speech recogniser would write them.

A transcript has no reliable punctuation or case, loses short words and mishears some. Training
rows are changed the same way, afresh each epoch, so the text branch is at home in transcripts
without forgetting written text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

_APART = re.compile(r"[^\w\s']+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TextNoise:
    """How often each change happens, as probabilities.

    Attributes
    ----------
    strip
        Of losing all punctuation but the apostrophe (which a recogniser writes).
    apostrophe
        Of losing the apostrophes too, given `strip`.
    damage
        Of a sentence being damaged at all; the next three are per word of such a sentence.
    drop, swap, cut
        Of a word being lost, of changing place with the next, of losing its last letter.
    """

    strip: float = 0.5
    apostrophe: float = 0.2
    damage: float = 0.3
    drop: float = 0.06
    swap: float = 0.03
    cut: float = 0.03


def without_punctuation(text: str) -> str:
    """Return a text in lower case without punctuation; apostrophes stay."""
    return _SPACES.sub(" ", _APART.sub(" ", text.lower())).strip()


def as_recognised(text: str, rng: np.random.Generator, noise: TextNoise) -> str:
    """Return a text changed at random; never empty unless `text` is."""
    changed = text
    if rng.random() < noise.strip:
        changed = without_punctuation(text)
        if rng.random() < noise.apostrophe:
            changed = changed.replace("'", "")
    if rng.random() < noise.damage:
        words = changed.split()
        chance = rng.random((len(words), 3))
        for i in range(len(words) - 1):
            if chance[i, 1] < noise.swap:
                words[i], words[i + 1] = words[i + 1], words[i]
        words = [
            word[:-1] if chance[i, 2] < noise.cut and len(word) > 3 else word
            for i, word in enumerate(words)
            if chance[i, 0] >= noise.drop
        ]
        changed = " ".join(words)
    return changed if changed.strip() else text
