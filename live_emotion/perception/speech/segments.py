"""From words of an utterance to the segments that are shown and recorded."""

from __future__ import annotations

from collections.abc import Sequence

from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.perception.speech.agreement import Agreement


class SegmentMaker:
    """Makes segments; knows whether tentative words are shown that have to be cleared.

    Parameters
    ----------
    separator
        What stands between two words.
    """

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._shown = False

    def make(
        self, agreement: Agreement, final: Sequence[Word], at: float, *, closes: bool
    ) -> list[TranscriptSegment]:
        """Return a segment of the words that are final now, if any, and one of those that are not.

        Parameters
        ----------
        agreement
            The words of the utterance, those that became final among them.
        final
            Words that became final just now.
        at
            Seconds on the session clock, for a segment without words.
        closes
            Whether the utterance ends here; the segment is there then, empty or not.
        """
        segments = []
        if final or (closes and agreement.committed):
            end = agreement.committed[-1].t1
            segments.append(self._segment(final, end, final=True, closes=closes))
            self._shown = False
        return segments + self.tentative(agreement, at)

    def tentative(self, agreement: Agreement, at: float) -> list[TranscriptSegment]:
        """Return the words that may yet change, or what clears them where they are gone."""
        words = agreement.tentative
        if not words and not self._shown:
            return []
        self._shown = bool(words)
        return [self._segment(words, at, final=False, closes=False)]

    def _segment(
        self, words: Sequence[Word], at: float, *, final: bool, closes: bool
    ) -> TranscriptSegment:
        text = self._separator.join(w.word for w in words)
        t0, t1 = (words[0].t0, words[-1].t1) if words else (at, at)
        return TranscriptSegment(t0, t1, text, final, tuple(words), closes)
