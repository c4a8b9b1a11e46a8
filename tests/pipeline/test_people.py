"""Several people through the flow: who is seen, who is followed, whose voice it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from live_emotion.capture.source import SourceInfo
from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import AudioBlock, ByteImage, FloatArray, VideoFrame
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.perception.speech.activity import Span
from live_emotion.pipeline import flow as flow_module
from live_emotion.pipeline.flow import Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.session.records import estimate_record
from tests.pipeline.talking import HEIGHT, WIDTH, Mouth, People, syllables, voice
from tests.pipeline.test_flow import Encoders, Seen

FPS = 20.0


class Counting(Encoders):
    """Encoders that say whose face a vector is, and how often they were asked.

    The vector of a face is its mean brightness; scores are a tenth for a face, and one half with
    a voice.
    """

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.sequences = 0

    def vision_face(self, faces: ByteImage) -> FloatArray:
        self.batches.append(len(faces))
        return super().vision_face(faces)

    def vision_sequence(self, vectors: FloatArray, present: np.ndarray) -> FloatArray:
        self.sequences += 1
        return super().vision_sequence(vectors, present)

    def fuse(
        self, logits: dict[Branch, FloatArray | None]
    ) -> tuple[FloatArray, dict[Branch, float]]:
        there = [b for b, z in logits.items() if z is not None]
        if not there:
            return np.full(6, np.nan, np.float32), {}
        value = {("vision",): 0.1}.get(tuple(there), 0.5)
        return np.full(6, value, np.float32), {b: 1.0 / len(there) for b in there}


class Talk:
    """Voice activity that hears speech in whatever is loud."""

    def push(self, block: AudioBlock) -> list[Span]:
        loud = float(np.abs(block.samples).mean()) > 0.01
        return [(block.t, block.t_end, 1.0 if loud else 0.0)]


@pytest.fixture(autouse=True)
def hears_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_module, "VoiceActivity", Talk)


class Stage:
    """A flow on made-up people."""

    def __init__(self, people: People, loud: Callable[[float], float] | None) -> None:
        self.people, self.loud = people, loud
        self.seen, self.orders, self.encoders = Seen(), Orders(), Counting()
        info = SourceInfo("made up", True, loud is not None, WIDTH, HEIGHT, FPS, None)
        self.sight = FaceWatch(people, FaceTracker())  # type: ignore[arg-type]
        stages = Stages(self.sight, None, self.encoders)  # type: ignore[arg-type]
        self.flow = Flow(info, stages, self.seen, HealthMeter(), orders=self.orders)
        self._t = 0.0

    def play(self, t1: float) -> list[Estimate]:
        before = len(self.seen.estimates)
        while self._t < t1 - 1e-6:
            self.flow.push(VideoFrame(self._t, 0, WIDTH, HEIGHT, self.people.load(self._t)))
            if self.loud is not None:
                samples = voice(self.loud, self._t, self._t + 1 / FPS)
                self.flow.push(AudioBlock(self._t, samples))
            self._t = round(self._t + 1 / FPS, 6)
        return self.seen.estimates[before:]


def quiet(t: float) -> float:
    return 0.0


def stage(mouths: Sequence[Mouth], loud: Mouth | None = quiet, **options: object) -> Stage:
    return Stage(People(mouths, **options), loud)  # type: ignore[arg-type]


def ids(estimate: Estimate) -> list[int]:
    return [person.face.id for person in estimate.people]


def test_everyone_is_scored_in_one_call_a_tick() -> None:
    on = stage([quiet] * 3)
    estimates = on.play(3.3)
    assert all(ids(e) == [1, 2, 3] for e in estimates)
    assert on.encoders.batches == [3] * len(estimates)
    for e in estimates:
        assert [p.followed for p in e.people] == [
            e.face is not None and i == e.face.id for i in (1, 2, 3)
        ]
        assert all(np.isfinite(p.scores).all() for p in e.people)
        followed = next(p for p in e.people if p.followed)
        np.testing.assert_array_equal(followed.scores, e.scores)


def test_one_face_costs_what_it_did() -> None:
    on = stage([quiet])
    estimates = on.play(3.3)
    assert on.encoders.batches == [1] * len(estimates)
    assert on.encoders.sequences == len(estimates)
    assert all(ids(e) == [1] and e.people[0].followed for e in estimates)


def test_at_most_four_people_and_the_wanted_one_among_them() -> None:
    on = stage([quiet] * 6)
    first = on.play(2.1)
    assert all(len(e.people) == 4 for e in first)
    last = max(face.id for face in on.sight.faces)
    on.orders.follow(last)
    after = on.play(4.1)[1:]
    # Those seen lately stay for two ticks more.
    assert all(last in ids(e) for e in after)
    assert all(len(e.people) == 4 for e in after[3:])
    assert all(e.face is not None and e.face.id == last for e in after)


def test_following_someone_and_going_back() -> None:
    on = stage([quiet] * 2)
    main = on.play(2.1)[-1].face
    assert main is not None
    other = 3 - main.id
    on.orders.follow(other)
    chosen = on.play(3.7)
    assert [e.face is not None and e.face.id for e in chosen] == [other] * len(chosen)
    on.orders.follow(None)
    back = on.play(5.3)
    assert [e.face is not None and e.face.id for e in back] == [main.id] * len(back)
    assert [d.state for d in on.seen.devices] == ["followed", "main"]
    assert {d.device for d in on.seen.devices} == {"people"}


def test_a_followed_person_who_leaves_is_told_of_and_the_main_face_taken() -> None:
    on = stage([quiet] * 2, there=lambda person, t: person == 0 or t < 4.0)
    on.orders.follow(2)
    on.play(4.0)
    gone = on.play(8.1)
    lost = [d for d in on.seen.devices if d.state == "lost"]
    assert len(lost) == 1
    assert "person 2" in lost[0].message
    assert 5.5 < lost[0].t < 6.9
    for e in gone:
        followed = e.face.id if e.face is not None else None
        # Until it is told nobody else's scores are shown in their place.
        assert followed == (None if e.t < lost[0].t else 1) or e.t <= 4.4
    # Their scores end with the window, they are out of sight after a second.
    assert all(ids(e) == [1] for e in gone if e.t > 5.3)


def test_someone_who_was_never_there_is_lost_at_once() -> None:
    on = stage([quiet])
    on.orders.follow(99)
    estimates = on.play(4.1)
    assert [d.state for d in on.seen.devices] == ["followed", "lost"]
    assert estimates[-1].face is not None


@pytest.mark.parametrize("speaker", [1, 2])
@pytest.mark.parametrize("sway", [0.0, 6.0])
def test_voice_goes_to_the_one_whose_mouth_moves(speaker: int, sway: float) -> None:
    talk = syllables(3)
    mouths: list[Mouth] = [quiet, quiet]
    mouths[speaker - 1] = talk
    on = stage(mouths, talk, sway=sway)
    followed = on.play(1.0)[-1].people[0]
    assert followed.followed
    estimates = on.play(12.1)[12:]
    assert [e.speaker for e in estimates] == [speaker] * len(estimates)
    assert {e.speaker_sure for e in estimates} == {True}
    for e in estimates[8:]:
        scores = {p.face.id: float(p.scores[0]) for p in e.people}
        assert scores == pytest.approx({speaker: 0.5, 3 - speaker: 0.1})
        mine = e.branches["audio"].reason
        assert mine == (
            None if e.face is not None and e.face.id == speaker else "someone else speaks"
        )


def test_unsure_voices_go_to_the_followed_one() -> None:
    talk = syllables(3)
    on = stage([talk, talk], talk)
    estimates = on.play(8.1)[5:]
    assert {e.speaker_sure for e in estimates} == {False}
    for e in estimates:
        assert e.face is not None
        assert e.speaker == e.face.id
        assert e.branches["audio"].reason is None


def test_one_face_always_has_the_voice_and_a_voice_over_is_doubted() -> None:
    talk = syllables(3)
    for mouth, sure in ((talk, True), (quiet, False)):
        estimates = stage([mouth], talk).play(8.1)[12:]
        assert {e.speaker_sure for e in estimates} == {sure}
        assert {e.speaker for e in estimates} == {1}
        assert {e.branches["audio"].reason for e in estimates} == {None}


def test_without_speech_nobody_speaks() -> None:
    estimates = stage([quiet, quiet]).play(4.1)
    assert {e.speaker_sure for e in estimates} == {None}
    assert all(p.speaking is None for e in estimates for p in e.people)
    assert {e.branches["audio"].reason for e in estimates} == {"no speech"}


def test_level_is_of_the_sound_and_none_without() -> None:
    loud = stage([quiet], lambda t: 1.0).play(2.1)
    assert all(e.voice_level_db == pytest.approx(20 * np.log10(0.201), abs=0.5) for e in loud)
    assert {e.voice_level_db for e in stage([quiet], None).play(2.1)} == {None}


def test_the_same_media_give_the_same_log_however_they_are_interleaved() -> None:
    talk = syllables(3)
    logs = []
    for lead in (0, 7):
        on = stage([talk, quiet], talk, sway=4.0)
        times = [round(k / FPS, 6) for k in range(round(6.0 * FPS))]
        for k in range(len(times) + lead):
            if k < len(times):
                samples = voice(talk, times[k], times[k] + 1 / FPS)
                on.flow.push(AudioBlock(times[k], samples))
            if k >= lead:
                t = times[k - lead]
                on.flow.push(VideoFrame(t, 0, WIDTH, HEIGHT, on.people.load(t)))
        on.flow.finish()
        records = [estimate_record(e) for e in on.seen.estimates]
        logs.append([{k: v for k, v in r.items() if k != "latency_ms"} for r in records])
    assert len(logs[0]) == 15
    assert logs[0] == logs[1]
    assert any(r["speaker_sure"] for r in logs[0])


def test_a_resting_watch_sees_only_the_followed_one() -> None:
    people = People([quiet] * 3)
    watch = FaceWatch(people, FaceTracker())  # type: ignore[arg-type]

    def frames(t0: float, t1: float) -> Iterator[VideoFrame]:
        for t in np.arange(t0, t1, 0.05):
            yield VideoFrame(float(t), 0, WIDTH, HEIGHT, people.load(float(t)))

    for frame in frames(0.0, 1.2):
        watch.push(frame)
    assert [len(watch.take(k).crops) for k in range(3)] == [3] * 3
    watch.resting, watch.wanted = True, 3
    for frame in frames(1.2, 2.4):
        watch.push(frame)
    resting = [watch.take(k) for k in range(3, 6)]
    assert [len(s.crops) for s in resting] == [2] * 3
    assert all(s.of(3) is not None and s.main in (1, 2) for s in resting)
    assert watch.people_shed == 3
    assert not any(s.motions for s in resting[1:])
