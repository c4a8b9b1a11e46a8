"""A real clip in the hands of a person: what is scored, what is shown again, what is logged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from live_emotion.cli.recording import RecordedReplay
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import VideoFrame
from live_emotion.core.resources import assets_dir
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.options import Counts, ReplayOptions
from live_emotion.pipeline.playhead import Playhead
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.session.compare import differences
from live_emotion.session.reader import read
from tests.system.live_devices import wait_until

pytestmark = pytest.mark.system
OPTIONS = ReplayOptions(assets_dir() / "demo.mp4", end=6.0)


class Viewer(BaseObserver):
    def __init__(self) -> None:
        self.estimates: dict[int, Estimate] = {}
        self.shown: list[tuple[float, Estimate | None]] = []
        self.pictures: list[float] = []

    def on_estimate(self, estimate: Estimate) -> None:
        assert estimate.tick not in self.estimates
        self.estimates[estimate.tick] = estimate

    def on_scored(self, t: float, estimate: Estimate | None) -> None:
        self.shown.append((t, estimate))

    def on_reel(self, frame: VideoFrame, estimate: Estimate | None, *, still: bool) -> None:
        assert frame.image.ndim == 3
        self.pictures.append(frame.t)


class Steered:
    """A recorded replay on a thread, and what steers and sees it."""

    def __init__(self, folder: Path, *, paused: bool = False) -> None:
        self.viewer, self.playhead = Viewer(), Playhead(None, paused=paused)
        self.stop = threading.Event()
        self.ends: list[Counts] = []
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(folder,), daemon=True)
        self._thread.start()

    def until(self, holds: Callable[[], bool]) -> None:
        wait_until(lambda: holds() or self.error is not None, "it does not come to it", 200.0)
        if self.error is not None:
            raise self.error

    def leave(self) -> None:
        self.stop.set()
        self._thread.join(60.0)
        assert not self._thread.is_alive()

    def _run(self, folder: Path) -> None:
        try:
            with RecordedReplay.open(OPTIONS, folder) as replay:
                replay.play((), self.viewer, self.playhead, self.stop, self.ends.append)
        except BaseException as error:
            self.error = error


def test_a_steered_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    really = EncoderSet.open.__func__  # type: ignore[attr-defined]

    def count(cls: type[EncoderSet], *args: object, **options: object) -> EncoderSet:
        opened.append(args)
        made: EncoderSet = really(cls, *args, **options)
        return made

    monkeypatch.setattr(EncoderSet, "open", classmethod(count))
    with RecordedReplay.open(OPTIONS, tmp_path / "straight") as replay:
        replay.run((), threading.Event())
    left_alone = Steered(tmp_path / "left alone")
    left_alone.until(lambda: left_alone.playhead.at_end)
    # Not touched, it leaves the same log as ever; it is whole before the window is closed.
    assert differences(tmp_path / "straight", tmp_path / "left alone") == []
    assert read(tmp_path / "left alone").clean
    viewer = left_alone.viewer
    scored = sorted(viewer.estimates)
    assert len(scored) >= 14
    left_alone.playhead.pause()
    left_alone.playhead.seek(2.0)
    left_alone.until(lambda: bool(viewer.pictures))
    assert viewer.shown == [(2.0, viewer.estimates[4])]
    assert viewer.pictures[0] == pytest.approx(2.0, abs=0.06)
    left_alone.playhead.step(-1)
    left_alone.until(lambda: len(viewer.pictures) >= 2)
    assert viewer.shown[-1] == (1.6, viewer.estimates[3])
    left_alone.leave()
    assert len(left_alone.ends) == 1
    assert differences(tmp_path / "straight", tmp_path / "left alone") == []

    jumping = Steered(tmp_path / "jumping", paused=True)
    jumping.playhead.step(3)
    jumping.until(lambda: len(jumping.viewer.estimates) == 3)
    jumping.playhead.seek(4.0)
    jumping.playhead.play()
    jumping.until(lambda: jumping.playhead.at_end)
    jumping.playhead.seek(1.2)
    jumping.until(lambda: jumping.playhead.at_end and len(jumping.viewer.estimates) == len(scored))
    jumping.leave()
    log = read(tmp_path / "jumping")
    assert log.clean
    assert [int(tick) for tick in log.tick] == [0, 1, 2, *range(10, scored[-1] + 1)]
    assert [r["state"] for r in log.devices] == ["jumped"]
    assert log.devices[0]["t"] == 4.0
    assert log.end is not None
    assert log.end["estimates"] == len(log)
    # Windows begin anew behind the gap, and the same part is scored as it was before it.
    assert log.partial[3]
    straight = read(tmp_path / "straight")
    np.testing.assert_allclose(log.scores[:3], straight.scores[:3])
    # Each run loaded its networks once.
    assert len(opened) == 3
