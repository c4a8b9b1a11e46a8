"""What keeps invented words out: Whisper writes fluent text even where nobody speaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from live_emotion.core.percepts import Word
from live_emotion.perception.speech.recognizer import Hypothesis

# Whisper's own limits (Radford et al., 2022, section 4.5), the log probability by itself set
# lower: short windows and emotional voices score worse than read speech.
NO_SPEECH: Final = 0.6
LOG_PROBABILITY: Final = -1.0
LEAST_LOG_PROBABILITY: Final = -1.6
COMPRESSION: Final = 2.4
# In little sound, or read with little certainty, a whole pass must be more probable than this.
LEAST_PROBABILITY: Final = 0.3
# Text that compresses well is a loop only if it is also said faster than anyone speaks:
# people do repeat sentences.
FASTEST_WORDS_PER_S: Final = 4.5
_PILE: Final = 3
_PILE_S: Final = 0.12
_LONGEST_LOOP: Final = 8
_REPEATS: Final = 3
_WORD_REPEATS: Final = 6
_VOICED_SHARE: Final = 0.25
_ENOUGH_S: Final = 0.25
_REACH_S: Final = 0.15
_UNREAD_S: Final = 0.7

Stretch = tuple[float, float]


def believed(hypothesis: Hypothesis, t0: float, t1: float, voiced: Sequence[Stretch]) -> list[Word]:
    """Return the words of a pass that can be believed, on the session clock.

    Parameters
    ----------
    hypothesis
        What the pass read.
    t0, t1
        The stretch of sound it read, seconds on the session clock.
    voiced
        Where a voice was heard within it.
    """
    if not credible(hypothesis, sum(b - a for a, b in voiced)):
        return []
    words = [Word(t0 + w.t0, min(t0 + w.t1, t1), w.word, w.probability) for w in hypothesis.words]
    return without_loops(within_speech(finite(words), voiced))


def credible(hypothesis: Hypothesis, voiced_s: float) -> bool:
    """Whether a pass reads like speech and not like the model's own dreams.

    Parameters
    ----------
    hypothesis
        What the pass read.
    voiced_s
        Seconds of voice in its clip.
    """
    if not hypothesis.words or hypothesis.log_probability < LEAST_LOG_PROBABILITY:
        return False
    too_fast = len(hypothesis.words) > FASTEST_WORDS_PER_S * voiced_s + 1.0
    if too_fast and hypothesis.compression > COMPRESSION:
        return False
    if hypothesis.no_speech > NO_SPEECH and hypothesis.log_probability < LOG_PROBABILITY:
        return False
    mean = sum(w.probability for w in hypothesis.words) / len(hypothesis.words)
    return mean >= LEAST_PROBABILITY


def within_speech(words: Sequence[Word], voiced: Sequence[Stretch]) -> list[Word]:
    """Return the words that lie where a voice was heard, without the silence at their ends.

    Whisper's alignment stretches the first word back to the start of the clip, and the last one
    into the silence behind it.

    Parameters
    ----------
    words
        On the same clock as `voiced`.
    voiced
        Stretches of voice ``(t0, t1)`` in order of time; they reach 0.15 s beyond themselves,
        as word times are no finer.
    """
    heard = []
    for word in words:
        length = max(word.t1 - word.t0, 0.02)
        touched = [
            (t0, t1) for t0, t1 in voiced if t1 + _REACH_S > word.t0 and t0 - _REACH_S < word.t1
        ]
        overlap = sum(
            min(t1 + _REACH_S, word.t0 + length) - max(t0 - _REACH_S, word.t0) for t0, t1 in touched
        )
        if touched and overlap >= min(_VOICED_SHARE * length, _ENOUGH_S):
            t0 = max(word.t0, min(touched[0][0], word.t1))
            t1 = max(t0, min(word.t1, touched[-1][1]))
            heard.append(replace(word, t0=t0, t1=t1))
    return heard


def unread_from(words: Sequence[Word], voiced: Sequence[Stretch]) -> float | None:
    """Return where a voice goes on that no word was read for, behind at least one that was.

    Whisper leaves out whole sentences now and then, above all where one resembles another.

    Parameters
    ----------
    words, voiced
        As `within_speech` has them.

    Returns
    -------
    float or None
        Seconds: the middle of the pause before the first such stretch, or the end of the word
        before it. None if all voice was read.
    """
    for at, word in enumerate(words):
        until = words[at + 1].t0 if at + 1 < len(words) else math.inf
        left = [(max(t0, word.t1), min(t1, until)) for t0, t1 in voiced]
        left = [(t0, t1) for t0, t1 in left if t1 > t0]
        if sum(t1 - t0 for t0, t1 in left) >= _UNREAD_S:
            return (word.t1 + left[0][0]) / 2
    return None


def without_loops(words: Sequence[Word]) -> list[Word]:
    """Return the words up to where a stuck decoder began to repeat itself.

    Words made up pile up in one place, for there is no sound to align them with: the words end
    where three lie within 0.12 s. Of what is left more than three runs of the same words in a row
    (of a single word: more than six) are cut after the first.
    """
    words = _without_piles(words)
    keys = [normal(word.word) for word in words]
    for at in range(len(keys)):
        for n in range(1, _LONGEST_LOOP + 1):
            most = _WORD_REPEATS if n == 1 else _REPEATS
            end = at + n * (most + 1)
            if end > len(keys):
                continue
            if all(keys[i] == keys[i - n] for i in range(at + n, end)):
                return words[: at + n]
    return words


def _without_piles(words: Sequence[Word]) -> list[Word]:
    for at in range(len(words) - _PILE + 1):
        if words[at + _PILE - 1].t1 - words[at].t0 < _PILE_S:
            return list(words[:at])
    return list(words)


def normal(word: str) -> str:
    """Return a word as it is compared: lower case, letters and digits only."""
    return "".join(c for c in word.casefold() if c.isalnum())


def finite(words: Sequence[Word]) -> list[Word]:
    """Return the words whose times are numbers and in order."""
    return [w for w in words if math.isfinite(w.t0) and math.isfinite(w.t1) and w.t1 >= w.t0]
