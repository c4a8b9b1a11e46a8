"""Two people side by side in the demo clip's pictures: the voice goes to the mouth that moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import SourceInfo
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.resources import assets_dir
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline.flow import Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.runtime.encoders import EncoderSet
from tests.pipeline.test_flow import Encoders, Seen

SIZE = (480, 270)
START, END = 1.2, 6.0


@pytest.fixture(scope="module")
def encoders() -> Iterator[EncoderSet]:
    with EncoderSet.open("live", threads=2, only=["face_finder"]) as opened:
        yield opened


def beside_a_still_one(path: Path, *, talks_left: bool) -> Iterator[VideoFrame | AudioBlock]:
    """Yield the clip with a still picture of the same person beside it."""
    with MediaFile(path, start=START, end=END) as clip:
        still: np.ndarray | None = None
        for event in clip.events():
            if isinstance(event, AudioBlock):
                yield event
            elif isinstance(event, VideoFrame):
                small = cv2.resize(event.image, SIZE, interpolation=cv2.INTER_AREA)
                still = small if still is None else still
                pair = (small, still) if talks_left else (still, small)
                both = np.concatenate(pair, axis=1)
                yield VideoFrame(event.t, event.index, 2 * SIZE[0], SIZE[1], lambda both=both: both)


@pytest.mark.parametrize("talks_left", [True, False], ids=["left", "right"])
def test_the_voice_goes_to_the_face_that_talks(encoders: EncoderSet, talks_left: bool) -> None:
    seen = Seen()
    watch = FaceWatch(FaceFinder(encoders.face_finder), FaceTracker())
    info = SourceInfo("two", True, True, 2 * SIZE[0], SIZE[1], 30.0, None)
    stages = Stages(watch, None, Encoders())  # type: ignore[arg-type]
    flow = Flow(info, stages, seen, HealthMeter(), round(START / 0.4))
    for event in beside_a_still_one(assets_dir() / "demo.mp4", talks_left=talks_left):
        flow.push(event)
    flow.finish()
    judged = [e for e in seen.estimates if e.speaker_sure is not None][4:]
    assert len(judged) >= 4
    assert all(len(e.people) == 2 for e in judged)
    assert [is_left(e) for e in judged] == [talks_left] * len(judged)
    assert all(e.speaker_sure for e in judged)


def is_left(estimate: Estimate) -> bool:
    """Return whether the voice is that of the person on the left."""
    box = next(p.face.box for p in estimate.people if p.face.id == estimate.speaker)
    return box[0] + box[2] / 2 < SIZE[0]
