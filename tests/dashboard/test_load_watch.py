"""Under load the flow does less, the health strip says so, and both come back."""

from __future__ import annotations

from dataclasses import replace

from live_emotion.core.estimate import Health
from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.live_model import health_texts
from live_emotion.dashboard.load_watch import HOLD_S, LoadWatch
from live_emotion.dashboard.speaking import speak
from live_emotion.pipeline.live_flow import PATIENCE_S, REST_TICKS, SKIP_AFTER_S
from tests.pipeline.test_live_flow import Bench, lags

CALM = Health(0.0, 1, 1, 30.0, 1.0, 5.0, 9.0, {"ticks": 0, "face_searches": 0}, 100.0, 0.5)
FEWER, NONE = "busy, fewer face searches now", "busy, scores are left out now"


def at(t: float, **dropped: int) -> Health:
    return replace(CALM, t=t, dropped=dict(CALM.dropped) | dropped)


def test_what_grows_is_told_for_a_moment() -> None:
    load = LoadWatch()
    assert load.words(None) == ""
    assert load.words(at(1.0, face_searches=7)) == ""  # nobody saw it grow
    assert load.words(at(2.0, face_searches=8)) == FEWER
    assert load.words(at(2.0, face_searches=8)) == FEWER
    assert load.words(at(3.0, face_searches=8, ticks=2)) == NONE
    assert load.words(at(3.0 + HOLD_S, face_searches=8, ticks=2)) == ""
    assert load.words(at(0.5)) == ""  # another session
    texts = health_texts(at(2.0, face_searches=8), "", FEWER)
    assert texts["dropped"] == f"{FEWER}; 8 face searches"
    assert health_texts(at(2.0), "")["dropped"] == "nothing"


def test_words_that_are_left_out_are_told_in_seconds() -> None:
    load = LoadWatch()
    load.words(at(1.0, transcript_audio=0))
    unheard = at(2.0, transcript_audio=40_000, audio_samples=100, face_searches=1)
    words = load.words(unheard)
    assert words == "busy, words are left out now"
    assert load.words(replace(unheard, t=2.0 + HOLD_S)) == ""
    told = health_texts(unheard, "", words)["dropped"]
    assert "2.5 s of speech without transcript" in told
    assert "0.1 s of sound" in told
    speak("de")
    assert load.words(replace(unheard, t=0.1)) == ""
    assert load.words(at(0.5, transcript_audio=50_000)) == "ausgelastet, Worte entfallen gerade"
    assert "2,5 s Sprache ohne Transkript" in health_texts(unheard, "")["dropped"]


def told(bench: Bench, load: LoadWatch, start: int) -> list[str]:
    return [load.words(health) for health in bench.seen.healths[start:]]


def test_the_flow_sheds_says_so_and_comes_back() -> None:
    bench = Bench()
    load = LoadWatch()
    bench.run(8.05)
    assert set(told(bench, load, 0)) == {""}
    seen = len(bench.seen.healths)
    bench.hand.t += PATIENCE_S + 0.7  # a moment's standstill: fewer searches
    bench.run(12.05)
    assert FEWER in told(bench, load, seen)
    assert bench.flow.dropped()["ticks"] == 0
    seen = len(bench.seen.healths)
    bench.hand.t += PATIENCE_S + SKIP_AFTER_S + 2.0  # a long one: scores, too
    bench.run(20.05)
    assert NONE in told(bench, load, seen)
    shed = bench.flow.dropped()
    assert shed["ticks"] > 0
    # All is well again: nothing more is left out, every tick is scored in time.
    bench.run(20.05 + REST_TICKS * TICK_S + HOLD_S)
    dropped = bench.flow.dropped()
    seen, before = len(bench.seen.healths), len(bench.seen.estimates)
    bench.scored_at.clear()
    bench.run(bench.hand.t + 8.0)
    assert bench.flow.dropped() == dropped
    assert dropped["ticks"] == shed["ticks"]
    assert not bench.sight.resting
    assert set(told(bench, load, seen)) == {""}
    bench.seen.estimates[:before] = []
    assert len(bench.seen.estimates) >= 19
    assert max(lags(bench)) < 0.2
