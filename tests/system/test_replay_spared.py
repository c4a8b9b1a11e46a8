"""A replay that leaves out what nobody looks at scores the same as one that decodes everything."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from live_emotion.cli.recording import RecordedReplay
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face
from live_emotion.core.resources import assets_dir
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.options import ReplayOptions
from live_emotion.session.compare import differences
from live_emotion.session.reader import raw_records

pytestmark = pytest.mark.system
SECONDS = 5.0


class Looker(BaseObserver):
    """Looks at every picture."""

    def __init__(self) -> None:
        self.frames = 0

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        self.frames += 1


def uneven(path: Path, options: dict[str, str], keep: float) -> Path:
    """The demo's first seconds in small, with only some of its pictures, at times of their own."""
    rng = np.random.default_rng(5)
    with av.open(str(assets_dir() / "demo.mp4")) as demo, av.open(str(path), "w") as out:
        sound = out.add_stream_from_template(demo.streams.audio[0])
        video = out.add_stream("libx264", rate=30, options=options | {"threads": "1"})
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        for packet in demo.demux(demo.streams.audio[0], demo.streams.video[0]):
            if packet.dts is None or packet.dts * packet.time_base >= SECONDS:
                continue
            if packet.stream.type == "audio":
                packet.stream = sound
                out.mux(packet)
                continue
            for frame in packet.decode():
                if rng.random() >= keep:
                    continue
                late = 0.0 if keep == 1.0 else rng.uniform(0.0, 0.03)
                small = frame.reformat(640, 360)
                small.pts = round((float(frame.pts * frame.time_base) + late) * 90_000)
                small.time_base = Fraction(1, 90_000)
                out.mux(video.encode(small))
        out.mux(video.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "options", "keep"),
    [("even", {"bf": "3", "g": "60"}, 1.0), ("uneven", {"bf": "2", "g": "25"}, 0.7)],
)
def test_nothing_is_scored_otherwise(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: dict[str, str],
    keep: float,
) -> None:
    monkeypatch.setattr("live_emotion.capture.media_file.os.cpu_count", lambda: 2)
    clip = uneven(tmp_path / f"{name}.mp4", options, keep)
    looker = Looker()
    for folder, watching in (("spared", []), ("whole", [looker])):
        wanted = ReplayOptions(clip, transcript=False)
        with RecordedReplay.open(wanted, tmp_path / folder) as replay:
            replay.run(watching, threading.Event())
    assert differences(tmp_path / "spared", tmp_path / "whole") == []
    last = {
        folder: [r for r in raw_records(tmp_path / folder) if r["type"] == "health"][-1]
        for folder in ("spared", "whole")
    }
    assert last["spared"]["frames_read"] == last["whole"]["frames_read"] == looker.frames
    assert last["whole"]["frames_passed_over"] == 0
    assert last["spared"]["frames_passed_over"] > looker.frames / 6
