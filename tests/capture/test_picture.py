"""Pictures are upright, of square pixels, and converted only when looked at."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import VideoFrame
from tests.capture.media_maker import Clip, play


def _red_corner(image: np.ndarray) -> str:
    h, w = image.shape[:2]
    corners = {
        "upper left": image[: h // 8, : w // 8],
        "upper right": image[: h // 8, -w // 8 :],
        "lower left": image[-h // 8 :, : w // 8],
        "lower right": image[-h // 8 :, -w // 8 :],
    }
    return max(corners, key=lambda at: float(corners[at][..., 0].mean()))


# `rotation` is the display matrix's angle: the picture is shown turned counter-clockwise by it.
@pytest.mark.parametrize(
    ("rotation", "corner"),
    [(0, "upper left"), (90, "lower left"), (180, "lower right"), (-90, "upper right")],
)
def test_rotation_is_applied(rotation: int, corner: str, tmp_path: Path) -> None:
    path = Clip(seconds=1.0, rotation=rotation, audio_codec=None).write(tmp_path / "clip.mp4")
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation % 360 == rotation % 360
    played = play(path)
    size = (160, 120) if rotation % 180 == 0 else (120, 160)
    frame = played.frames[5]
    with MediaFile(path) as source:
        assert (source.info.width, source.info.height) == size
    assert (frame.width, frame.height) == size
    assert frame.image.shape == (*size[::-1], 3)
    assert frame.image.dtype == np.uint8
    assert frame.image.flags.c_contiguous
    assert _red_corner(frame.image) == corner


def test_frames_are_converted_only_when_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live_emotion.capture import picture

    calls = []
    original = picture.Picture.__call__
    monkeypatch.setattr(
        picture.Picture, "__call__", lambda self: (calls.append(1), original(self))[1]
    )
    played = play(Clip(seconds=1.0).write(tmp_path / "clip.mp4"))
    assert calls == []
    first = played.frames[3].image
    assert played.frames[3].image is first
    assert calls == [1]


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_brightness_alone_is_that_of_the_picture(rotation: int, tmp_path: Path) -> None:
    path = Clip(seconds=1.0, rotation=rotation, audio_codec=None).write(tmp_path / "clip.mp4")
    frame = play(path).frames[5]
    luma = frame.luma
    assert luma.shape == (frame.height, frame.width)
    grey = frame.image @ np.array([0.299, 0.587, 0.114])
    # The video's own range is 16 to 235.
    assert np.abs((luma.astype(float) - 16.0) * 255.0 / 219.0 - grey).mean() < 4.0


def test_without_brightness_apart_the_picture_itself_is_given() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    assert VideoFrame(0.0, 0, 6, 4, lambda: image).luma is image
    assert VideoFrame(0.0, 0, 6, 4, lambda: image, lambda: None).luma is image


def test_frames_outlive_the_file(tmp_path: Path) -> None:
    path = Clip(seconds=1.0, flashes=(0.5,)).write(tmp_path / "clip.mp4")
    source = MediaFile(path)
    frames = [e for e in source.events() if isinstance(e, VideoFrame)]
    source.close()
    source.close()
    assert frames[16].image[-20:, -20:].mean() > 200
    assert [f.index for f in frames] == list(range(30))
    assert list(source.events()) == []


def test_closing_ends_the_events(tmp_path: Path) -> None:
    with MediaFile(Clip().write(tmp_path / "clip.mp4")) as source:
        events = source.events()
        next(events)
        source.close()
        assert list(events) == []


@pytest.mark.data
def test_real_talking_faces_are_read(data_dir: Path) -> None:
    for path in sorted((data_dir / "av").glob("*.mp4")):
        played = play(path)
        assert played.devices == []
        assert len(played.frames) > 90
        assert len(played.sound) / 16_000 == pytest.approx(played.frames[-1].t, abs=0.1)
        assert played.frames[50].image.std() > 20
