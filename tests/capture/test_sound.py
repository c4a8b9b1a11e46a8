"""Any sound becomes gapless 16 kHz mono on the clock's grid."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_emotion.capture.audio_line import AudioLine
from live_emotion.capture.clock_grid import ClockGrid
from tests.capture.media_maker import Clip, play


def _tone(rate: int, first: int, n: int, hz: float = 300.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * (first + np.arange(n)) / rate)).astype(np.float32)


def _frame(samples: np.ndarray, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
    frame.sample_rate = rate
    return frame


def _join(blocks: list) -> tuple[float, np.ndarray]:
    for before, after in itertools.pairwise(blocks):
        assert before.t_end == pytest.approx(after.t, abs=1e-9)
    return blocks[0].t, np.concatenate([b.samples for b in blocks])


RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 44_099, 48_000, 96_000])


@settings(deadline=None, max_examples=60)
@given(rate=RATES, first=st.integers(0, 20_000), pieces=st.lists(st.integers(1, 3_000), min_size=1))
def test_a_sine_keeps_its_phase_and_length(rate: int, first: int, pieces: list[int]) -> None:
    line = AudioLine()
    blocks = []
    at = first
    for n in pieces:
        blocks += line.push(_frame(_tone(rate, at, n), rate), Fraction(at, rate))
        at += n
    blocks += line.flush()
    expected = -(-at * 16_000 // rate) - -(-first * 16_000 // rate)
    if expected == 0:
        assert blocks == []
        return
    t, sound = _join(blocks)
    assert len(sound) == expected
    assert 0 <= t - first / rate < 1 / 16_000 + 1e-9
    wanted = 0.5 * np.sin(2 * np.pi * 300 * (t + np.arange(len(sound)) / 16_000))
    edge = 150  # The resampler has no neighbours at the ends.
    if len(sound) > 3 * edge:
        assert np.abs(sound - wanted)[edge:-edge].max() < 0.01


@settings(deadline=None, max_examples=40)
@given(
    rate=RATES,
    hole=st.floats(0.05, 3.0),
    sizes=st.tuples(st.integers(2_000, 9_000), st.integers(2_000, 9_000)),
)
def test_a_hole_is_silent_and_what_follows_is_in_time(
    rate: int, hole: float, sizes: tuple[int, int]
) -> None:
    line = AudioLine()
    begin = sizes[0] + round(hole * rate)
    blocks = [*line.push(_frame(_tone(rate, 0, sizes[0]), rate), Fraction(0))]
    blocks += line.push(_frame(_tone(rate, begin, sizes[1]), rate), Fraction(begin, rate))
    t, sound = _join(blocks + list(line.flush()))
    assert t == 0.0
    assert len(sound) == -(-(begin + sizes[1]) * 16_000 // rate)
    low, high = int(sizes[0] / rate * 16_000) + 100, int(begin / rate * 16_000) - 100
    assert np.abs(sound[low:high]).max(initial=0.0) < 1e-3
    clock = np.arange(len(sound)) / 16_000
    wanted = 0.5 * np.sin(2 * np.pi * 300 * clock)
    inside = slice(high + 350, len(sound) - 150)
    assert np.abs(sound - wanted)[inside].max(initial=0.0) < 0.01


def test_an_overlap_is_cut() -> None:
    line = AudioLine()
    blocks = [*line.push(_frame(_tone(48_000, 0, 48_000), 48_000), Fraction(0))]
    late = _frame(_tone(48_000, 24_000, 48_000), 48_000)
    blocks += line.push(late, Fraction(1, 2))
    _, sound = _join(blocks + list(line.flush()))
    assert len(sound) == 24_000
    wanted = 0.5 * np.sin(2 * np.pi * 300 * np.arange(24_000) / 16_000)
    assert np.abs(sound - wanted)[100:-100].max() < 0.01


def test_jitter_of_timestamps_is_smoothed_until_damage_is_told() -> None:
    def run(damaged: bool) -> np.ndarray:
        line = AudioLine()
        blocks = [*line.push(_frame(_tone(16_000, 0, 1_600), 16_000), Fraction(0))]
        if damaged:
            line.damaged()
        shifted = Fraction(1_600 + 160, 16_000)  # 10 ms late
        blocks += line.push(_frame(np.ones(1_600, np.float32) * 0.25, 16_000), shifted)
        return _join(blocks + list(line.flush()))[1]

    assert len(run(False)) == 3_200
    sound = run(True)
    assert len(sound) == 3_360
    assert not sound[1_600:1_760].any()
    assert (sound[1_760:] == 0.25).all()


def test_the_rate_may_change_on_the_way() -> None:
    line = AudioLine()
    blocks = [*line.push(_frame(_tone(48_000, 0, 24_000), 48_000), Fraction(0))]
    blocks += line.push(_frame(_tone(22_050, 11_025, 11_025), 22_050), Fraction(1, 2))
    _, sound = _join(blocks + list(line.flush()))
    assert len(sound) == 16_000
    wanted = 0.5 * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)
    error = np.abs(sound - wanted)
    assert error[100:7_900].max() < 0.01
    assert error[8_100:-100].max() < 0.01


def test_values_out_of_range_are_mended() -> None:
    line = AudioLine()
    wild = np.array([2.0, -3.0, np.nan, 0.5] * 400, dtype=np.float32)
    _, sound = _join([*line.push(_frame(wild, 16_000), Fraction(0)), *line.flush()])
    np.testing.assert_array_equal(sound[:4], np.float32([1.0, -1.0, 0.0, 0.5]))


@given(
    runs=st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 4_000)), max_size=8),
    first=st.integers(0, 5_000),
    length=st.one_of(st.none(), st.integers(1, 12_000)),
)
def test_the_grid_keeps_every_sample_at_its_number(
    runs: list[tuple[int, int]], first: int, length: int | None
) -> None:
    last = None if length is None else first + length
    grid = ClockGrid(first, last)
    truth: dict[int, float] = {}
    begun = False
    blocks = []
    end = first
    for index, n in runs:
        values = np.arange(index + 1, index + n + 1, dtype=np.float32)
        blocks += grid.put(index, values)
        if last is not None:
            n = max(0, min(n, last - index))
            index = min(index, last)
        if n and not begun:
            begun = True
            end = max(first, index)
            if last is not None:
                end = min(end, last)
        if not begun:
            continue
        reach = max(end, index + n)
        for i in range(end, reach):
            truth[i] = float(i + 1) if i >= index else 0.0
        end = max(end, reach)
    blocks += grid.flush()
    got: dict[int, float] = {}
    for block in blocks:
        at = round(block.t * 16_000)
        assert at // 1_600 == (at + len(block.samples) - 1) // 1_600
        got |= {at + i: float(v) for i, v in enumerate(block.samples)}
    assert got == truth


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
def test_odd_rates_and_channels_give_the_same_tone(layout: str, rate: int, tmp_path: Path) -> None:
    clip = Clip(
        rate=rate, layout=layout, video_codec=None, audio_codec="pcm_s16le", sample_format="s16"
    )
    played = play(clip.write(tmp_path / "tone.wav"))
    assert not played.frames
    assert len(played.sound) == 4 * 16_000
    tone = played.sound[16_200:17_400]
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone))))
    assert np.argmax(spectrum) * 16_000 / len(tone) == pytest.approx(880, abs=15)
    # The same tone on every channel keeps its level.
    assert np.abs(tone).max() == pytest.approx(0.7, rel=0.03)


def test_channels_without_known_places_are_averaged() -> None:
    levels = np.int16([16_384] * 3 + [8_192] * 3 + [0] * 3)
    packed = np.tile(levels, 1_600)[None, :]
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="9 channels")
    frame.sample_rate = 16_000
    line = AudioLine()
    _, sound = _join([*line.push(frame, Fraction(0)), *line.flush()])
    np.testing.assert_allclose(sound, 0.25, atol=1e-6)
