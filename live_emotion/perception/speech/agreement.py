"""Local agreement: a word is final once two passes in a row read it alike.

Machacek, Dabre, Bojar: Turning Whisper into Real-Time Transcription System, 2023, section 2.2
(LocalAgreement-2 of Polak et al., 2022). Final words are never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from live_emotion.core.percepts import Word
from live_emotion.perception.speech.guards import normal

_TAIL: Final = 3
_SEARCH: Final = 3


class Agreement:
    """The words of one utterance: final ones, and those of the last pass that may yet change.

    Parameters
    ----------
    earliest
        Seconds; no word begins before it.
    tentative
        Words that an earlier pass has read already.
    """

    def __init__(self, earliest: float, tentative: Sequence[Word] = ()) -> None:
        self._earliest = earliest
        self.committed: list[Word] = []
        self.tentative: list[Word] = list(tentative)

    def update(self, words: Sequence[Word]) -> list[Word]:
        """Take in a pass over the sound since the last trim, and return the words now final."""
        rest = list(words[continuation(self.committed, words) :])
        agreed = 0
        for old, new in zip(self.tentative, rest, strict=False):
            if normal(old.word) != normal(new.word):
                break
            agreed += 1
        final = self._commit(rest[:agreed])
        self.tentative = rest[agreed:]
        return final

    def finish(self, words: Sequence[Word] | None = None) -> list[Word]:
        """Take in the last pass, if there is another, and return all that is left as final."""
        rest = self.tentative if words is None else words[continuation(self.committed, words) :]
        final = self._commit(rest)
        self.tentative = []
        return final

    def _commit(self, words: Sequence[Word]) -> list[Word]:
        """Put words behind the final ones, with times that never go back."""
        final = []
        for word in words:
            floor = self.committed[-1].t1 if self.committed else self._earliest
            t0 = max(word.t0, floor)
            placed = Word(t0, max(word.t1, t0), word.word, word.probability)
            self.committed.append(placed)
            final.append(placed)
        return final


def continuation(committed: Sequence[Word], words: Sequence[Word]) -> int:
    """Return the index of the first of `words` that follows the final words.

    A pass reads the sound of the last final words once more, and its times differ a little:
    near the place that the times give, the one is taken whose last words read like the last
    final ones.
    """
    if not committed:
        return 0
    end = committed[-1].t1
    by_time = sum(1 for word in words if (word.t0 + word.t1) / 2 < end)
    tail = [normal(word.word) for word in committed[-_TAIL:]]
    keys = [normal(word.word) for word in words]

    def rank(k: int) -> tuple[int, int]:
        same = 0
        while same < min(len(tail), k) and tail[-1 - same] == keys[k - 1 - same]:
            same += 1
        return same, -abs(k - by_time)

    near = range(max(0, by_time - _SEARCH), min(len(words), by_time + _SEARCH) + 1)
    best = max(near, key=rank)
    return best if rank(best)[0] > 0 else by_time
