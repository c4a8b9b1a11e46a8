"""Who speaks, judged from made-up mouth movements and levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from live_emotion.pipeline.speaker import SpeakerJudge, Verdict
from tests.pipeline.talking import syllables

Moves = Callable[[float], float]
TALKS, LISTENS = syllables(1), syllables(2)


def moving(loudness: Moves) -> Moves:
    return lambda t: 0.15 * abs(loudness(t + 0.1) - loudness(t)) + 0.1 * loudness(t)


def still(t: float) -> float:
    return 0.004


def judged(
    people: Mapping[int, Moves],
    loud: Moves = TALKS,
    *,
    ticks: int = 15,
    judge: SpeakerJudge | None = None,
    first: int = 0,
    speech: float = 1.0,
) -> list[Verdict]:
    judge = judge if judge is not None else SpeakerJudge()
    verdicts = []
    for tick in range(first, first + ticks):
        steps = range(4 * tick, 4 * tick + 4)
        motions = {i: [(k, moves(k / 10)) for k in steps] for i, moves in people.items()}
        levels = np.array([-70 + 50 * loud(k / 10) for k in steps])
        verdicts.append(judge.judge(tick, motions, levels, speech, sorted(people)))
    return verdicts


def test_the_mouth_that_moves_with_the_speech_wins_over_a_still_one() -> None:
    for speaker in (1, 2):
        people = {1: still, 2: still} | {speaker: moving(TALKS)}
        verdict = judged(people)[-1]
        assert (verdict.speaker, verdict.sure) == (speaker, True)
        probability = verdict.speaking[speaker]
        assert probability is not None and probability > 0.8
        silent = verdict.speaking[3 - speaker]
        assert silent is not None and silent < 0.2


def test_of_two_moving_mouths_the_one_in_time_wins() -> None:
    late = judged({1: moving(LISTENS), 2: moving(TALKS)}, ticks=40)[10:]
    assert {v.speaker for v in late} <= {2, None}
    assert sum(v.speaker == 2 for v in late) > len(late) * 0.7


def test_two_alike_are_unsure() -> None:
    for verdict in judged({1: moving(TALKS), 2: moving(TALKS)}):
        assert verdict.speaker is None
    assert verdict.sure is False


def test_nobody_visible_speaks() -> None:
    verdict = judged({1: still, 2: still})[-1]
    assert (verdict.speaker, verdict.sure) == (None, False)


def test_one_face_is_believed_unless_it_is_clearly_still() -> None:
    assert judged({7: moving(TALKS)})[-1].speaker == 7
    # Not watched yet, so nothing speaks against it.
    early = judged({7: moving(TALKS)}, ticks=3)
    assert all(v.speaker == 7 for v in early if v.sure is not None)
    voice_over = judged({7: still})[-1]
    assert (voice_over.speaker, voice_over.sure) == (None, False)
    # Moving, but not in time: it may well be the one.
    assert judged({7: moving(LISTENS)})[-1].sure is True


@pytest.mark.parametrize("silence", ["no speech", "quiet", "no sound"])
def test_without_speech_nothing_is_said(silence: str) -> None:
    people = {1: moving(TALKS), 2: still}
    if silence == "no speech":
        verdict = judged(people, speech=0.0)[-1]
    elif silence == "quiet":
        verdict = judged(people, loud=lambda t: -1.0)[-1]
    else:
        verdict = SpeakerJudge().judge(0, {1: [(0, 0.1)]}, None, 0.0, [1, 2])
    assert verdict.sure is None
    assert verdict.speaker is None
    assert set(verdict.speaking.values()) == {None}


def test_the_next_speaker_takes_over_and_since_says_when() -> None:
    judge = SpeakerJudge()
    judged({1: moving(TALKS), 2: still}, judge=judge)
    later = judged({1: still, 2: moving(LISTENS)}, LISTENS, judge=judge, first=15, ticks=20)
    took_over = next(k for k, v in enumerate(later) if v.speaker == 2)
    assert 0.4 * took_over <= 4.5
    assert later[-1].since == 15 + took_over
    assert later[-1].changed


def test_a_speaker_who_pauses_stays_the_speaker() -> None:
    judge = SpeakerJudge()
    judged({1: moving(TALKS), 2: still}, judge=judge)
    pause = judged({1: still, 2: still}, lambda t: 0.0, judge=judge, first=15, ticks=4, speech=0.0)
    assert [v.speaker for v in pause] == [1] * 4


def test_someone_unwatched_makes_it_unsure() -> None:
    judge = SpeakerJudge()
    for tick in range(12):
        motions = {1: [(k, moving(TALKS)(k / 10)) for k in range(4 * tick, 4 * tick + 4)]}
        levels = np.array([-70 + 50 * TALKS(k / 10) for k in range(4 * tick, 4 * tick + 4)])
        verdict = judge.judge(tick, motions, levels, 1.0, [1, 2])
    assert verdict.speaker is None
    assert verdict.sure is False
    assert verdict.speaking[2] is None


def test_skipped_ticks_are_forgotten() -> None:
    judge = SpeakerJudge()
    judged({1: moving(TALKS), 2: still}, judge=judge)
    judge.skip(40)
    first = judged({1: still, 2: still}, lambda t: 0.0, judge=judge, first=40, ticks=1)[0]
    assert first.sure is None
