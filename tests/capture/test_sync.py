"""Sound and picture stay together, whatever the container, rate or start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from live_emotion.capture.media_file import MediaFile
from tests.capture.media_maker import Clip, play


def _uneven(seconds: float, flashes: tuple[float, ...]) -> list[float]:
    """Frame times 10 to 80 ms apart, with a frame at every flash."""
    rng = np.random.default_rng(5)
    times = np.cumsum(rng.uniform(0.010, 0.080, size=200))
    times = times[times < seconds]
    return sorted({0.0, *np.round(times, 4).tolist(), *flashes})


UNEVEN = tuple(_uneven(4.0, (1.0, 2.0, 3.0)))
LATE_VIDEO = Clip(video_from=0.7, frame_times=[0.7 + n / 30 for n in range(99)])
CASES = {
    "constant": (Clip(), "mp4"),
    "constant-mkv": (Clip(), "mkv"),
    "transport-stream": (Clip(), "ts"),
    "variable-rate": (Clip(frame_times=UNEVEN), "mp4"),
    "variable-rate-mkv": (Clip(frame_times=UNEVEN), "mkv"),
    "late-sound": (Clip(audio_from=0.713), "mp4"),
    "late-sound-mkv": (Clip(audio_from=0.713), "mkv"),
    "late-video": (LATE_VIDEO, "mp4"),
    "late-video-mkv": (LATE_VIDEO, "mkv"),
    "11025-mono": (Clip(rate=11_025, layout="mono"), "mp4"),
    "5.1": (Clip(layout="5.1"), "mp4"),
    "pcm-44100": (Clip(audio_codec="pcm_s16le", sample_format="s16", rate=44_100), "mkv"),
    "mpeg4-avi": (
        Clip(video_codec="mpeg4", audio_codec="pcm_s16le", sample_format="s16", video_options={}),
        "avi",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_flash_and_beep_come_together(name: str, tmp_path: Path) -> None:
    clip, suffix = CASES[name]
    played = play(clip.write(tmp_path / f"clip.{suffix}"))
    flashes, beeps = played.flashes(), played.beeps()
    assert len(flashes) == len(beeps) == len(clip.flashes)
    errors = np.subtract(beeps, flashes)
    print(f"{name}: {1e3 * np.abs(errors).max():.2f} ms")
    # An AAC block smears an onset by a millisecond or two; a frame lasts 33 ms.
    assert np.abs(errors).max() < 0.005
    first = min(played.frames[0].t, played.blocks[0].t)
    assert abs(first) < 0.05


def test_a_late_stream_begins_late(tmp_path: Path) -> None:
    played = play(Clip(audio_from=0.713).write(tmp_path / "late.mkv"))
    assert played.frames[0].t == 0.0
    assert played.blocks[0].t == pytest.approx(0.713, abs=0.025)
    assert played.beeps()[0] == pytest.approx(1.0, abs=0.005)


def test_events_of_both_streams_are_interleaved(tmp_path: Path) -> None:
    order = play(Clip().write(tmp_path / "clip.mp4")).order
    times = [t for _, t in order]
    assert times == sorted(times)
    assert {kind for kind, _ in order[:20]} == {"video", "audio"}


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_media_time_begins_with_the_earliest_stream(suffix: str, tmp_path: Path) -> None:
    clip = Clip(origin=5.0, audio_from=0.4)
    path = clip.write(tmp_path / f"clip.{suffix}")
    played = play(path)
    assert played.frames[0].t == 0.0
    assert played.flashes() == pytest.approx([1.0, 2.0, 3.0], abs=0.002)
    assert played.beeps() == pytest.approx([1.0, 2.0, 3.0], abs=0.003)
    part = play(path, start=1.5, end=2.5)
    assert part.flashes() == pytest.approx([2.0], abs=0.002)
    assert part.beeps() == pytest.approx([2.0], abs=0.003)
    with MediaFile(path) as source:
        assert source.info.duration == pytest.approx(4.0, abs=0.1)
