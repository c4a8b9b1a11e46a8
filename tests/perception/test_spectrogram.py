from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.perception import spectrogram as sg
from live_emotion.perception.spectrogram import MelStream, log_mel


def noise(n: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


def toolbox_band_edges(bands: int, top_hz: float) -> list[float]:
    """Equal steps on the Auditory Toolbox's curve, found by bisection on its definition."""

    def mel(hz: float) -> float:
        # 66.67 Hz apart below 1 kHz; above, each step multiplies by 1.0711703.
        return hz * 3 / 200 if hz < 1000 else 15 + math.log(hz / 1000, 6.4 ** (1 / 27))

    edges = []
    for k in range(bands + 2):
        target, low, high = mel(top_hz) * k / (bands + 1), 0.0, top_hz
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if mel(middle) < target else (low, middle)
        edges.append((low + high) / 2)
    return edges


def test_filters_follow_slaneys_definition() -> None:
    edges = toolbox_band_edges(128, 8000.0)
    bins = np.arange(201) * 40.0
    for band, filter_ in enumerate(sg.mel_filters()):
        a, b, c = edges[band : band + 3]
        expected = np.interp(bins, [a, b, c], [0.0, 1.0, 0.0])
        np.testing.assert_allclose(filter_, expected, atol=1e-9)


def test_no_band_is_empty() -> None:
    assert sg.mel_filters().shape == (128, 201)
    assert (sg.mel_filters().max(axis=1) > 1e-4).all()


@given(st.floats(0, 8000))
def test_mel_scale_inverts(hz: float) -> None:
    assert float(sg.mel_to_hz(sg.hz_to_mel(hz))) == pytest.approx(hz, abs=1e-6)


def test_frames_see_the_samples_they_should() -> None:
    click = np.zeros(2000, dtype=np.float32)
    click[1000] = 1.0  # frames 200i-200 .. 200i+199 hold it for i = 5 (at 200) and 6 (at 0)
    heard = (log_mel(click) > sg.FLOOR_VALUE + 1e-3).any(axis=0)
    assert heard.tolist() == [i == 5 for i in range(10)]  # the window is zero at its first sample


def test_one_frame_equals_the_plain_formula() -> None:
    x = noise(800).astype(np.float64)
    n = np.arange(400)
    frame = x[200:600] * np.sin(np.pi * n / 400) ** 2
    power = [
        abs(sum(v * complex(math.cos(w), -math.sin(w)) for v, w in zip(frame, arg, strict=True)))
        ** 2
        for arg in (2 * np.pi * k * n / 400 for k in range(201))
    ]
    expected = np.log(sg.mel_filters() @ np.array(power) + 1e-6)
    np.testing.assert_allclose(log_mel(x.astype(np.float32))[:, 2], expected, rtol=1e-4)


def test_a_tone_lands_in_its_band() -> None:
    t = np.arange(16000) / 16000
    mel = log_mel(np.sin(2 * np.pi * 2000 * t).astype(np.float32))
    centres = toolbox_band_edges(128, 8000.0)[1:-1]
    assert abs(centres[int(mel[:, 40].argmax())] - 2000) < 60


@settings(max_examples=40, deadline=None)
@given(
    total=st.integers(0, 4 * TICK_SAMPLES),
    cuts=st.lists(st.integers(0, 4 * TICK_SAMPLES), max_size=12),
    first=st.integers(0, 1000),
)
def test_any_chunking_gives_the_pieces_of_the_whole(
    total: int, cuts: list[int], first: int
) -> None:
    x = noise(total, seed=total)
    stream = MelStream(first_tick=first)
    pieces = [
        p for chunk in np.split(x, sorted(min(c, total) for c in cuts)) for p in stream.push(chunk)
    ]
    pieces += stream.flush()
    whole = log_mel(x)
    filled = np.full((128, -(-whole.shape[1] // 32) * 32), sg.FLOOR_VALUE, dtype=np.float32)
    filled[:, : whole.shape[1]] = whole
    assert [tick for tick, _ in pieces] == list(range(first, first + filled.shape[1] // 32))
    for k, (_, mel) in enumerate(pieces):
        assert mel.dtype == np.float32
        np.testing.assert_array_equal(mel, filled[:, 32 * k : 32 * k + 32])


def test_a_later_start_with_history_equals_the_whole() -> None:
    x = noise(3 * TICK_SAMPLES)
    part = log_mel(x[TICK_SAMPLES:], history=x[TICK_SAMPLES - sg.HISTORY : TICK_SAMPLES])
    np.testing.assert_array_equal(part, log_mel(x)[:, 32:])


def test_silence_is_the_floor_and_leftovers_are_dropped() -> None:
    stream = MelStream()
    assert stream.push(np.zeros(199, dtype=np.float32)) == []
    assert stream.flush() == []
    ((tick, mel),) = (*stream.push(np.zeros(TICK_SAMPLES, dtype=np.float32)),)
    assert tick == 0
    np.testing.assert_array_equal(mel, np.float32(sg.FLOOR_VALUE))
    assert stream.next_tick == 1


def test_what_is_not_mono_is_refused() -> None:
    stereo = np.zeros((2, 400), dtype=np.float32)
    with pytest.raises(ValueError, match="mono"):
        log_mel(stereo)
    with pytest.raises(ValueError, match="mono"):
        MelStream().push(stereo)
    with pytest.raises(ValueError, match="history"):
        log_mel(stereo[0], history=stereo[0])
