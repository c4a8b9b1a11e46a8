"""Made-up pictures of people whose mouths move as told, and sound to go with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.faces.detection import Detection

WIDTH, HEIGHT = 640, 240
SIDE = 120.0
Mouth = Callable[[float], float]


class People:
    """Pictures of people side by side, and a finder that knows where they are.

    Each face is a patch of skin with eyes and a mouth whose opening (0..1) is a function of time;
    heads may sway. Nobody is drawn where `there` says so.
    """

    def __init__(
        self,
        mouths: Sequence[Mouth],
        *,
        sway: float = 0.0,
        there: Callable[[int, float], bool] = lambda person, t: True,
    ) -> None:
        self.mouths, self.sway, self.there = mouths, sway, there
        self._t = 0.0
        rng = np.random.default_rng(5)
        self._wall = rng.integers(60, 110, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        self._skin = [
            cv2.GaussianBlur(rng.integers(90, 230, (160, 130), dtype=np.uint8), (0, 0), 4)
            for _ in mouths
        ]

    def centre(self, person: int, t: float) -> tuple[float, float]:
        x = WIDTH * (person + 0.5) / len(self.mouths)
        return x + self.sway * np.sin(7.0 * t + person), HEIGHT / 2

    def picture(self, t: float) -> ByteImage:
        image = self._wall.copy()
        for person, mouth in enumerate(self.mouths):
            if self.there(person, t):
                self._draw(image, person, t, mouth(t))
        return image

    def load(self, t: float) -> Callable[[], ByteImage]:
        def read() -> ByteImage:
            self._t = t
            return self.picture(t)

        return read

    def find(self, image: ByteImage) -> list[Detection]:
        """Find everyone at the time of the picture that was read last."""
        found = []
        for person in range(len(self.mouths)):
            if not self.there(person, self._t):
                continue
            x, y = self.centre(person, self._t)
            marks = np.array(
                [[x - 22, y - 22], [x + 22, y - 22], [x, y], [x - 18, y + 24], [x + 18, y + 24]],
                np.float32,
            )
            found.append(Detection((x - 50, y - 70, 100.0, 133.0), 0.95, marks))
        return found

    def find_near(
        self, image: ByteImage, box: tuple[float, float, float, float]
    ) -> list[Detection]:
        """Find who is there in a square of nearly two sides around the box."""
        middle = np.array(box[:2]) + np.array(box[2:]) / 2
        reach = 0.9 * max(box[2:])

        def near(one: Detection) -> bool:
            centre = np.array(one.box[:2]) + np.array(one.box[2:]) / 2
            return bool(np.abs(centre - middle).max() < reach)

        return [one for one in self.find(image) if near(one)]

    def _draw(self, image: ByteImage, person: int, t: float, opening: float) -> None:
        x, y = self.centre(person, t)
        shift = np.array([[1.0, 0.0, x - 65.0], [0.0, 1.0, y - 80.0]])
        skin = cv2.warpAffine(self._skin[person], shift, (WIDTH, HEIGHT))
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        middle = (round(x * 16), round(y * 16))
        cv2.ellipse(mask, middle, (52 * 16, 70 * 16), 0, 0, 360, 255, -1, cv2.LINE_AA, 4)
        image[mask > 127] = skin[mask > 127, np.newaxis]
        for dx in (-22, 22):
            eye = (round((x + dx) * 16), round((y - 22) * 16))
            cv2.circle(image, eye, 6 * 16, (20, 20, 20), -1, cv2.LINE_AA, 4)
        lips = (round(x * 16), round((y + 24) * 16))
        size = (18 * 16, round((2 + 14 * opening) * 16))
        cv2.ellipse(image, lips, size, 0, 0, 360, (60, 10, 10), -1, cv2.LINE_AA, 4)


def syllables(seed: int, rate: float = 4.0, pauses: bool = True) -> Callable[[float], float]:
    """Return how loud a person speaks at a time, 0..1: syllables, with pauses between phrases."""
    rng = np.random.default_rng(seed)
    phase, lengths = rng.uniform(0, 6.28), rng.uniform(0.5, 1.3, 200)
    edges = np.cumsum(lengths)

    def at(t: float) -> float:
        silent = pauses and int(np.searchsorted(edges, t)) % 2 == 1
        return 0.0 if silent else 0.5 + 0.5 * float(np.sin(6.28 * rate * t + phase))

    return at


def voice(loudness: Callable[[float], float], t0: float, t1: float) -> FloatArray:
    """Return noise at 16 kHz as loud as told."""
    count = round((t1 - t0) * SAMPLE_RATE)
    times = t0 + np.arange(0, count, 160) / SAMPLE_RATE
    loud = np.repeat([0.001 + 0.2 * loudness(float(t)) for t in times], 160)[:count]
    noise = np.random.default_rng(round(t0 * 1000)).normal(0.0, 1.0, count)
    return (loud * noise).astype(np.float32)
