"""The clip of two people has the one, the other, and the sound of the left."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.resources import assets_dir
from live_emotion.dashboard.pair_clip import write_pair

DEMO = assets_dir() / "demo.mp4"


def first_picture(path: Path, start: float = 0.0) -> np.ndarray:
    with MediaFile(path, start=start, end=start + 0.2) as clip:
        return next(e for e in clip.events() if isinstance(e, VideoFrame)).image.astype(float)


def samples(path: Path, end: float) -> np.ndarray:
    with MediaFile(path, end=end) as clip:
        return np.concatenate([e.samples for e in clip.events() if isinstance(e, AudioBlock)])


def test_two_people_side_by_side(tmp_path: Path) -> None:
    target = tmp_path / "two.mp4"
    write_pair(DEMO, target, 1.6, later_s=2.0)
    with MediaFile(target) as clip:
        assert clip.info.has_audio
        assert (clip.info.width, clip.info.height) == (1280, 720)
        assert clip.info.duration is not None
        assert abs(clip.info.duration - 1.6) < 0.2
    both, now, later = first_picture(target), first_picture(DEMO), first_picture(DEMO, 2.0)
    assert np.abs(both[:, :640] - now[:, 320:960]).mean() < 10
    assert np.abs(both[:, 640:] - later[:, 320:960][:, ::-1]).mean() < 10
    heard, said = samples(target, 1.6), samples(DEMO, 1.6)
    n = min(len(heard), len(said))
    assert abs(np.sqrt((heard[:n] ** 2).mean()) / np.sqrt((said[:n] ** 2).mean()) - 1) < 0.3
