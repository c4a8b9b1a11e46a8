"""Where to cut speech: between words that were read, or in a pause of the voice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from live_emotion.core.percepts import Word

_SENTENCE_END: Final = (".", "!", "?", "。", "！", "？")
_END_BONUS_S: Final = 0.3


def gap_to_trim(words: Sequence[Word], earliest: float, latest: float) -> float | None:
    """Return the middle of the best gap between words that lies in a span, None without one.

    Parameters
    ----------
    words
        In order of time.
    earliest, latest
        Seconds.
    """
    gaps = [
        (_gap(a, b.t0), (a.t1 + b.t0) / 2)
        for a, b in pairwise(words)
        if earliest <= a.t1 and b.t0 <= latest
    ]
    return max(gaps)[1] if gaps else None


def gap_to_cut(words: Sequence[Word], earliest: float, end: float) -> tuple[int, float]:
    """Return how many words come before the best cut behind `earliest`, and its time.

    Parameters
    ----------
    words
        In order of time.
    earliest
        No word that ends before it may be the last.
    end
        End of the sound; the cut where no word ends late enough.
    """
    starts = [*(w.t0 for w in words[1:]), end][: len(words)]
    gaps = [
        (_gap(word, start), i + 1, (word.t1 + start) / 2)
        for i, (word, start) in enumerate(zip(words, starts, strict=True))
        if word.t1 >= earliest
    ]
    _, count, at = max(gaps, default=(0.0, len(words), end))
    return count, at


def pause_to_cut(voiced: Sequence[tuple[float, float]], t0: float, t1: float) -> float:
    """Return the middle of the longest pause in the middle half of a stretch, or its middle.

    Parameters
    ----------
    voiced
        Stretches of voice within the stretch, in order of time.
    t0, t1
        The stretch, in seconds.
    """
    quarter = (t1 - t0) / 4
    pauses = [
        (b[0] - a[1], (a[1] + b[0]) / 2)
        for a, b in pairwise(voiced)
        if b[0] >= t0 + quarter and a[1] <= t1 - quarter
    ]
    return max(pauses, default=(0.0, (t0 + t1) / 2))[1]


def _gap(word: Word, following: float) -> float:
    """Return how good a place to cut lies behind a word: the pause, more where a sentence ends."""
    return following - word.t1 + (_END_BONUS_S if word.word.endswith(_SENTENCE_END) else 0.0)
