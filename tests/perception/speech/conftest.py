from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from live_emotion.perception.speech.whisper import WhisperRecognizer

Sound = NDArray[np.float32]


@pytest.fixture(scope="session")
def whisper() -> WhisperRecognizer:
    return WhisperRecognizer()


@pytest.fixture(scope="session")
def sound_of(data_dir: Path) -> Callable[[str], Sound]:
    """Decode the sound of a clip of the data folder's `av`, by a part of its name."""

    def load(part: str) -> Sound:
        (path,) = (data_dir / "av").glob(f"*{part}*.mp4")
        with av.open(str(path)) as film:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=16000)
            blocks = [
                out.to_ndarray().ravel()
                for frame in [*film.decode(audio=0), None]
                for out in resampler.resample(frame)
            ]
        return np.concatenate(blocks).astype(np.float32)

    return load


def white(seconds: float, level: float, seed: int = 0) -> Sound:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(seconds * 16000))).astype(np.float32)


def pink(seconds: float, level: float) -> Sound:
    n = round(seconds * 16000)
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(n))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), n)
    return (level * noise / noise.std()).astype(np.float32)


def hum(seconds: float, level: float) -> Sound:
    t = np.arange(round(seconds * 16000)) / 16000
    return (level * sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 9))).astype(np.float32)


@pytest.fixture(params=["white", "faint white", "pink", "hum", "clicks", "silence"])
def speechless(request: pytest.FixtureRequest) -> Sound:
    """A minute in which nobody speaks."""
    clicks = np.zeros(60 * 16000, np.float32)
    clicks[::9000] = 1.0
    makers: dict[str, Callable[[], Sound]] = {
        "white": lambda: white(60, 0.1),
        "faint white": lambda: white(60, 0.002),
        "pink": lambda: pink(60, 0.1),
        "hum": lambda: hum(60, 0.1),
        "clicks": lambda: clicks,
        "silence": lambda: np.zeros(60 * 16000, np.float32),
    }
    return makers[request.param]()
