"""The demo clip is what its description says."""

from __future__ import annotations

import numpy as np

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import Source
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.resources import assets_dir


def test_the_demo_clip_is_small_whole_and_has_both_streams() -> None:
    path = assets_dir() / "demo.mp4"
    assert path.stat().st_size < 3_000_000
    frames = 0
    sound = []
    with MediaFile(path) as file:
        source: Source = file
        info = source.info
        assert (info.width, info.height, info.fps) == (1280, 720, 30.0)
        assert info.duration is not None
        assert 15 <= info.duration <= 30
        for event in source.events():
            assert isinstance(event, VideoFrame | AudioBlock)
            if isinstance(event, AudioBlock):
                sound.append(event.samples)
            else:
                frames += 1
    assert frames == round(info.duration * 30)
    # There is a long pause: speech that never stops would show no gap.
    loud = np.abs(np.concatenate(sound)) > 0.02
    edges = np.flatnonzero(loud)
    assert np.diff(edges).max() > 2.0 * 16_000
    assert loud.mean() > 0.2
