"""What whisper's encoder hears in the training clips, tick by tick.

A speech recogniser has heard thousands of voices, the training data hold a hundred. The means of
its encoder's output over 0.4 s tell emotions of unseen speakers apart far better than what a small
network learns from the clips alone, so they teach it (`audio_teacher`). Only training uses them.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.perception.speech.whisper_models import find_model
from live_emotion.training.audio_clips import ClipStore

# The encoder gives a vector every 20 ms, from two frames of 10 ms each.
_VECTORS_A_TICK: Final = 20
_FRAMES_MAX: Final = 3_000
# Zeros behind the clip, in samples: the last frames need something to look at.
_PADDING: Final = 160
_PEAK: Final = 0.5
_FORMAT: Final = 1

_log = logging.getLogger(__name__)


class SpeechFeatures:
    """Whisper's vectors of every tick of every clip, computed once and kept beside the clips.

    Parameters
    ----------
    store
        The clips.
    folder
        Receives ``speech-*.npy`` (half precision, about 2 kB a second of sound).
    model
        Name or folder of a faster-whisper model; None takes the one that came with the program.
    threads
        CPU threads.

    Attributes
    ----------
    width
        Numbers of each vector.

    Raises
    ------
    UserError
        If the model is not on this machine.
    """

    def __init__(
        self, store: ClipStore, folder: Path, model: str | None = None, threads: int = 1
    ) -> None:
        ticks = [max(1, -(-store.length(r) // TICK_SAMPLES)) for r in range(len(store))]
        self._starts = np.concatenate(([0], np.cumsum(ticks))).astype(np.int64)
        stem = "speech-" + hashlib.sha256((model or "").encode()).hexdigest()[:12]
        vectors, index = folder / f"{stem}.npy", folder / f"{stem}.json"
        described = {
            "format": _FORMAT,
            "model": model or "",
            "paths": [c.path for c in store.clips],
            "ticks": ticks,
        }
        if not index.exists() or json.loads(index.read_text("utf-8")) != described:
            folder.mkdir(parents=True, exist_ok=True)
            np.save(vectors, _encode(store, self._starts, model, threads))
            index.write_text(json.dumps(described), "utf-8")
        self._vectors: NDArray[np.float16] = np.load(vectors, mmap_mode="r", allow_pickle=False)
        self.width = int(self._vectors.shape[1])

    def ticks(self, row: int) -> int:
        """Return the number of ticks of a clip, the last one maybe short."""
        return int(self._starts[row + 1] - self._starts[row])

    def at(self, rows: NDArray[np.int64], ticks: NDArray[np.int64]) -> FloatArray:
        """Return vectors of clips' ticks, those beyond a clip's ends taken from its ends.

        Parameters
        ----------
        rows
            ``(n,)`` clips.
        ticks
            ``(n, t)`` from each clip's start.

        Returns
        -------
        FloatArray
            ``(n, t, width)`` float32.
        """
        first, last = self._starts[rows][:, None], self._starts[rows + 1][:, None] - 1
        at = np.clip(first + ticks, first, last)
        return np.asarray(self._vectors[at], dtype=np.float32)


def _encode(
    store: ClipStore, starts: NDArray[np.int64], model: str | None, threads: int
) -> NDArray[np.float16]:
    """Run the encoder over every clip."""
    import ctranslate2
    from faster_whisper.feature_extractor import FeatureExtractor

    try:
        whisper = ctranslate2.models.Whisper(
            str(find_model(model)), device="cpu", intra_threads=threads, compute_type="float32"
        )
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"The whisper model “{model}” that shall teach the voice branch cannot be read."
        ) from error
    spectrum = FeatureExtractor(feature_size=whisper.n_mels)
    parts: list[NDArray[np.float16]] = []
    for row in range(len(store)):
        heard = _hear(whisper, spectrum, store.wave(row))
        count = int(starts[row + 1] - starts[row])
        spans = (heard[k * _VECTORS_A_TICK : (k + 1) * _VECTORS_A_TICK] for k in range(count))
        means = [s.mean(0) if len(s) else heard[-1] for s in spans]
        parts.append(np.stack(means).astype(np.float16))
        if row % 1000 == 999:
            _log.info("speech features: %d of %d clips", row + 1, len(store))
    return np.concatenate(parts)


def _hear(whisper: Any, spectrum: Any, wave: FloatArray) -> FloatArray:
    """Return the encoder's output ``(t, width)`` of a clip, at most 30 s, at an even level."""
    import ctranslate2

    level = max(1e-3, float(np.abs(wave).max(initial=0.0))) / _PEAK
    mel = spectrum(wave / np.float32(level), padding=_PADDING)
    mel = mel[:, : min(_FRAMES_MAX, max(2, mel.shape[1] // 2 * 2))]
    view = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None], dtype=np.float32))
    return np.asarray(np.array(whisper.encode(view, to_cpu=True))[0], dtype=np.float32)
