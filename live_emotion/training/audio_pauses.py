"""What a microphone hears of people who say nothing: learned as "no emotion".

The program keeps such ticks from the voice branch, but no gate is perfect: breath, room and the
recorder's own noise must not look like a quiet, sad voice when some slip through.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.activity import CHUNK, VoiceActivity
from live_emotion.training.audio_clips import ClipStore

# Sure silence, and so many chunks away from whatever may be speech.
PROBABILITY: Final = 0.1
AWAY_CHUNKS: Final = 5
FADE: Final = 160
# A pause is at most so loud, as a share of the clip's loud parts.
QUIET: Final = 0.15
SECONDS: Final = 240.0
# Shares of the draws that are a microphone's own noise, and digital silence.
_HISS: Final = 0.2
_ZERO: Final = 0.1


def pauses_of(samples: FloatArray, activity: VoiceActivity) -> list[FloatArray]:
    """Return the parts of a recording in which surely nobody talks, faded in and out.

    Parameters
    ----------
    samples
        ``(n,)`` at 16 kHz.
    activity
        Judges them; it is reset.
    """
    activity.reset()
    spans = activity.push(AudioBlock(0.0, samples))
    quiet = np.array([p < PROBABILITY for _, _, p in spans], dtype=np.bool_)
    if not len(quiet):
        return []
    loud = np.convolve(~quiet, np.ones(2 * AWAY_CHUNKS + 1), mode="same") > 0
    edges = np.flatnonzero(np.diff(np.concatenate(([True], loud, [True])).astype(np.int8)))
    parts = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        part = samples[first * CHUNK : last * CHUNK].copy()
        if len(part) >= 4 * FADE:
            ramp = np.linspace(0.0, 1.0, FADE, dtype=np.float32)
            part[:FADE] *= ramp
            part[-FADE:] *= ramp[::-1]
            parts.append(part)
    return parts


def quiet_pauses_of(samples: FloatArray, activity: VoiceActivity) -> list[FloatArray]:
    """Return those of `pauses_of` that are no louder than a pause can be.

    A cry that is no speech to the judge shows something all the same.
    """
    limit = QUIET * float(np.quantile(np.abs(samples), 0.95)) if len(samples) else 0.0
    parts = pauses_of(samples, activity)
    return [part for part in parts if np.quantile(np.abs(part), 0.95) <= limit]


class PauseBank:
    """Some minutes of the pauses of training clips, kept beside the run.

    Parameters
    ----------
    store
        The clips.
    rows
        Which of them may be listened to.
    folder
        Keeps the pauses as ``pauses.npz``, so that a run that is taken up finds them.
    seconds
        How much to gather, at most.
    """

    def __init__(
        self,
        store: ClipStore,
        rows: NDArray[np.int64],
        folder: Path | None = None,
        seconds: float = SECONDS,
    ) -> None:
        kept = folder / "pauses.npz" if folder else None
        if kept is not None and kept.exists():
            with np.load(kept) as held:
                if np.array_equal(held["rows"], rows):
                    self._parts = np.split(held["samples"], held["ends"][:-1])
                    return
        self._parts = list(_gathered(store, rows, int(seconds * SAMPLE_RATE)))
        if kept is not None and self._parts:
            ends = np.cumsum([len(part) for part in self._parts])
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(kept, rows=rows, samples=np.concatenate(self._parts), ends=ends)

    def __len__(self) -> int:
        return len(self._parts)

    def draw(self, length: int, rng: np.random.Generator) -> FloatArray:
        """Return ``(length,)`` of pauses in a row, of hiss, or of nothing at all."""
        kind = rng.random()
        if kind < _ZERO:
            return np.zeros(length, np.float32)
        if kind < _ZERO + _HISS or not self._parts:
            level = 10 ** rng.uniform(-5.0, -2.5)
            hiss = rng.normal(0.0, level, length)
            return np.asarray(np.rint(hiss * 32768) / 32768, np.float32)
        # One voice's pauses sound alike; a window now and then holds those of several.
        chosen: list[FloatArray] = []
        at = int(rng.integers(len(self._parts)))
        while sum(map(len, chosen)) < length:
            chosen.append(self._parts[at])
            at = int(rng.integers(len(self._parts))) if rng.random() < 0.5 else at
        level = 10 ** rng.uniform(-0.75, 0.3)
        run = np.concatenate(chosen)
        start = int(rng.integers(len(run) - length + 1))
        return np.asarray(run[start : start + length] * level, np.float32)


def _gathered(store: ClipStore, rows: NDArray[np.int64], size: int) -> Iterator[FloatArray]:
    activity = VoiceActivity()
    total = 0
    for row in np.random.default_rng(len(rows)).permutation(rows):
        for part in quiet_pauses_of(store.wave(int(row)), activity):
            total += len(part)
            yield part
        if total >= size:
            return
