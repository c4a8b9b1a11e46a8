from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core.media import AudioBlock
from live_emotion.core.ticks import SAMPLE_RATE, TICK_SAMPLES
from live_emotion.pipeline.sound import TickSound


@given(
    cuts=st.lists(st.integers(1, 20_000), max_size=8),
    first_tick=st.integers(0, 3),
    seed=st.integers(0, 2**16),
)
def test_ticks_do_not_depend_on_how_sound_is_cut(
    cuts: list[int], first_tick: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).standard_normal(25_000).astype(np.float32)
    sound = TickSound(first_tick)
    origin = first_tick * TICK_SAMPLES
    edges = sorted({0, len(samples), *(c for c in cuts if c < len(samples))})
    for a, b in itertools.pairwise(edges):
        sound.push(AudioBlock((origin + a) / SAMPLE_RATE, samples[a:b]))
    padded = np.zeros(4 * TICK_SAMPLES, np.float32)
    padded[: len(samples)] = samples
    for i in range(4):
        expected = padded[i * TICK_SAMPLES : (i + 1) * TICK_SAMPLES]
        np.testing.assert_array_equal(sound.take(first_tick + i), expected)
    assert sound.dropped == 0
    assert sound.arrived(first_tick + 3) == len(samples) - 3 * TICK_SAMPLES
    assert sound.arrived(first_tick + 4) == 0


def test_a_late_start_and_a_hole_are_silence() -> None:
    sound = TickSound()
    sound.push(AudioBlock(0.1, np.ones(800, np.float32)))
    sound.push(AudioBlock(0.3, np.ones(1600, np.float32)))
    taken = sound.take(0)
    expected = np.zeros(TICK_SAMPLES, np.float32)
    expected[1600:2400] = 1.0
    expected[4800:6400] = 1.0
    np.testing.assert_array_equal(taken, expected)


def test_overlap_is_cut_and_what_is_past_ignored() -> None:
    sound = TickSound()
    sound.push(AudioBlock(0.0, np.full(6400, 1.0, np.float32)))
    sound.push(AudioBlock(0.2, np.full(6400, 2.0, np.float32)))
    sound.push(AudioBlock(0.0, np.full(100, 3.0, np.float32)))
    np.testing.assert_array_equal(sound.take(0), np.full(6400, 1.0, np.float32))
    assert sound.through == 0.6
    assert sound.take(1)[:3200].tolist() == [2.0] * 3200


def test_sound_that_runs_too_far_ahead_is_dropped_and_counted() -> None:
    sound = TickSound()
    for second in range(90):
        sound.push(AudioBlock(float(second), np.full(SAMPLE_RATE, second, np.float32)))
    assert not sound.take(0).any()
    assert sound.dropped == TICK_SAMPLES
    assert sound.take(100)[0] == 40.0
    assert sound.dropped == TICK_SAMPLES
