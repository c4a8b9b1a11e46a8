"""The tick loop on made-up media: what arrives when, and what is said about what is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import pytest

from live_emotion.capture.source import SourceInfo
from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch
from live_emotion.core.estimate import DeviceEvent, Estimate, Health
from live_emotion.core.media import AudioBlock, ByteImage, FloatArray, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S, WINDOW_S
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline import sight
from live_emotion.pipeline.flow import LAG_MAX_S, Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.sight import SEARCHES_PER_TICK, FaceWatch
from live_emotion.runtime.beside import Beside


class Encoders:
    """Encoders that answer at once: the flow is tested here, not the networks."""

    beside: ClassVar = Beside()

    def vision_face(self, faces: ByteImage) -> FloatArray:
        return np.ones((len(faces), 64), np.float32)

    def audio_piece(self, mel: FloatArray) -> FloatArray:
        return np.ones((len(mel), 64), np.float32)

    def vision_sequence(self, vectors: FloatArray, present: np.ndarray) -> FloatArray:
        return np.full(6, float(present.sum()), np.float32)

    audio_sequence = vision_sequence

    def text(self, text: str) -> FloatArray:
        return np.zeros(6, np.float32)

    def calibrate(self, branch: Branch, logits: FloatArray) -> FloatArray:
        return logits / 100.0

    def fuse(
        self, logits: dict[Branch, FloatArray | None]
    ) -> tuple[FloatArray, dict[Branch, float]]:
        there = {b: z for b, z in logits.items() if z is not None}
        if not there:
            return np.full(6, np.nan, np.float32), {}
        return np.full(6, 0.5, np.float32), {b: 1.0 / len(there) for b in there}


class Finder:
    """Finds one face while the picture is white."""

    def find(self, image: ByteImage) -> list[Detection]:
        if not image.any():
            return []
        marks = np.array([[20, 20], [40, 20], [30, 30], [22, 40], [38, 40]], np.float32)
        return [Detection((10.0, 10.0, 40.0, 40.0), 0.9, marks)]

    def find_near(
        self, image: ByteImage, box: tuple[float, float, float, float]
    ) -> list[Detection]:
        return self.find(image)


class Seen(BaseObserver):
    def __init__(self) -> None:
        self.estimates: list[Estimate] = []
        self.healths: list[Health] = []
        self.devices: list[DeviceEvent] = []

    def on_estimate(self, estimate: Estimate) -> None:
        self.estimates.append(estimate)

    def on_health(self, health: Health) -> None:
        self.healths.append(health)

    def on_device(self, event: DeviceEvent) -> None:
        self.devices.append(event)


def frames(t0: float, t1: float, fps: float, value: int = 255) -> list[VideoFrame]:
    image = np.full((60, 80, 3), value, np.uint8)
    times = t0 + np.arange(round((t1 - t0) * fps)) / fps
    return [VideoFrame(float(t), i, 80, 60, lambda: image) for i, t in enumerate(times)]


def sound(t0: float, t1: float) -> list[AudioBlock]:
    starts = np.arange(round((t1 - t0) * 10)) / 10 + t0
    return [AudioBlock(float(t), np.zeros(SAMPLE_RATE // 10, np.float32)) for t in starts]


def play(
    events: Iterable[VideoFrame | AudioBlock | DeviceEvent],
    *,
    video: bool = True,
    audio: bool = True,
    fps: float = 10.0,
    first_tick: int = 0,
) -> Seen:
    seen = Seen()
    info = SourceInfo("made up", video, audio, 80, 60, fps if video else 0.0, None)
    sight = FaceWatch(Finder(), FaceTracker()) if video else None  # type: ignore[arg-type]
    stages = Stages(sight, None, Encoders())  # type: ignore[arg-type]
    flow = Flow(info, stages, seen, HealthMeter(), first_tick)
    for event in events:
        flow.push(event)
    flow.finish()
    return seen


def interleaved(*streams: list[VideoFrame] | list[AudioBlock]) -> list[VideoFrame | AudioBlock]:
    merged: list[VideoFrame | AudioBlock] = [e for stream in streams for e in stream]
    return sorted(merged, key=lambda e: e.t)


def test_an_estimate_every_tick_with_shorter_windows_at_first() -> None:
    seen = play(interleaved(frames(0, 8, 10), sound(0, 8)))
    assert [e.t for e in seen.estimates] == pytest.approx(np.arange(1, 21) * TICK_S)
    for estimate in seen.estimates:
        assert estimate.window == pytest.approx((max(0.0, estimate.t - WINDOW_S), estimate.t))
        assert estimate.face is not None
        assert estimate.face.id == 1
        assert {b: e.reason for b, e in estimate.branches.items()} == {
            "vision": None,
            "audio": "no speech",
            "text": "turned off",
        }


def test_frames_alone_and_sound_alone() -> None:
    silent = play(frames(0, 4, 25), audio=False, fps=25.0).estimates
    blind = play(sound(0, 4), video=False).estimates
    assert len(silent) == len(blind) == 10
    assert all(e.branches["audio"].reason == "no audio" for e in silent)
    assert all(e.branches["text"].reason == "no audio" for e in silent)
    assert all(e.branches["vision"].reason == "no video" for e in blind)
    assert all(np.isnan(e.scores).all() for e in blind)
    assert all(e.face is None for e in blind)


def test_a_face_that_leaves_is_a_gap_not_a_frozen_score() -> None:
    seen = play(interleaved(frames(0, 2, 10), frames(2, 10, 10, value=0), sound(0, 10)))
    there = [e.branches["vision"].present for e in seen.estimates]
    # The last face, of tick 4, leaves the window of 12 ticks after tick 15.
    assert there == [True] * 16 + [False] * 9
    assert [e.face is not None for e in seen.estimates] == [True] * 5 + [False] * 20
    assert np.isnan(seen.estimates[-1].scores).all()


@pytest.mark.parametrize("fps", [1.0, 7.3, 60.0])
def test_any_frame_rate_gives_every_tick(fps: float) -> None:
    seen = play(interleaved(frames(0, 8, fps), sound(0, 8)), fps=fps)
    assert len(seen.estimates) == 20
    searched = [e.face is not None for e in seen.estimates]
    assert sum(searched) == (8 if fps == 1.0 else 20)


class Counting(Finder):
    """Notes each search; the face moves to and fro by a share of its side."""

    def __init__(self, share: float = 0.0) -> None:
        self.searches = 0
        self._share = share

    def find(self, image: ByteImage) -> list[Detection]:
        self.searches += 1
        moved = []
        for found in super().find(image):
            x, y, w, h = found.box
            x += self._share * w * (self.searches % 2)
            moved.append(Detection((x, y, w, h), found.confidence, found.landmarks))
        return moved


def test_a_face_that_moves_is_searched_twice_a_tick_at_fixed_times() -> None:
    finder = Counting(share=0.2)
    watch = FaceWatch(finder, FaceTracker())  # type: ignore[arg-type]
    for frame in frames(0, 4, 50):
        watch.push(frame)
    assert finder.searches == watch.searches == 10 * SEARCHES_PER_TICK


def test_a_calm_face_is_searched_once_a_tick_and_its_crops_are_the_same() -> None:
    finder, moving = Counting(), Counting(share=0.2)
    watch = FaceWatch(finder, FaceTracker())  # type: ignore[arg-type]
    twice = FaceWatch(moving, FaceTracker())  # type: ignore[arg-type]
    times: list[tuple[float, float]] = []
    for frame in frames(0, 4, 50):
        for one in (watch, twice):
            one.push(frame)
        if frame.index % 20 == 19:
            tick = frame.index // 20
            crops = [one.take(tick).crops[0] for one in (watch, twice)]
            times.append((crops[0].face.t, crops[1].face.t))
    # The first tick tells that the face is calm.
    assert finder.searches == 10 + 1
    assert all(once == pytest.approx(often) for once, often in times)


def test_a_calm_face_that_moves_off_is_followed_as_if_it_had_been_searched_all_along() -> None:
    class Leaving(Finder):
        """A face that stands still for 2 s, then moves by half its side in a fifth of a second.

        The pictures tell their own number in their brightness.
        """

        def find(self, image: ByteImage) -> list[Detection]:
            t = float(image[0, 0, 0]) / 50.0
            x = 10.0 + max(0.0, t - 2.0) * 50.0
            return [Detection((x, 10.0, 20.0, 20.0), 0.9, np.zeros((5, 2), np.float32))]

    def run(calm_per_s: float) -> tuple[list[tuple[int, float]], int]:
        watch = FaceWatch(Leaving(), FaceTracker(), mouths=False)  # type: ignore[arg-type]
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sight, "_CALM_PER_S", calm_per_s)
            for frame in frames(0, 4, 50):
                image = np.full((60, 80, 3), frame.index, np.uint8)
                watch.push(dataclasses.replace(frame, load=lambda image=image: image))
                if frame.index % 20 == 19:
                    face = watch.take(frame.index // 20).crops[0].face
                    seen.append((face.id, face.t))
        return seen, watch.searches

    (once, few), (always, all_of_them) = run(0.4), run(0.0)
    assert once == always
    assert few < all_of_them == 10 * SEARCHES_PER_TICK


def test_beside_a_calm_face_somebody_else_is_found_within_three_ticks() -> None:
    class Joined(Finder):
        """A second face, far from the first, from 2.1 s on; pictures tell their own number.

        Something near by moves all the time, so that anybody might be new.
        """

        whole: ClassVar[list[int]] = []

        def find(self, image: ByteImage) -> list[Detection]:
            self.whole.append(int(image[0, 0, 0]))
            found = self.find_near(image, (0.0, 0.0, 0.0, 0.0))
            if image[0, 0, 0] / 50.0 >= 2.1:
                found.append(Detection((60.0, 40.0, 15.0, 15.0), 0.9, np.zeros((5, 2), np.float32)))
            return found

        def find_near(
            self, image: ByteImage, box: tuple[float, float, float, float]
        ) -> list[Detection]:
            return super().find(image[:1] + np.uint8(1))

    watch = FaceWatch(Joined(), FaceTracker(), mouths=False)  # type: ignore[arg-type]
    there = []
    for frame in frames(0, 5, 50):
        image = np.full((60, 80, 3), frame.index, np.uint8)
        image[50:, 60:] = 200 * (frame.index // 10 % 2)
        watch.push(dataclasses.replace(frame, load=lambda image=image: image))
        if len(watch.faces) == 2:
            there.append(frame.t)
    assert 2.1 <= there[0] <= 2.1 + 3 * TICK_S
    # Before that, most searches looked around the one face only.
    assert 2 <= sum(1 for number in Joined.whole if number < 105) <= 5
    assert there[-1] > 4.9


def test_a_frame_passed_over_is_searched_when_none_follows_in_its_tick() -> None:
    finder = Counting()
    watch = FaceWatch(finder, FaceTracker())  # type: ignore[arg-type]
    early = [frame for frame in frames(0, 4, 50) if frame.t < 0.4 or frame.t % 0.4 < 0.15]
    for frame in early:
        watch.push(frame)
    assert watch.take(9).crops
    assert finder.searches == 10 + 1


def test_a_stream_that_ends_early_does_not_hold_the_other_up() -> None:
    seen = play(interleaved(frames(0, 1, 10), sound(0, 120)))
    assert len(seen.estimates) == 300
    t_scored: list[float] = []
    flow_seen = Seen()
    info = SourceInfo("made up", True, True, 80, 60, 10.0, None)
    stages = Stages(FaceWatch(Finder(), FaceTracker()), None, Encoders())  # type: ignore[arg-type]
    flow = Flow(info, stages, flow_seen, HealthMeter())
    for event in interleaved(frames(0, 1, 10), sound(0, 120)):
        flow.push(event)
        t_scored.append(event.t - flow.t)
    assert max(t_scored) <= LAG_MAX_S + TICK_S
    assert flow.dropped()["audio_samples"] == 0


def test_a_later_start_keeps_the_grid() -> None:
    seen = play(interleaved(frames(4, 8, 10), sound(4, 8)), first_tick=10)
    assert seen.estimates[0].tick == 10
    assert seen.estimates[0].window == pytest.approx((4.0, 4.4))
    assert seen.estimates[-1].t == pytest.approx(8.0)


def test_device_events_pass_and_health_is_told() -> None:
    event = DeviceEvent(1.0, "made up", "damaged", "a packet was lost")
    seen = play([*interleaved(frames(0, 8, 10), sound(0, 8)), event])
    assert seen.devices == [event]
    assert seen.healths[-1].frames_read == 80
    assert seen.healths[-1].ticks == 20
    assert set(seen.estimates[0].branches) == set(BRANCHES)
    assert seen.estimates[0].scores.shape == (len(EMOTIONS),)
