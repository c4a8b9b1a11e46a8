"""Log-mel spectra in pieces of one tick, streamed exactly.

16 kHz sound, Hann windows of 400 samples every 200 (12.5 ms), 128 mel bands on Slaney's scale,
``log(power + 1e-6)``. Frame ``i`` sees the samples ``200 i - 200 .. 200 i + 199``: half a window
of zeros stands before the first sample and nothing after the last, so a piece (32 frames, one
tick) needs 200 samples before it and none after (Jia et al., PMLR 260, 2025, section 3.2). On the
HTK scale four of the 128 bands would hold no bin of the transform; on Slaney's none is empty
(M. Slaney, Auditory Toolbox, Interval Technical Report 1998-010).
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import SAMPLE_RATE, TICK_SAMPLES

MEL_BANDS: Final = 128
FFT_SIZE: Final = 400
HOP: Final = 200
PIECE_FRAMES: Final = TICK_SAMPLES // HOP
HISTORY: Final = FFT_SIZE - HOP
POWER_FLOOR: Final = 1e-6
FLOOR_VALUE: Final = math.log(POWER_FLOOR)

# Slaney's scale: linear up to 1 kHz (200/3 Hz a mel), then 27 steps for each factor of 6.4.
_LINEAR_HZ_PER_MEL: Final = 200.0 / 3.0
_BREAK_HZ: Final = 1000.0
_BREAK_MEL: Final = _BREAK_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP: Final = math.log(6.4) / 27.0


def hz_to_mel(hz: ArrayLike) -> NDArray[np.float64]:
    """Return Slaney's mel value of frequencies in Hz (0 or more)."""
    f = np.asarray(hz, dtype=np.float64)
    above = _BREAK_MEL + np.log(np.maximum(f, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(f < _BREAK_HZ, f / _LINEAR_HZ_PER_MEL, above)


def mel_to_hz(mel: ArrayLike) -> NDArray[np.float64]:
    """Return the frequencies in Hz of Slaney's mel values; the inverse of `hz_to_mel`."""
    m = np.asarray(mel, dtype=np.float64)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(m, _BREAK_MEL) - _BREAK_MEL))
    return np.where(m < _BREAK_MEL, m * _LINEAR_HZ_PER_MEL, above)


@functools.cache
def mel_filters() -> NDArray[np.float64]:
    """Return the filter bank, ``(128, 201)``: triangles of height 1, 0 to 8 kHz.

    Each triangle stands on three neighbouring points of the mel scale. They are not scaled to equal
    area: that makes them 30 to 200 times lower, and quiet speech then drowns in `POWER_FLOOR`, most
    of all in the high bands.
    """
    points = mel_to_hz(np.linspace(0.0, float(hz_to_mel(SAMPLE_RATE / 2)), MEL_BANDS + 2))
    low, centre, high = points[:-2, None], points[1:-1, None], points[2:, None]
    bins = np.arange(FFT_SIZE // 2 + 1) * (SAMPLE_RATE / FFT_SIZE)
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    filters: NDArray[np.float64] = np.clip(np.minimum(rising, falling), 0.0, None)
    filters.flags.writeable = False
    return filters


@functools.cache
def analysis_window() -> NDArray[np.float64]:
    """Return the periodic Hann window, ``(400,)``."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(FFT_SIZE) / FFT_SIZE)
    window.flags.writeable = False
    return window


def _piece(samples: NDArray[np.float64]) -> FloatArray:
    """Return the ``(128, 32)`` log-mel of 6,600 samples: 200 of history and one tick."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FFT_SIZE)[::HOP]
    spectrum = np.fft.rfft(frames * analysis_window(), axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    mel = mel_filters() @ power.T
    return np.log(mel + POWER_FLOOR).astype(np.float32)


def log_mel(samples: FloatArray, history: FloatArray | None = None) -> FloatArray:
    """Return the log-mel spectrum of a run of sound.

    Everything is computed piece by piece, in float64, with the same shapes as `MelStream`
    uses, so the two agree to the last bit.

    Parameters
    ----------
    samples
        ``(n,)`` mono sound at 16 kHz, -1..1.
    history
        ``(200,)`` samples that came before, or None at the start of a file (zeros).

    Returns
    -------
    numpy.ndarray
        ``(128, n // 200)`` float32, natural logarithm of power; whole frames only.

    Raises
    ------
    ValueError
        If `samples` has more than one axis or `history` is not ``(200,)``.
    """
    if samples.ndim != 1:
        raise ValueError(f"samples must be mono, one axis; got shape {samples.shape}")
    before = np.zeros(HISTORY) if history is None else np.asarray(history, dtype=np.float64)
    if before.shape != (HISTORY,):
        raise ValueError(f"history must hold {HISTORY} samples; got shape {before.shape}")
    frames = len(samples) // HOP
    pieces = -(-frames // PIECE_FRAMES)
    padded = np.zeros(HISTORY + pieces * TICK_SAMPLES)
    padded[:HISTORY] = before
    padded[HISTORY : HISTORY + frames * HOP] = samples[: frames * HOP]
    mel = np.empty((MEL_BANDS, pieces * PIECE_FRAMES), dtype=np.float32)
    for k in range(pieces):
        span = padded[k * TICK_SAMPLES : (k + 1) * TICK_SAMPLES + HISTORY]
        mel[:, k * PIECE_FRAMES : (k + 1) * PIECE_FRAMES] = _piece(span)
    return mel[:, :frames]


class MelStream:
    """Cuts arriving sound into log-mel pieces, one a tick.

    Memory is bounded: at most one tick and its history is held between calls.

    Parameters
    ----------
    first_tick
        The tick that begins with the first sample pushed.
    """

    def __init__(self, first_tick: int = 0) -> None:
        self._tick = first_tick
        self._held: FloatArray = np.zeros(HISTORY, dtype=np.float32)

    @property
    def next_tick(self) -> int:
        """The tick that the next piece will carry."""
        return self._tick

    def push(self, samples: FloatArray) -> list[tuple[int, FloatArray]]:
        """Take the next samples and return the pieces they complete.

        Parameters
        ----------
        samples
            ``(n,)`` mono sound at 16 kHz that follows the last push without a gap.

        Returns
        -------
        list of (tick, mel)
            In order; mel is ``(128, 32)`` float32.

        Raises
        ------
        ValueError
            If `samples` has more than one axis.
        """
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, one axis; got shape {samples.shape}")
        held = np.concatenate((self._held, np.asarray(samples, dtype=np.float32)))
        pieces: list[tuple[int, FloatArray]] = []
        at = 0
        while len(held) - at >= HISTORY + TICK_SAMPLES:
            span = held[at : at + HISTORY + TICK_SAMPLES].astype(np.float64)
            pieces.append((self._tick, _piece(span)))
            self._tick += 1
            at += TICK_SAMPLES
        self._held = held[at:].copy()
        return pieces

    def flush(self) -> list[tuple[int, FloatArray]]:
        """End the stream: return the short last piece, filled up with the floor value.

        Returns
        -------
        list of (tick, mel)
            One piece, or none when less than one whole frame (12.5 ms) is left. Afterwards the
            stream stands at the next tick with no history.
        """
        rest = self._held[HISTORY:]
        frames = len(rest) // HOP
        pieces: list[tuple[int, FloatArray]] = []
        if frames:
            mel = np.full((MEL_BANDS, PIECE_FRAMES), FLOOR_VALUE, dtype=np.float32)
            mel[:, :frames] = log_mel(rest, self._held[:HISTORY])
            pieces.append((self._tick, mel))
            self._tick += 1
        self._held = np.zeros(HISTORY, dtype=np.float32)
        return pieces
