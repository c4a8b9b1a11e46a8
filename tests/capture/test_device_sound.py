"""A sound card's samples on the session clock: drift, bursts, losses, any rate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from live_emotion.capture.device_sound import DeviceSound
from live_emotion.capture.sound_clock import SoundClock
from live_emotion.core.media import AudioBlock
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S

BLOCK_S = 0.02


def lateness(rng: np.random.Generator) -> float:
    """How late a callback comes: a little always, now and then more."""
    return float(0.004 * rng.random() + 0.06 * (rng.random() < 0.1))


def test_drift_is_fitted_through_late_callbacks() -> None:
    rng = np.random.default_rng(0)
    clock, drift = SoundClock(), 80e-6
    for k in range(round(200 / BLOCK_S)):
        device_s = k * BLOCK_S
        clock.add(device_s, 1.3 + device_s * (1.0 + drift) + lateness(rng))
    assert clock.drift_ppm == pytest.approx(80.0, abs=15.0)
    assert clock.to_session(200.0) == pytest.approx(1.3 + 200.0 * (1 + drift), abs=0.005)
    assert clock.rebased == 0


def test_no_drift_is_claimed_too_early() -> None:
    clock = SoundClock()
    for k in range(500):
        clock.add(k * BLOCK_S, k * BLOCK_S + 0.5)
    assert np.isnan(clock.drift_ppm)
    assert clock.to_session(9.0) == pytest.approx(9.5)


def test_a_burst_of_old_sound_does_not_move_the_line() -> None:
    clock = SoundClock()
    for k in range(round(20 / BLOCK_S)):
        device_s = k * BLOCK_S
        # From 8 to 13 s nothing comes, then all of it within a few milliseconds.
        late = max(0.0, 13.0 + (device_s - 8.0) * 0.01 - device_s) if device_s > 8.0 else 0.0
        clock.add(device_s, 1.0 + device_s + late)
    assert clock.rebased == 0
    assert clock.to_session(20.0) == pytest.approx(21.0, abs=0.005)


def test_lost_sound_moves_the_line_within_a_second_or_so() -> None:
    clock = SoundClock()
    for k in range(round(8 / BLOCK_S)):
        clock.add(k * BLOCK_S, 1.0 + k * BLOCK_S)
    for k in range(round(8 / BLOCK_S), round(10 / BLOCK_S)):
        clock.add(k * BLOCK_S, 6.0 + k * BLOCK_S)  # five seconds never came
    assert clock.rebased == 1
    assert clock.to_session(10.0) == pytest.approx(16.0, abs=0.005)


def tone(rate: int, seconds: float, hz: float = 440.0) -> np.ndarray:
    t = np.arange(round(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def play(rate: int, seconds: float, *, drift: float = 0.0, start: float = 1.1) -> list[AudioBlock]:
    clock = SoundClock()
    sound = DeviceSound(rate, clock)
    samples = tone(rate, seconds)
    step = round(rate * BLOCK_S)
    blocks: list[AudioBlock] = []
    for first in range(0, len(samples), step):
        device_s = first / rate
        clock.add(device_s, start + device_s * (1.0 + drift))
        blocks += sound.push(samples[first : first + step])
    return blocks


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
def test_any_rate_becomes_16_khz_at_its_time(rate: int) -> None:
    blocks = play(rate, 3.0)
    assert blocks[0].t == pytest.approx(1.1, abs=0.003)
    for before, after in itertools.pairwise(blocks):
        assert after.t == pytest.approx(before.t_end, abs=1e-9)
    whole = np.concatenate([b.samples for b in blocks])
    assert whole.dtype == np.float32
    t = blocks[0].t - 1.1 + np.arange(len(whole)) / SAMPLE_RATE
    middle = slice(2000, -2000)
    # Within a tenth of a millisecond: a 440 Hz tone that is off by more no longer fits.
    error = whole[middle] - 0.5 * np.sin(2 * np.pi * 440.0 * t)[middle]
    assert float(np.sqrt(np.mean(error**2))) < 0.5 * 2 * np.pi * 440.0 * 1e-4


@pytest.mark.parametrize("drift", [-150e-6, 150e-6])
def test_drift_is_taken_back_without_holes(drift: float) -> None:
    blocks = play(16000, 120.0, drift=drift)
    for before, after in itertools.pairwise(blocks):
        assert after.t == pytest.approx(before.t_end, abs=1e-9)
    assert blocks[-1].t_end == pytest.approx(1.1 + 120.0 * (1 + drift), abs=0.005)


def test_a_loss_becomes_a_hole_and_an_overlap_is_cut() -> None:
    clock = SoundClock()
    sound = DeviceSound(16000, clock)
    quiet = np.full(320, 0.1, np.float32)
    clock.add(0.0, 1.0)
    first = sound.push(quiet)[0]
    sound.lost(16000)
    clock.add(1.02, 2.02)
    after = sound.push(quiet)[0]
    assert after.t - first.t_end == pytest.approx(1.0, abs=0.002)
    assert sound.overlapped == 0
    clock.add(1.04, 1.84)  # as if the line had been 0.2 s late until now
    assert sound.push(quiet) == []
    assert sound.overlapped == 320


def test_wrong_numbers_do_not_get_through() -> None:
    clock = SoundClock()
    sound = DeviceSound(16000, clock)
    clock.add(0.0, 0.0)
    block = sound.push(np.array([np.nan, np.inf, -np.inf, 2.0] * 100, np.float32))[0]
    assert np.isfinite(block.samples).all()
    assert float(np.abs(block.samples).max()) <= 1.0


def test_the_lines_error_stays_far_below_a_tick() -> None:
    rng = np.random.default_rng(1)
    clock = SoundClock()
    worst = 0.0
    for k in range(round(60 / BLOCK_S)):
        device_s = k * BLOCK_S
        true = 0.7 + device_s * (1 - 60e-6)
        clock.add(device_s, true + lateness(rng))
        if device_s > 1.0:
            worst = max(worst, abs(clock.to_session(device_s) - true))
    assert worst < 0.02 < TICK_S


def test_a_burst_comes_in_blocks_short_enough_to_judge_each_by_its_age() -> None:
    clock = SoundClock()
    sound = DeviceSound(16000, clock)
    clock.add(0.0, 2.0)
    blocks = sound.push(np.full(16000 * 3, 0.1, np.float32))
    assert max(len(b.samples) for b in blocks) <= SAMPLE_RATE // 10
    assert blocks[-1].t_end == pytest.approx(5.0)
    for before, after in itertools.pairwise(blocks):
        assert after.t == pytest.approx(before.t_end, abs=1e-9)
