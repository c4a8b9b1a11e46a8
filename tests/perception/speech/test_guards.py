from __future__ import annotations

import pytest

from live_emotion.core.percepts import Word
from live_emotion.perception.speech.guards import (
    credible,
    finite,
    normal,
    within_speech,
    without_loops,
)
from live_emotion.perception.speech.recognizer import Hypothesis


def said(text: str, t: float = 0.0, step: float = 0.3, probability: float = 0.9) -> list[Word]:
    return [
        Word(t + i * step, t + (i + 0.8) * step, word, probability)
        for i, word in enumerate(text.split())
    ]


def hypothesis(text: str, **figures: float) -> Hypothesis:
    return Hypothesis(tuple(said(text)), **figures)


def test_ordinary_speech_is_believed() -> None:
    assert credible(hypothesis("kids are talking", no_speech=0.3, log_probability=-0.8), 1.0)


@pytest.mark.parametrize(
    "dream",
    [
        Hypothesis(()),
        hypothesis("thank you", log_probability=-2.0),
        hypothesis("thank you", no_speech=0.9, log_probability=-1.2),
        hypothesis("you " * 30, compression=8.0),
        Hypothesis(tuple(said("thanks for watching", probability=0.1))),
    ],
)
def test_dreams_are_not(dream: Hypothesis) -> None:
    assert not credible(dream, 1.0)


def test_a_sentence_truly_repeated_is_believed() -> None:
    assert credible(hypothesis("dogs are sitting by the door " * 4, compression=3.0), 7.0)


def test_words_outside_the_voice_are_dropped() -> None:
    words = said("one two three four five", step=1.0)
    heard = within_speech(words, [(0.9, 1.9), (3.0, 3.9)])
    assert [w.word for w in heard] == ["two", "four"]
    assert within_speech(words, []) == []


def test_silence_at_the_ends_of_words_is_cut_off() -> None:
    stretched = [Word(0.0, 1.5, "kids", 0.9), Word(1.5, 3.0, "talk", 0.9)]
    assert within_speech(stretched, [(1.1, 2.2)]) == [
        Word(1.1, 1.5, "kids", 0.9),
        Word(1.5, 2.2, "talk", 0.9),
    ]


def test_a_stuck_decoder_is_cut_after_its_first_round() -> None:
    words = said("well " + "by the door " * 9)
    assert [w.word for w in without_loops(words)] == ["well", "by", "the", "door"]
    assert [w.word for w in without_loops(said("no " * 20))] == ["no"]


def test_people_may_repeat_themselves() -> None:
    for text in ("no no no no no", "by the door " * 3, "one two three four five six"):
        assert without_loops(said(text)) == said(text)


def test_words_piled_up_in_one_place_are_cut() -> None:
    words = said("kids are talking") + said("thanks for watching this", t=1.0, step=0.01)
    assert [w.word for w in without_loops(words)] == ["kids", "are", "talking"]


def test_comparison_forgets_case_and_marks() -> None:
    assert normal("Door.") == normal("door") == "door"
    assert normal("don't") == "dont"


def test_times_must_be_in_order() -> None:
    good = Word(0.0, 0.1, "a", 1.0)
    bad = [Word(float("nan"), 0.1, "b", 1.0), Word(0.3, 0.2, "c", 1.0)]
    assert finite([good, *bad]) == [good]
