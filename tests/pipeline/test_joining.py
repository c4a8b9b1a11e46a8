"""Somebody who joins is found as soon as if the whole picture were searched every 1.2 s.

Real faces, of the demo clip, in an empty corner of it, with a camera's noise on every picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import ByteImage, VideoFrame
from live_emotion.core.resources import assets_dir
from live_emotion.core.ticks import TICK_S, tick_at
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.runtime.encoders import EncoderSet

WIDTH, HEIGHT = 960, 540
STEP_S = 0.2
SECONDS = 10.0
Draw = Callable[[ByteImage, float], None]


class Counting(FaceFinder):
    """Counts the searches of whole pictures."""

    whole = 0

    def find(self, image: ByteImage) -> list[Detection]:
        self.whole += 1
        return super().find(image)


@pytest.fixture(scope="module")
def encoders() -> Iterator[EncoderSet]:
    with EncoderSet.open("live", threads=2, only=["face_finder"]) as opened:
        yield opened


@pytest.fixture(scope="module")
def room() -> ByteImage:
    """A plain wall, and a bit of what stands before it."""
    return cv2.resize(demo_picture(9.6), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def head() -> ByteImage:
    """A head with its hair and neck, twice as high as its face."""
    return demo_picture(0.5)[20:620, 360:820]


def demo_picture(t: float) -> ByteImage:
    with MediaFile(assets_dir() / "demo.mp4", start=t, end=t + 0.2) as clip:
        return next(e for e in clip.events() if isinstance(e, VideoFrame)).image


def put(image: ByteImage, head: ByteImage, x: float, y: float, height: int) -> None:
    """Draw a head around a point, cut off at the picture's edge."""
    small = cv2.resize(head, (round(height * 0.77), height), interpolation=cv2.INTER_AREA)
    left, top = round(x - small.shape[1] / 2), round(y - height / 2)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(image.shape[1], left + small.shape[1]), min(image.shape[0], top + height)
    if x1 > x0 and y1 > y0:
        image[y0:y1, x0:x1] = small[y0 - top : y1 - top, x0 - left : x1 - left]


class Film:
    """Pictures of the room and one person in it, who nods a little, and what else is drawn."""

    def __init__(self, room: ByteImage, head: ByteImage, draw: Draw, noise: float = 4.0) -> None:
        self.room, self.head, self.draw = room, head, draw
        rng = np.random.default_rng(0)
        self.noise = rng.normal(0.0, noise, (HEIGHT + 50, WIDTH + 50, 3)).astype(np.int16)
        self.offsets = rng.integers(0, 50, (round(SECONDS / STEP_S) + 1, 2))

    def picture(self, t: float) -> ByteImage:
        image = self.room.copy()
        put(image, self.head, 480 + np.sin(2 * t), 270 + np.sin(5 * t), 300)
        self.draw(image, t)
        y, x = self.offsets[round(t / STEP_S)]
        noisy = image + self.noise[y : y + HEIGHT, x : x + WIDTH]
        return np.clip(noisy, 0, 255).astype(np.uint8)

    def frames(self) -> Iterator[VideoFrame]:
        for k in range(round(SECONDS / STEP_S)):
            t = k * STEP_S
            yield VideoFrame(t, k, WIDTH, HEIGHT, lambda t=t: self.picture(t))


def watched(encoders: EncoderSet, film: Film) -> tuple[float | None, int, int]:
    """Return when two people were seen first, how many whole searches there were, and gaps."""
    finder = Counting(encoders.face_finder)
    watch = FaceWatch(finder, FaceTracker(), mouths=False)
    first, gaps, last = None, 0, 0
    for frame in film.frames():
        tick = tick_at(frame.t + 1e-6)
        if tick > last:
            gaps += not watch.take(last).crops
            last = tick
        watch.push(frame)
        if first is None and len(watch.faces) == 2:
            first = frame.t
    return first, finder.whole, gaps


def could_be_found(encoders: EncoderSet, film: Film) -> float | None:
    """Return when two people are found first if every picture is searched as a whole."""
    finder = FaceFinder(encoders.face_finder)
    for frame in film.frames():
        if len(finder.find(frame.image)) == 2:
            return frame.t
    return None


JOINS: dict[str, Callable[[ByteImage, ByteImage, float], None]] = {
    "at once": lambda image, head, t: put(image, head, 800, 300, 200) if t >= 3.3 else None,
    "small": lambda image, head, t: put(image, head, 800, 200, 120) if t >= 5.0 else None,
    "before contrast": lambda image, head, t: put(image, head, 110, 350, 130) if t > 4.3 else None,
    "from the edge": lambda image, head, t: put(image, head, 1000 - 60 * (t - 3.0), 250, 160),
    "small, from the edge": lambda image, head, t: put(image, head, 985 - 30 * (t - 3), 200, 140),
    "slowly from below": lambda image, head, t: put(image, head, 140, 640 - 40 * t, 180),
    "fading in": lambda image, head, t: fade_in(image, head, 800, t / 10.0),
}


def fade_in(image: ByteImage, head: ByteImage, x: float, share: float) -> None:
    there = image.copy()
    put(there, head, x, 300, 200)
    image[:] = cv2.addWeighted(there, share, image, 1.0 - share, 0.0)


@pytest.mark.parametrize("how", JOINS)
def test_somebody_who_joins_is_found_within_three_ticks(
    encoders: EncoderSet, room: ByteImage, head: ByteImage, how: str
) -> None:
    film = Film(room, head, lambda image, t: JOINS[how](image, head, t))
    possible, (found, whole, gaps) = could_be_found(encoders, film), watched(encoders, film)
    assert possible is not None
    assert found is not None
    assert found <= possible + 3 * TICK_S + 1e-6
    assert gaps == 0
    assert whole < SECONDS / STEP_S


def test_before_a_still_wall_the_whole_picture_is_hardly_searched(
    encoders: EncoderSet, room: ByteImage, head: ByteImage
) -> None:
    def brighter(image: ByteImage, t: float) -> None:
        """Let the camera's exposure drift."""
        image[:] = cv2.add(image, (2.0 * t, 2.0 * t, 2.0 * t, 0.0))

    for draw in (brighter, lambda image, t: None):
        found, whole, gaps = watched(encoders, Film(room, head, draw, noise=6.0))
        assert found is None
        assert gaps == 0
        # The first two, and one every 4.8 s.
        assert whole <= 2 + SECONDS / 4.8


def test_after_a_cut_everybody_is_found_at_once(
    encoders: EncoderSet, room: ByteImage, head: ByteImage
) -> None:
    def cut(image: ByteImage, t: float) -> None:
        if t >= 5.1:
            image[:] = room[:, ::-1]
            put(image, head, 200, 300, 260)
            put(image, head, 560, 250, 220)

    found, _, gaps = watched(encoders, Film(room, head, cut))
    assert found is not None
    assert found <= 5.1 + TICK_S
    assert gaps == 0


def test_an_empty_room_is_searched_when_something_changes(
    encoders: EncoderSet, room: ByteImage, head: ByteImage
) -> None:
    def come_in(image: ByteImage, t: float) -> None:
        image[:] = room
        if t >= 7.1:
            put(image, head, 700, 300, 160)

    finder = Counting(encoders.face_finder)
    watch = FaceWatch(finder, FaceTracker(), mouths=False)
    empty, seen = 0, []
    for frame in Film(room, head, come_in, noise=6.0).frames():
        watch.push(frame)
        watch.take(tick_at(frame.t) - 1)
        empty = finder.whole if frame.t < 7.1 else empty
        seen += [frame.t] if watch.faces else []
    assert empty <= 1 + 7.1 / 1.2
    assert seen[0] == pytest.approx(7.2)
    assert len(seen) >= (SECONDS - 7.2) / TICK_S - 1
