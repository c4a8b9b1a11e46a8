"""Hand-made features: what they react to and what they leave out."""

from __future__ import annotations

import numpy as np
import pytest

from live_emotion.core.ticks import SAMPLE_RATE, TICK_SAMPLES
from live_emotion.models.architectures import FeatureSizes
from live_emotion.perception.features import (
    FACE_FEATURES,
    LANDMARKS,
    VOICE_FEATURES,
    face_features,
    pitch_statistics,
    pitch_track,
    voice_features,
)


def voice(hz: float, seconds: float = 0.4, level: float = 0.2) -> np.ndarray:
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 8))
    return (level * tones).astype(np.float32)


def test_widths_are_those_of_the_networks() -> None:
    sizes = FeatureSizes()
    rng = np.random.default_rng(0)
    mel = rng.normal(-5.0, 2.0, (128, 32)).astype(np.float32)
    made = voice_features(mel, rng.normal(0.0, 0.1, TICK_SAMPLES).astype(np.float32))
    assert made.shape == (sizes.voice,) == (VOICE_FEATURES,)
    crop = rng.integers(0, 256, (48, 48, 3)).astype(np.uint8)
    assert face_features(crop).shape == (sizes.face,) == (FACE_FEATURES,)


@pytest.mark.parametrize("hz", [80.0, 123.0, 210.0, 330.0])
def test_pitch_of_a_voice(hz: float) -> None:
    track = pitch_track(voice(hz))
    assert np.isfinite(track).all()
    np.testing.assert_allclose(100.0 * 2.0**track, hz, rtol=0.03)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, TICK_SAMPLES).astype(np.float32)
    assert np.isnan(pitch_track(noise)).mean() > 0.8
    assert not pitch_statistics(np.zeros(TICK_SAMPLES, np.float32)).any()
    assert not pitch_statistics(None).any()


def test_a_rising_voice_has_a_slope() -> None:
    rising = np.concatenate((voice(150.0, 0.2), voice(250.0, 0.2)))
    mean, deviation, slope, share = pitch_statistics(rising)
    assert 0.5 < mean < 1.4 and deviation > 0.2 and slope > 0.5 and share > 0.8
    assert pitch_statistics(rising[::-1].copy())[2] < -0.5


def test_louder_sound_moves_the_bands_alone() -> None:
    mel = np.random.default_rng(2).normal(-5.0, 2.0, (128, 32)).astype(np.float32)
    low, high = voice_features(mel, None), voice_features(mel + 2.0, None)
    np.testing.assert_allclose(high[:32] - low[:32], 2.0, atol=1e-4)
    np.testing.assert_allclose(high[32:64], low[32:64], atol=1e-4)
    assert high[64] - low[64] == pytest.approx(2.0, abs=1e-3)


def test_brightness_and_contrast_are_taken_out_of_faces() -> None:
    crop = np.random.default_rng(3).integers(60, 120, (48, 48, 3)).astype(np.uint8)
    brighter = crop + 50
    np.testing.assert_allclose(face_features(brighter), face_features(crop), atol=1e-4)
    # A flat picture has no features.
    assert not face_features(np.full((48, 48, 3), 90, np.uint8)).any()


def test_a_change_at_a_landmark_is_seen_there() -> None:
    rng = np.random.default_rng(4)
    crop = rng.integers(80, 100, (48, 48, 3)).astype(np.uint8)
    for k, (x, y) in enumerate(LANDMARKS):
        changed = crop.copy()
        changed[round(y) - 1 : round(y) + 1, round(x) - 1 : round(x) + 1] = 255
        moved = np.abs(face_features(changed) - face_features(crop))[36:].reshape(5, 13)
        assert moved.sum(axis=1).argmax() == k
