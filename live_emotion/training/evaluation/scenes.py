"""Scenes in which nobody expresses anything: a wall, a quiet room, a microphone's own noise."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, ByteImage, FloatArray, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S, TICK_SAMPLES, tick_start
from live_emotion.perception.speech.activity import VoiceActivity
from live_emotion.training.audio_augment import coloured_noise
from live_emotion.training.audio_pauses import quiet_pauses_of
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.evaluation.tables import AUDIO_TABLE, read_recordings
from live_emotion.training.evaluation.voices import unseen

WIDTH: Final = 640
HEIGHT: Final = 480
FRAMES_A_TICK: Final = 2
_MINUTE_TICKS: Final = 150
_LOOP: Final = 20 * SAMPLE_RATE
_MOST_CLIPS: Final = 400


class Wall:
    """A camera that looks at walls: another every minute, with flicker, noise and exposure.

    Parameters
    ----------
    seed
        Of all choices.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._minute = -1
        self._base = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self._box = (0, 0, 100)

    def frames(self, ticks: int) -> Iterator[VideoFrame]:
        """Yield `FRAMES_A_TICK` pictures a tick."""
        for number in range(ticks * FRAMES_A_TICK):
            t = number * TICK_S / FRAMES_A_TICK
            yield VideoFrame(t, number, WIDTH, HEIGHT, functools.partial(self.picture, number))

    def crop(self, tick: int) -> ByteImage:
        """Return a part of a tick's last picture, ``(48, 48, 3)``, as if a face were there."""
        image = self.picture((tick + 1) * FRAMES_A_TICK - 1)
        x, y, side = self._box
        part = image[y : y + side, x : x + side]
        return np.asarray(cv2.resize(part, (48, 48), interpolation=cv2.INTER_AREA), np.uint8)

    def picture(self, number: int) -> ByteImage:
        """Return a picture ``(480, 640, 3)`` uint8; the same number gives the same."""
        minute = number // (_MINUTE_TICKS * FRAMES_A_TICK)
        if minute != self._minute:
            self._minute = minute
            self._build(np.random.default_rng([self._seed, minute]))
        random = np.random.default_rng([self._seed, 1000 + number])
        t = number * TICK_S / FRAMES_A_TICK
        light = 1.0 + 0.03 * np.sin(4.4 * t) + 0.1 * np.sin(0.11 * t)
        small = random.normal(0.0, self._noise, (HEIGHT, WIDTH)).astype(np.float32)
        picture = self._base * np.float32(light) + small[:, :, np.newaxis]
        return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)

    def _build(self, random: np.random.Generator) -> None:
        colour = random.uniform(15, 220) * (1 + random.normal(0, 0.08, 3))
        coarse = random.normal(0, 1, (6, 8)).astype(np.float32)
        shade = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        base = colour * (1 + 0.12 * shade[:, :, np.newaxis])
        for _ in range(int(random.integers(0, 4))):  # a door, a picture, a shelf
            x, y = int(random.integers(0, WIDTH - 60)), int(random.integers(0, HEIGHT - 60))
            w, h = int(random.integers(30, 260)), int(random.integers(20, 300))
            base[y : y + h, x : x + w] *= random.uniform(0.5, 1.4)
        self._base = base.astype(np.float32)
        self._noise = float(random.uniform(1.0, 6.0))
        side = int(random.integers(80, 260))
        self._box = (
            int(random.integers(0, WIDTH - side)),
            int(random.integers(0, HEIGHT - side)),
            side,
        )


def room_noise(ticks: int, seed: int) -> FloatArray:
    """Return a room without talk, ``(6400 ticks,)``: fans, mains hum, now and then a knock.

    Level (-70 to -40 dB of full scale) and colour (between pink and brown) change by the minute.
    """
    random = np.random.default_rng(seed)
    size = ticks * TICK_SAMPLES
    out = np.empty(size, dtype=np.float32)
    # Noise from a Fourier transform is periodic, so loops of it have no seam.
    loops = [coloured_noise(_LOOP, slope, random) for slope in (1.0, 1.5, 2.0)]
    seconds = np.arange(TICK_SAMPLES * _MINUTE_TICKS) / SAMPLE_RATE
    for start in range(0, size, TICK_SAMPLES * _MINUTE_TICKS):
        part = min(TICK_SAMPLES * _MINUTE_TICKS, size - start)
        at = (int(random.integers(_LOOP)) + np.arange(part)) % _LOOP
        mix = random.dirichlet(np.ones(len(loops)))
        noise = sum(w * loop[at] for w, loop in zip(mix, loops, strict=True))
        hum = sum(
            random.uniform(0, 0.5) / k * np.sin(2 * np.pi * 50 * k * seconds[:part])
            for k in (1, 2, 3)
        )
        level = 10 ** (random.uniform(-70, -40) / 20)
        sound = level * (noise + hum)
        for _ in range(int(random.integers(0, 4))):
            knock = int(random.integers(max(1, part - 4000)))
            length = min(4000, part - knock)
            burst = random.normal(0, 1, length) * np.exp(-np.arange(length) / 500)
            sound[knock : knock + length] += 8 * level * burst
        out[start : start + part] = sound
    return out


def silence(ticks: int, seed: int) -> FloatArray:
    """Return a microphone's own noise at -80 dB in 16 bits; every other minute is digital zero."""
    random = np.random.default_rng(seed)
    size = ticks * TICK_SAMPLES
    noise = np.rint(random.normal(0, 1e-4, size) * 32768) / 32768
    minute = np.arange(size) // (TICK_SAMPLES * _MINUTE_TICKS)
    return np.where(minute % 2 == 0, noise, 0.0).astype(np.float32)


def pauses(options: EvaluateOptions, ticks: int, heard: frozenset[str] = frozenset()) -> FloatArray:
    """Return what is heard of speakers while they are silent: before, between, after words.

    Cut from those clips of ``audio.csv`` that training has not heard, where voice activity is sure
    that nobody talks and nobody cries aloud either (see `quiet_pauses_of`), joined with short
    fades, and repeated up to the length wanted.

    Parameters
    ----------
    options
        Names the folder.
    ticks
        Length.
    heard
        Speakers that training has heard.

    Raises
    ------
    UserError
        If the table or a clip cannot be read, or there is no pause of a tick's length in all.
    """
    clips = unseen(read_recordings(options.data / AUDIO_TABLE), heard, options)[0]
    order = np.random.default_rng(options.seed).permutation(len(clips))[:_MOST_CLIPS]
    activity = VoiceActivity()
    found: list[FloatArray] = []
    size = ticks * TICK_SAMPLES
    for k in order:
        found += quiet_pauses_of(read_sound(options.data / Path(clips[int(k)].path)), activity)
        if sum(map(len, found)) >= size:
            break
    if sum(map(len, found)) < TICK_SAMPLES:
        raise UserError(f"The clips of {options.data} hold no pauses to measure on.")
    return np.resize(np.concatenate(found), size)


def blocks(samples: FloatArray) -> Iterator[AudioBlock]:
    """Yield sound tick by tick."""
    for tick in range(len(samples) // TICK_SAMPLES):
        part = samples[tick * TICK_SAMPLES : (tick + 1) * TICK_SAMPLES]
        yield AudioBlock(tick_start(tick), part)
