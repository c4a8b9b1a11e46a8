"""Hand-made features of a tick: what networks without encoders of their own are given.

LF-LSTM, LF-TRANS and MulT were published on features of other programs (OpenFace, COVAREP,
word vectors). These here are of the same kind and made from the same tick that the encoders see:

* sound, 74 numbers: mean and deviation over the tick of 32 log-mel bands, statistics of energy, of
  pitch by autocorrelation, spectral balance and change;
* face, 101 numbers: the level crop in grey, its brightness and contrast taken out, as 6x6 means
  over the whole and 3x3 means around each of the five landmarks, with four strengths of edges
  around each (the crop is cut by the landmarks, so that they stand at fixed places in it; see
  `live_emotion.perception.faces.crop`);
* words: the subword embeddings of the words network, read elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.faces.crop import CENTRE, CROP_SIDE, SPAN
from live_emotion.perception.spectrogram import MEL_BANDS, PIECE_FRAMES

VOICE_FEATURES: Final = 74
FACE_FEATURES: Final = 101

_BANDS: Final = 32
LOWEST_HZ: Final = 60.0
HIGHEST_HZ: Final = 400.0
_PITCH_FRAME: Final = 800  # 50 ms: three periods of the lowest pitch
_PITCH_STEP: Final = 400
# Of the autocorrelation at the best lag against that at none.
_VOICED: Final = 0.45
_SILENCE: Final = 1e-4
_OCTAVE_COST: Final = 0.03

_EYES_Y, _MOUTH_Y = CENTRE[1] - SPAN / 2, CENTRE[1] + SPAN / 2
# Where the landmarks stand in a crop (x, y): eyes, nose, corners of the mouth.
LANDMARKS: Final = (
    (CENTRE[0] - SPAN / 2, _EYES_Y),
    (CENTRE[0] + SPAN / 2, _EYES_Y),
    (CENTRE[0], CENTRE[1]),
    (CENTRE[0] - 7.0, _MOUTH_Y),
    (CENTRE[0] + 7.0, _MOUTH_Y),
)
_CELL: Final = 4  # pixels
_AROUND: Final = 3  # cells a side
_WHOLE: Final = 6
_DIRECTIONS: Final = 4


def voice_features(mel: FloatArray, samples: FloatArray | None) -> FloatArray:
    """Return the features of one tick's sound, ``(74,)`` float32.

    Parameters
    ----------
    mel
        ``(128, 32)`` log-mel piece.
    samples
        ``(6400,)`` of the same tick at 16 kHz for its pitch; None or silence counts as unvoiced.
    """
    bands = mel.reshape(_BANDS, MEL_BANDS // _BANDS, PIECE_FRAMES).mean(axis=1)
    energy = mel.mean(axis=0)
    half = PIECE_FRAMES // 2
    # Loudness above the tick's own floor weighs the bands: where the sound sits.
    weight = np.exp(mel - mel.max(initial=0.0)).sum(axis=1)
    balance = float((weight * np.arange(MEL_BANDS)).sum() / max(float(weight.sum()), 1e-12))
    change = np.abs(np.diff(mel, axis=1)).mean() if PIECE_FRAMES > 1 else 0.0
    rest = (
        energy.mean(),
        energy.std(),
        energy.max() - energy.min(),
        energy[half:].mean() - energy[:half].mean(),
        balance / MEL_BANDS,
        change,
    )
    pitch = pitch_statistics(samples)
    made = np.concatenate((bands.mean(axis=1), bands.std(axis=1), rest, pitch))
    return made.astype(np.float32)


def pitch_statistics(samples: FloatArray | None) -> NDArray[np.float64]:
    """Return mean, deviation and slope of the pitch, and the share that is voiced, ``(4,)``.

    Pitch is in octaves from 100 Hz; its slope is the later half's mean less the earlier's. All
    are 0 where nothing is voiced.
    """
    if samples is None or len(samples) < _PITCH_FRAME:
        return np.zeros(4)
    octaves = pitch_track(samples)
    voiced = np.isfinite(octaves)
    if not voiced.any():
        return np.zeros(4)
    half = len(octaves) // 2
    early, late = octaves[:half][voiced[:half]], octaves[half:][voiced[half:]]
    slope = late.mean() - early.mean() if len(early) and len(late) else 0.0
    there = octaves[voiced]
    return np.array([there.mean(), there.std(), slope, voiced.mean()])


def pitch_track(samples: FloatArray) -> NDArray[np.float64]:
    """Return the pitch of each 25 ms in octaves from 100 Hz, NaN where unvoiced.

    Autocorrelation divided by that of the window (Boersma, 1993), its highest peak between 60
    and 400 Hz with a small cost for low pitches, so that halves of the pitch are not taken.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, _PITCH_FRAME)[::_PITCH_STEP]
    window = np.hanning(_PITCH_FRAME)
    x = (frames - frames.mean(axis=1, keepdims=True)) * window
    own = _autocorrelation(window[np.newaxis])[0]
    r = _autocorrelation(x)
    energy = r[:, :1]
    first, last = round(SAMPLE_RATE / HIGHEST_HZ), round(SAMPLE_RATE / LOWEST_HZ)
    lags = np.arange(first, last + 1)
    shape = r[:, first : last + 1] / np.maximum(energy, 1e-12) / (own[lags] / own[0])
    cost = _OCTAVE_COST * np.log2(lags / first)
    best = (shape - cost).argmax(axis=1)
    strength = shape[np.arange(len(shape)), best]
    loud = energy[:, 0] > _SILENCE**2 * _PITCH_FRAME
    hz = SAMPLE_RATE / lags[best]
    return np.where((strength > _VOICED) & loud, np.log2(hz / 100.0), np.nan)


def face_features(crop: ByteImage) -> FloatArray:
    """Return the features of a level crop ``(48, 48, 3)`` uint8, ``(101,)`` float32."""
    grey = crop.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    grey = (grey - grey.mean()) / max(float(grey.std()), 1.0)
    side = CROP_SIDE // _WHOLE
    whole = grey.reshape(_WHOLE, side, _WHOLE, side).mean(axis=(1, 3)).ravel()
    down, across = np.gradient(grey)
    strength, angle = np.hypot(across, down), np.arctan2(down, across) % np.pi
    sector = np.minimum((angle / np.pi * _DIRECTIONS).astype(np.int64), _DIRECTIONS - 1)
    parts: list[NDArray[Any]] = [whole]
    reach = _CELL * _AROUND // 2
    for x, y in LANDMARKS:
        left = int(np.clip(round(x) - reach, 0, CROP_SIDE - 2 * reach))
        top = int(np.clip(round(y) - reach, 0, CROP_SIDE - 2 * reach))
        place = np.s_[top : top + 2 * reach, left : left + 2 * reach]
        cells = grey[place].reshape(_AROUND, _CELL, _AROUND, _CELL).mean(axis=(1, 3))
        edges = np.bincount(
            sector[place].ravel(), strength[place].ravel(), minlength=_DIRECTIONS
        ) / (4 * reach * reach)
        parts += [cells.ravel(), edges]
    return np.concatenate(parts).astype(np.float32)


def _autocorrelation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    # Only joint networks hear with these numbers: the import would take a twentieth of a start.
    from scipy import fft

    size = fft.next_fast_len(2 * x.shape[1], real=True)
    spectrum = fft.rfft(x, size, axis=1)
    made: NDArray[np.float64] = fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, : x.shape[1]]
    return made
