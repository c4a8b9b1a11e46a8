"""Makes small media files whose content says when it should be seen and heard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock, VideoFrame

FLASH_S = 0.1


@dataclass(frozen=True)
class Clip:
    """White flashes on black with a tone at the same moments (seconds of the media clock)."""

    flashes: Sequence[float] = (1.0, 2.0, 3.0)
    seconds: float = 4.0
    frame_times: Sequence[float] | None = None
    fps: int = 30
    rate: int = 48_000
    layout: str = "stereo"
    sample_format: str = "fltp"
    video_codec: str | None = "libx264"
    audio_codec: str | None = "aac"
    video_from: float = 0.0
    audio_from: float = 0.0
    audio_to: float | None = None  # None: the end.
    origin: float = 0.0  # Container seconds of media second 0.
    size: tuple[int, int] = (160, 120)
    rotation: int = 0
    video_options: dict[str, str] = field(default_factory=lambda: {"g": "15", "bf": "2"})
    file_options: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w", options=self.file_options) as out:
            video = audio = None
            if self.video_codec:
                video = out.add_stream(self.video_codec, rate=self.fps, options=self.video_options)
                video.width, video.height = self.size
                video.pix_fmt = "yuv420p"
                fine = self.video_codec != "mpeg4"  # Whose clock has 16 bits.
                video.codec_context.time_base = Fraction(1, 90_000 if fine else self.fps)
                if self.rotation:
                    video.set_display_rotation(self.rotation)
            if self.audio_codec:
                audio = out.add_stream(self.audio_codec, rate=self.rate, layout=self.layout)
            pictures = list(self._pictures()) if video else []
            sound = list(self._sound()) if audio else []
            for frame in sorted(pictures + sound, key=lambda f: f.pts * f.time_base):
                stream = video if isinstance(frame, av.VideoFrame) else audio
                out.mux(stream.encode(frame))
            for stream in (video, audio):
                if stream is not None:
                    out.mux(stream.encode(None))
        return path

    def _lit(self, t: float) -> bool:
        return any(f - 1e-6 <= t < f + FLASH_S for f in self.flashes)

    def _pictures(self) -> Iterator[av.VideoFrame]:
        times = self.frame_times
        if times is None:
            times = [
                self.video_from + n / self.fps
                for n in range(round((self.seconds - self.video_from) * self.fps))
            ]
        width, height = self.size
        for t in times:
            image = np.full((height, width, 3), 255 * self._lit(t), dtype=np.uint8)
            image[: height // 4, : width // 4] = (200, 0, 0)  # Marks the upper left corner.
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = round((t + self.origin) * 90_000), Fraction(1, 90_000)
            yield frame

    def signal(self) -> np.ndarray:
        """The tone, from `audio_from` to `audio_to`, at the clip's own rate."""
        until = self.seconds if self.audio_to is None else self.audio_to
        t = self.audio_from + np.arange(round((until - self.audio_from) * self.rate)) / self.rate
        lit = np.zeros(len(t), dtype=bool)
        for flash in self.flashes:
            lit |= (t >= flash) & (t < flash + FLASH_S)
        return np.where(lit, 0.7 * np.cos(2 * np.pi * 880 * t), 0.0).astype(np.float32)

    def _sound(self) -> Iterator[av.AudioFrame]:
        tone = self.signal()
        first = round((self.audio_from + self.origin) * self.rate)
        channels = av.AudioLayout(self.layout).nb_channels
        for at in range(0, len(tone), 1024):
            part = tone[at : at + 1024]
            if self.sample_format == "s16":
                packed = np.repeat((part * 32767).astype(np.int16), channels)[None, :]
                frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=self.layout)
            else:
                planes = np.tile(part, (channels, 1))
                frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self.layout)
            frame.sample_rate = self.rate
            frame.pts, frame.time_base = first + at, Fraction(1, self.rate)
            yield frame


@dataclass
class Played:
    """All that a file gave."""

    frames: list[VideoFrame] = field(default_factory=list)
    blocks: list[AudioBlock] = field(default_factory=list)
    devices: list[DeviceEvent] = field(default_factory=list)
    order: list[tuple[str, float]] = field(default_factory=list)

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate([b.samples for b in self.blocks])

    def check_gapless(self) -> None:
        """Each block begins where the last ended, on the 16 kHz grid; frames go forward."""
        for before, after in itertools.pairwise(self.blocks):
            assert round(before.t * 16_000) + len(before.samples) == round(after.t * 16_000)
        for block in self.blocks:
            assert block.samples.dtype == np.float32
            assert np.abs(block.samples).max() <= 1.0
            assert abs(block.t * 16_000 - round(block.t * 16_000)) < 1e-6
        times = [f.t for f in self.frames]
        assert all(a < b for a, b in itertools.pairwise(times))

    def flashes(self) -> list[float]:
        """Times of the first frame of each flash."""
        lit = [(f.t, bool(f.image[-20:, -20:].mean() > 128)) for f in self.frames]
        return [t for (t, on), (_, was) in zip(lit[1:], lit, strict=False) if on and not was]

    def beeps(self) -> list[float]:
        """Times at which the tone sets in."""
        loud = np.abs(self.sound) > 0.25
        onsets = []
        last = -10_000
        for i in np.flatnonzero(loud):
            if i - last > 800:
                onsets.append(self.blocks[0].t + i / 16_000)
            last = i
        return onsets


def play(path: Path, **span: float) -> Played:
    """Read a file through."""
    played = Played()
    with MediaFile(path, **span) as source:
        for event in source.events():
            if isinstance(event, VideoFrame):
                played.frames.append(event)
                played.order.append(("video", event.t))
            elif isinstance(event, AudioBlock):
                played.blocks.append(event)
                played.order.append(("audio", event.t))
            else:
                played.devices.append(event)
    played.check_gapless()
    return played
