from __future__ import annotations

from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.pipeline.words import WordLedger


def segment(*words: tuple[float, str], final: bool, closes: bool = False) -> TranscriptSegment:
    made = tuple(Word(t, t + 0.3, word, 1.0) for t, word in words)
    return TranscriptSegment(0.0, 0.0, "", final, made, closes)


def test_the_open_utterance_counts_whole_and_closed_ones_while_in_the_window() -> None:
    ledger = WordLedger()
    ledger.add(segment((0.0, "so"), (0.5, "we"), final=True))
    ledger.add(segment((1.0, "meat"), final=False))
    assert ledger.text((1.0, 5.8)) == "so we meat"
    # A pass that comes late may have read words that are older than the window.
    assert ledger.text((4.0, 8.8)) == ""
    ledger.add(segment((1.0, "meet"), (1.5, "again"), final=True, closes=True))
    assert ledger.text((0.0, 4.8)) == "so we meet again"
    assert ledger.text((1.2, 6.0)) == "meet again"
    assert ledger.text((4.0, 8.8)) == ""


def test_tentative_words_are_replaced_not_added() -> None:
    ledger = WordLedger()
    ledger.add(segment((0.0, "hell"), final=False))
    ledger.add(segment((0.0, "hello"), final=False))
    assert ledger.text((0.0, 4.8)) == "hello"
    ledger.add(segment(final=False))
    assert ledger.text((0.0, 4.8)) == ""
