"""The live flow on a clock that is set by hand: ticks when due, nothing invented, load shed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from live_emotion.capture.reconnecting import DeviceState
from live_emotion.capture.source import SourceInfo
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline.flow import Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.live_flow import PATIENCE_S, SKIP_AFTER_S, LiveFlow
from live_emotion.pipeline.sight import FaceWatch
from tests.pipeline.test_flow import Encoders, Finder, Seen

STEP = 0.02
DELAY = 0.05


@dataclass
class Hand:
    """A clock, and a source that has only states."""

    t: float = 0.0
    paused: bool = False
    camera_state: DeviceState | None = "live"
    microphone_state: DeviceState | None = "live"
    dropped: dict[str, int] = field(default_factory=lambda: {"video_frames": 3, "audio_samples": 0})
    drift_ppm: float = 12.0

    def now(self) -> float:
        return self.t


class Bench:
    def __init__(self, first_tick: int = 0) -> None:
        self.hand = Hand()
        self.seen = Seen()
        self.meter = HealthMeter()
        self.sight = FaceWatch(Finder(), FaceTracker(), phase_s=0.15)  # type: ignore[arg-type]
        info = SourceInfo("made up", True, True, 0, 0, 0.0, None)
        stages = Stages(self.sight, None, Encoders())  # type: ignore[arg-type]
        self.flow = LiveFlow(
            info,
            stages,
            self.seen,
            self.meter,
            first_tick,
            words=None,
            senses=self.hand,
            clock=self.hand,
        )
        self.scored_at: list[float] = []

    def run(
        self, t1: float, *, video: bool = True, audio: bool = True, delay: float = DELAY
    ) -> None:
        """Let time pass until `t1`; sound comes `delay` late."""
        image = np.full((60, 80, 3), 255, np.uint8)
        while self.hand.t < t1 - 1e-9:
            self.hand.t = round(self.hand.t + STEP, 6)
            before = len(self.seen.estimates)
            if video:
                self.flow.push(VideoFrame(self.hand.t, 0, 80, 60, lambda: image))
            start = self.hand.t - delay - STEP
            if audio and start >= 0.0:
                self.flow.push(AudioBlock(start, noise(STEP)))
            self.flow.advance()
            self.scored_at += [self.hand.t] * (len(self.seen.estimates) - before)

    def reasons(self, branch: str) -> list[str | None]:
        return [e.branches[branch].reason for e in self.seen.estimates]  # type: ignore[index]


def noise(seconds: float) -> np.ndarray:
    return np.full(round(seconds * SAMPLE_RATE), 0.01, np.float32)


def pieces(bench: Bench) -> list[int]:
    """Return a list that will tell, for each tick scored from now on, whether it had sound."""
    heard: list[int] = []
    spied = bench.flow._scorer.score

    def score(crop: object, piece: object, text: str, missing: object, **people: object) -> object:
        heard.append(0 if piece is None else 1)
        return spied(crop, piece, text, missing, **people)  # type: ignore[arg-type]

    bench.flow._scorer.score = score  # type: ignore[method-assign, assignment]
    return heard


def lags(bench: Bench) -> list[float]:
    return [at - e.t for at, e in zip(bench.scored_at, bench.seen.estimates, strict=True)]


def test_every_tick_is_scored_when_its_sound_is_there() -> None:
    bench = Bench()
    bench.run(8.1)
    assert [e.tick for e in bench.seen.estimates] == list(range(20))
    assert max(lags(bench)) <= DELAY + 2 * STEP
    assert set(bench.reasons("vision")) == {None}
    assert all(e.face is not None for e in bench.seen.estimates)
    # The face that went in is at most 70 ms older than the tick's end.
    assert all(e.t - e.face.t < 0.07 for e in bench.seen.estimates if e.face is not None)


def test_sound_that_always_comes_late_is_waited_for() -> None:
    bench = Bench()
    heard = pieces(bench)
    bench.run(8.1, delay=0.7)
    assert sum(heard[5:]) == len(heard[5:]), "after a moment every tick has its sound"
    assert bench.flow.dropped()["ticks"] == 0
    assert max(lags(bench)) <= 0.7 + 3 * STEP
    # Once sound is in time again, so are the scores.
    bench.scored_at.clear()
    bench.seen.estimates.clear()
    bench.run(16.1)
    assert max(lags(bench)[3:]) <= DELAY + 2 * STEP
    bench.scored_at.clear()
    bench.seen.estimates.clear()
    bench.run(20.1, audio=False)
    assert max(lags(bench)) <= PATIENCE_S + 2 * STEP


def test_ticks_do_not_wait_for_sound_that_does_not_come() -> None:
    bench = Bench()
    bench.run(4.0)
    bench.run(8.3, audio=False)
    assert [e.tick for e in bench.seen.estimates] == list(range(20))
    assert max(lags(bench)) <= PATIENCE_S + 2 * STEP
    bench.hand.microphone_state = "stalled"
    bench.scored_at.clear()
    bench.seen.estimates.clear()
    bench.run(12.1, audio=False)
    assert max(lags(bench)) <= 2 * STEP


def test_without_any_device_ticks_go_on_and_say_why() -> None:
    bench = Bench()
    bench.hand.microphone_state = None
    bench.run(4.1, video=False, audio=False)
    assert len(bench.seen.estimates) == 10
    assert set(bench.reasons("vision")) == {"no video"}
    assert set(bench.reasons("audio")) == {"no audio"}
    assert all(np.isnan(e.scores).all() for e in bench.seen.estimates)


def test_no_score_outlives_its_camera() -> None:
    bench = Bench()
    bench.run(4.05)
    bench.run(8.1, video=False)
    late = [e for e in bench.seen.estimates if e.t > 4.05 + 1.0]
    assert len(late) >= 7
    assert {e.branches["vision"].reason for e in late} == {"no video"}
    assert all(np.isnan(e.branches["vision"].scores).all() for e in late)
    bench.run(10.1)
    assert bench.seen.estimates[-1].branches["vision"].present


def test_a_camera_that_broke_off_has_no_score_from_then_on() -> None:
    bench = Bench()
    bench.run(4.1)
    bench.hand.camera_state = "reconnecting"
    before = len(bench.seen.estimates)
    bench.run(4.9, video=False)
    assert set(bench.reasons("vision")[before:]) == {"no video"}


def test_a_muted_microphone_is_no_audio() -> None:
    bench = Bench()
    bench.hand.microphone_state = "muted"
    bench.run(2.1)
    assert set(bench.reasons("audio")) == {"no audio"}


def test_paused_is_turned_off() -> None:
    bench = Bench()
    bench.run(2.1)
    bench.hand.paused = True
    before = len(bench.seen.estimates)
    bench.run(4.4, video=False, audio=False)
    told = bench.seen.estimates[before:]
    assert len(told) >= 5
    assert {b.reason for e in told for b in e.branches.values()} == {"turned off"}
    assert all(np.isnan(e.scores).all() for e in told)


def test_a_tick_with_a_hole_in_its_sound_gives_no_mel_piece() -> None:
    bench = Bench()
    heard = pieces(bench)
    bench.run(2.05)
    bench.run(2.25, audio=False)  # 0.2 s of the sixth tick never come
    bench.run(4.1)
    assert heard[5] == 0
    assert heard[:5] + heard[6:] == [1] * (len(heard) - 1)


def test_sound_that_comes_too_late_is_dropped_by_name() -> None:
    bench = Bench()
    bench.run(4.05)
    done = bench.flow.t
    bench.flow.push(AudioBlock(done - 0.5, noise(0.3)))
    assert bench.flow.dropped()["audio_samples"] == pytest.approx(0.3 * SAMPLE_RATE, abs=2)


def test_a_machine_that_falls_behind_searches_less_then_skips_and_counts() -> None:
    bench = Bench()
    bench.run(4.05)
    ticks = len(bench.seen.estimates)
    bench.hand.t += PATIENCE_S + 0.7  # everything stood still for a moment
    bench.run(7.0)
    dropped = bench.flow.dropped()
    assert dropped["face_searches"] > 0
    assert dropped["ticks"] == 0
    bench.hand.t += PATIENCE_S + SKIP_AFTER_S + 2.0
    bench.run(12.05)
    dropped = bench.flow.dropped()
    assert 5 <= dropped["ticks"] <= 8
    numbers = [e.tick for e in bench.seen.estimates]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + dropped["ticks"] == numbers[-1] + 1
    assert numbers[-1] == pytest.approx(12.05 / TICK_S, abs=2)
    assert ticks < len(numbers)


def test_a_machine_far_too_slow_still_scores_what_it_sees() -> None:
    bench = Bench()

    class Slow(Finder):
        def find(self, image: np.ndarray) -> list[Detection]:
            bench.hand.t = round(bench.hand.t + 3.0, 6)
            return super().find(image)

    bench.sight._lookout._finder = Slow()  # type: ignore[assignment]
    bench.run(40.0)
    seen = [e for e in bench.seen.estimates if e.branches["vision"].present]
    assert len(seen) >= 10
    assert bench.flow.dropped()["ticks"] > 50
    numbers = [e.tick for e in bench.seen.estimates]
    assert numbers == sorted(set(numbers))
    assert all(e.latency_ms > 2000.0 for e in seen if e.face is not None and e.t > 1.0)


def test_after_a_night_asleep_it_goes_on_at_once() -> None:
    bench = Bench()
    bench.run(2.05)
    bench.hand.t += 8 * 3600.0
    before = len(bench.seen.estimates)
    bench.run(bench.hand.t + 8.0)
    assert bench.flow.dropped()["ticks"] == pytest.approx(8 * 3600.0 / TICK_S, abs=3)
    fresh = bench.seen.estimates[before:]
    assert len(fresh) == pytest.approx(20, abs=2)
    assert fresh[0].branches["vision"].reason in ("no video", "no face", None)
    assert bench.flow.next_due == pytest.approx(bench.hand.t, abs=1.0)


def test_health_carries_drops_and_drift() -> None:
    bench = Bench()
    bench.run(4.1)
    health = bench.seen.healths[-1]
    assert health.drift_ppm == 12.0
    assert health.dropped["video_frames"] == 3
    assert health.cpu_share >= 0.0
    assert np.isfinite(health.latency_p95_ms)


def test_latency_runs_from_the_newest_capture() -> None:
    bench = Bench()
    bench.run(4.1)
    for estimate, lag in zip(bench.seen.estimates[2:], lags(bench)[2:], strict=True):
        assert estimate.latency_ms == pytest.approx(lag * 1e3, abs=1.0)


def test_a_later_first_tick_ignores_what_came_before() -> None:
    bench = Bench(first_tick=5)
    bench.run(4.1)
    assert [e.tick for e in bench.seen.estimates] == [5, 6, 7, 8, 9]
    assert bench.seen.estimates[0].window == pytest.approx((2.0, 2.4))
