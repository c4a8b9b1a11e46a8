"""Mel pieces in torch, the voice mask, and the augmentation of sound."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from live_emotion.perception.spectrogram import FLOOR_VALUE, HISTORY, log_mel
from live_emotion.training.audio_augment import (
    AudioAugmentation,
    NoiseBank,
    WaveAugmenter,
    change_speed,
    coloured_noise,
    level_of,
    room_response,
)
from live_emotion.training.audio_mel import mel_pieces, voiced_ticks
from live_emotion.training.audio_spectra import SpectrumAugmenter


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def voice(ticks: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(6400 * ticks) / 16000
    wave = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 20))
    return (0.1 * wave + 0.001 * rng.standard_normal(len(t))).astype(np.float32)


def with_history(wave: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.pad(wave, (HISTORY, 0)))[None]


def test_torch_pieces_equal_the_stream() -> None:
    waves = [voice(3), 0.05 * coloured_noise(3 * 6400, 1.0, np.random.default_rng(1))]
    pieces = mel_pieces(torch.cat([with_history(w) for w in waves]))
    assert pieces.shape == (2, 3, 1, 128, 32)
    for row, wave in enumerate(waves):
        whole = log_mel(wave)
        for k in range(3):
            expected = whole[:, 32 * k : 32 * k + 32]
            np.testing.assert_allclose(pieces[row, k, 0].numpy(), expected, atol=2e-3)


def test_pieces_need_whole_ticks() -> None:
    with pytest.raises(ValueError, match="whole ticks"):
        mel_pieces(torch.zeros(1, 6400))


def test_silent_ticks_are_masked_and_one_always_remains() -> None:
    wave = voice(5)
    wave[2 * 6400 : 4 * 6400] *= 1e-3
    present = voiced_ticks(with_history(wave))
    assert present.tolist() == [[True, True, False, False, True]]
    click = np.zeros(3 * 6400, dtype=np.float32)
    click[7000:7500] = 0.1
    assert voiced_ticks(with_history(click)).tolist() == [[False, True, False]]


def test_speed_raises_pitch_and_shortens() -> None:
    t = np.arange(16000) / 16000
    tone = np.sin(2 * np.pi * 500 * t).astype(np.float32)
    fast = change_speed(tone, 1.25)
    assert len(fast) == pytest.approx(12800, abs=2)
    peak = np.abs(np.fft.rfft(fast, 16000)).argmax()
    assert peak == pytest.approx(625, abs=2)


def test_noise_has_its_slope() -> None:
    noise = coloured_noise(1 << 17, 1.0, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.linspace(0, 8000, len(power))
    low, high = (power[(hz > f) & (hz < 2 * f)].mean() for f in (200, 2000))
    assert 10 * np.log10(low / high) == pytest.approx(10, abs=0.6)
    assert noise.std() == pytest.approx(1, abs=1e-3)


def test_a_room_keeps_the_direct_sound_first_and_decays() -> None:
    response = room_response(16, generator())
    assert (response[:, 0] == 1).all()
    early, late = response[:, 32:1600].square().sum(1), response[:, 4800:].square().sum(1)
    assert (late < early).all()
    tail = 10 * torch.log10(response[:, 1:].square().sum(1))
    assert (tail > -22.5).all() and (tail < -5.5).all()


def augment(settings: AudioAugmentation, waves: torch.Tensor, empty: torch.Tensor) -> torch.Tensor:
    bank = NoiseBank([voice(4, s) for s in range(3)], np.random.default_rng(0), seconds=6)
    noise = bank.draw(len(waves), waves.shape[1], np.random.default_rng(1))
    return WaveAugmenter(settings, generator())(waves, noise, empty)


def test_noise_is_mixed_at_the_ratio_asked_for() -> None:
    settings = AudioAugmentation(gain_db=0, noise=1, room=0, band=0, snr_db=(10, 10))
    waves = with_history(voice(5)).repeat(8, 1) * 0.3
    heard = augment(settings, waves, torch.zeros(8, dtype=torch.bool))
    added = (heard - waves).square().mean(1).sqrt()
    ratio = 20 * torch.log10(level_of(waves)[:, 0] / added)
    np.testing.assert_allclose(ratio.numpy(), 10, atol=0.7)


def test_empty_rows_hold_no_voice() -> None:
    settings = AudioAugmentation(gain_db=0, noise=0, room=0, band=0)
    waves = with_history(voice(3)).repeat(2, 1) * 0.3
    heard = augment(settings, waves, torch.tensor([True, False]))
    torch.testing.assert_close(heard[1], waves[1])
    likeness = torch.corrcoef(torch.stack((heard[0], waves[0])))[0, 1]
    assert abs(float(likeness)) < 0.2 and float(heard[0].abs().max()) > 0


def test_a_seed_repeats_the_augmentation() -> None:
    waves = with_history(voice(3)).repeat(6, 1)
    empty = torch.zeros(6, dtype=torch.bool)
    settings = AudioAugmentation(room=1, band=1)
    first, second = (augment(settings, waves, empty) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.isfinite(first).all() and float(first.abs().max()) <= 1
    assert not torch.equal(first, waves)


def test_colour_shifts_each_row_smoothly_and_keeps_the_floor() -> None:
    mel = torch.zeros(12, 2, 1, 128, 32)
    mel[:, 1] = FLOOR_VALUE
    plain = SpectrumAugmenter(AudioAugmentation(gain_db=0, colour_db=0), generator()).colour(mel)
    torch.testing.assert_close(plain[:, 0], mel[:, 0], atol=1e-4, rtol=0)
    changed = SpectrumAugmenter(AudioAugmentation(), generator()).colour(mel)
    curve = changed[:, 0, 0, :, 0]
    assert (changed[:, 0, 0] == curve[..., None]).all()
    assert float(curve.diff(dim=1).abs().max()) < 0.35
    assert float(curve.mean(1).std()) > 0.8
    assert (changed[:, 1] >= FLOOR_VALUE).all()


def test_masks_cover_runs_of_bands_and_frames_with_the_mean() -> None:
    augmenter = SpectrumAugmenter(AudioAugmentation(), generator(3))
    mel, fill = torch.ones(40, 4, 1, 128, 32), torch.full((128,), -7.0)
    masked = augmenter.mask(mel, fill)
    assert set(masked.unique().tolist()) == {-7.0, 1.0}
    bands = (masked == -7).all(-1).all(1)[:, 0]
    assert 8 < int(bands.sum(1).max()) <= AudioAugmentation().bands + 1
    assert 0.25 < float((bands.any(1)).float().mean()) < 0.75
    assert 0.0 < float((masked == -7).float().mean()) < 0.3


def test_warping_moves_the_frequencies_and_keeps_the_times() -> None:
    mel = torch.full((40, 2, 1, 128, 32), -5.0)
    mel[:, 1, 0, 70:73, 10:12] = 1.0
    still = SpectrumAugmenter(AudioAugmentation(warp=0.0), generator())
    assert still.warp(mel) is mel
    warped = SpectrumAugmenter(AudioAugmentation(warp=0.1), generator()).warp(mel)
    changed = (warped != mel).flatten(1).any(1)
    assert 10 <= int(changed.sum()) <= 30
    assert (warped[:, 0] == -5).all() and (warped[..., :10] == -5).all()
    strongest = warped[:, 1, 0, :, 10].argmax(1)
    moved = strongest[changed] - strongest[~changed][0]
    # A tenth of the frequency is four bands up here.
    assert int(moved.min()) < 0 < int(moved.max()) and int(moved.abs().max()) <= 5
