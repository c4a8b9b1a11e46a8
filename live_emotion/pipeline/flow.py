"""The loop from media to estimates, one tick after another.

Events go in as they come; as soon as every stream has passed a tick's end, the tick is scored and
observers are told. All that decides a score happens at fixed media times, so the speed at which
events arrive changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Final

from live_emotion.capture.source import SourceInfo
from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import DeviceEvent, Estimate, MissingReason
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.percepts import FaceCrop, MelPiece, TranscriptSegment
from live_emotion.core.ticks import TICK_S, tick_at, tick_span, tick_start, window_span
from live_emotion.perception.spectrogram import MelStream
from live_emotion.perception.speech.activity import VoiceActivity
from live_emotion.pipeline.baseline import Baselines
from live_emotion.pipeline.crew import Crew, owner_of_voice
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.heard import Heard, level_db, step_levels_db
from live_emotion.pipeline.joint_scorer import make_scorer
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.sight import Sighting
from live_emotion.pipeline.sound import TickSound
from live_emotion.pipeline.speaker import SpeakerJudge
from live_emotion.pipeline.stages import Stages
from live_emotion.pipeline.valence import ValenceWatch
from live_emotion.pipeline.voice import SpeechMeter

__all__ = ["LAG_MAX_S", "Flow", "Stages"]

HEALTH_TICKS: Final = 5
# A stream that lies further behind the other than this has ended early, or is badly interleaved.
LAG_MAX_S: Final = 10.0
# A stream's rest shorter than this many seconds is no tick of its own.
_LAST_TICK_MIN_S: Final = TICK_S / 2


class Flow:
    """Turns a source's events into estimates.

    Parameters
    ----------
    info
        What the source holds.
    stages
        Perception and encoders.
    observer
        Is told of everything, on the caller's thread.
    meter
        Counts.
    first_tick
        The tick at which the session begins.
    orders
        What the user asks for while it runs.
    """

    def __init__(
        self,
        info: SourceInfo,
        stages: Stages,
        observer: Observer,
        meter: HealthMeter,
        first_tick: int = 0,
        orders: Orders | None = None,
    ) -> None:
        self._info = info
        self._sight = stages.sight
        self._words = stages.words
        self._observer = observer
        self._meter = meter
        self._first = self._tick = first_tick
        self._sound = TickSound(first_tick) if info.has_audio else None
        self._speech = SpeechMeter(stages.voice or VoiceActivity()) if info.has_audio else None
        self._mel = MelStream(first_tick)
        self._scorer = make_scorer(stages.encoders, stages.absent(info), stages.window_ticks)
        self._window_ticks = stages.window_ticks
        self._valence = ValenceWatch(stages.encoders)
        self._crew, self._judge = Crew(), SpeakerJudge()
        self._baselines = Baselines(lambda: stages.encoders.fusion.thresholds)
        self._orders = orders if orders is not None else Orders()
        self._video_through = tick_start(first_tick)
        self.estimates = 0

    @property
    def t(self) -> float:
        """Seconds on the session clock up to which ticks are scored."""
        return tick_start(self._tick)

    def push(self, event: VideoFrame | AudioBlock | DeviceEvent) -> None:
        """Take the source's next event, and score every tick that it completes."""
        if isinstance(event, VideoFrame):
            self._meter.frame(event.passed_over)
            if self._sight is not None:
                self._sight.push(event)
            faces = self._sight.faces if self._sight is not None else ()
            self._observer.on_frame(event, faces)
            self._video_through = max(self._video_through, event.t)
        elif isinstance(event, AudioBlock):
            if self._sound is not None:
                self._sound.push(event)
        else:
            self._observer.on_device(event)
        self._advance()

    def finish(self) -> None:
        """Score what is left when the source has ended; the last words go in with it."""
        sound_through = self._sound.through if self._sound is not None else 0.0
        frame_s = 1.0 / self._info.fps if self._info.fps > 0 else 0.0
        end = max(self._video_through + frame_s, sound_through)
        last = tick_at(end - _LAST_TICK_MIN_S)
        while self._tick <= last:
            self._score_next(last=self._tick == last)
        self.end()

    def end(self) -> None:
        """Close the utterance that is open, without scoring what has not arrived in full."""
        if self._words is not None:
            self._tell(self._words.finish(self.t))
        self._tell_health()

    def _advance(self) -> None:
        """Score every tick that is complete."""
        while self._through() >= tick_span(self._tick)[1] - 1e-6:
            self._score_next(last=False)

    def _through(self) -> float:
        """Seconds up to which every stream has arrived, or the slower one is given up on."""
        ends = []
        if self._info.has_video:
            ends.append(self._video_through)
        if self._sound is not None:
            ends.append(self._sound.through)
        return max(min(ends), max(ends) - LAG_MAX_S)

    def _score_next(self, *, last: bool) -> None:
        began = time.perf_counter()
        tick = self._tick
        window = window_span(tick, self._first, self._window_ticks)
        self._obey()
        heard = self._hear(tick, last=last)
        seen = self._sight.take(tick) if self._sight is not None else Sighting()
        self._notify(self._crew.see(tick, window[1], seen.crops, seen.main))
        verdict = self._judge.judge(
            tick, seen.motions, heard.steps_db, heard.speech, self._crew.in_sight()
        )
        # What was said before this speaker began were someone else's words.
        spoken = (max(window[0], tick_start(verdict.since)), window[1])
        words_of = spoken if verdict.speaker is not None and verdict.changed else window
        text = self._words.text(words_of) if self._words is not None else ""
        followed = self._crew.followed
        crop = seen.of(followed)
        missing = self._missing(tick)
        scores = self._scorer.score(
            crop,
            heard.piece,
            text,
            missing,
            others=[other for other in seen.crops if other is not crop],
            followed=followed,
            speaker=verdict.speaker,
        )
        self._tick += 1
        people = self._crew.people(scores.people, verdict.speaking)
        estimate = Estimate(
            t=window[1],
            tick=tick,
            window=window,
            scores=scores.fused,
            branches=scores.branches,
            face=crop.face if crop is not None else None,
            latency_ms=self._latency_ms(began, tick, crop),
            interval=scores.interval,
            voice_level_db=heard.level_db,
            people=people,
            speaker=owner_of_voice(people, verdict.speaker),
            speaker_sure=verdict.sure if people else None,
            change=self._baselines.change(followed, scores.fused),
            valence=self._valence.read(text, scores),
        )
        self.estimates += 1
        self._meter.tick(estimate.latency_ms)
        self._observer.on_estimate(estimate)
        seen_scores = scores.fused if crop is not None else None
        self._notify(self._baselines.add(followed, seen_scores, estimate.t))
        if self._meter.ticks % HEALTH_TICKS == 0:
            self._tell_health()

    def _obey(self) -> None:
        """Carry out what the user asked for since the last tick."""
        for order in self._orders.take():
            if order.deed == "follow":
                self._notify(self._crew.follow(order.face_id, self.t))
            elif order.deed == "begin baseline":
                self._notify(self._baselines.begin(self._crew.followed, self.t))
            else:
                self._notify(self._baselines.clear(self._crew.followed, self.t))
        if self._sight is not None:
            self._sight.wanted = self._crew.wanted

    def _notify(self, event: DeviceEvent | None) -> None:
        if event is not None:
            self._observer.on_device(event)

    def _missing(self, tick: int) -> Mapping[Branch, MissingReason]:
        """Return the branches whose device gives nothing now, and why; a file has no devices."""
        return {}

    def _latency_ms(self, began: float, tick: int, crop: FaceCrop | None) -> float:
        """Return the latency of the tick being scored: in a replay the time spent on it."""
        return (time.perf_counter() - began) * 1e3

    def _tell_health(self) -> None:
        self._observer.on_health(self._meter.health(self.t))

    def _hear(self, tick: int, *, last: bool) -> Heard:
        if self._sound is None or self._speech is None:
            return Heard()
        block = AudioBlock(tick_start(tick), self._sound.take(tick))
        speech = self._speech.push(block)
        there = block.samples[: self._sound.arrived(tick)]
        pieces = self._mel.push(there if last else block.samples)
        if last:
            pieces += self._mel.flush()
        if self._words is not None:
            self._tell(self._words.push(block, speech.spans))
            if last:
                self._tell(self._words.finish(block.t_end))
        piece = MelPiece(tick, pieces[0][1], speech.share, block.samples) if pieces else None
        if len(there) == 0:
            return Heard(piece)
        return Heard(piece, level_db(there), step_levels_db(block.samples))

    def dropped(self) -> dict[str, int]:
        """Return what the flow itself dropped, by name."""
        dropped: dict[str, int] = {}
        if self._sound is not None:
            dropped["audio_samples"] = self._sound.dropped
        if self._words is not None:
            dropped["transcript_audio"] = self._words.dropped_samples
        return dropped

    def _tell(self, segments: Iterable[TranscriptSegment]) -> None:
        for segment in segments:
            self._observer.on_transcript(segment)
