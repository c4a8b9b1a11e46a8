"""Real inputs to check and calibrate engines with: faces, sound, texts and pictures.

They lie in ``assets/recorded.npz``, which ``assets/make_recorded.py`` makes from the demo clip.
Random inputs find gross errors; only real ones say what an engine does to the scores.
"""

from __future__ import annotations

import functools
import logging
import zipfile
from dataclasses import dataclass
from typing import Final

import numpy as np

from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.core.resources import assets_dir
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.runtime.engine import Arrays

RECORDED_FILE: Final = "recorded.npz"
_STEP: Final = 4  # ticks between the windows that are cut from a row of vectors
_ALONE: Final = 6  # every so many ticks stand in a window alone, as a first face does

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What the encoders really meet.

    Attributes
    ----------
    faces
        ``(n, 48, 48, 3)`` uint8 RGB, mirror images behind the originals.
    mel
        ``(n, 128, 32)`` float32 raw log-mel pieces.
    texts
        Sentences of all lengths.
    pictures
        JPEG files as bytes.
    """

    faces: ByteImage
    mel: FloatArray
    texts: tuple[str, ...]
    pictures: tuple[bytes, ...]


@functools.cache
def recorded() -> Recorded | None:
    """Return the real inputs, or None where the file is missing or damaged."""
    path = assets_dir() / RECORDED_FILE
    try:
        with np.load(path, allow_pickle=False) as arrays:
            faces = arrays["faces"]
            return Recorded(
                faces=np.concatenate((faces, faces[:, :, ::-1])),
                mel=arrays["mel"].astype(np.float32),
                texts=tuple(str(text) for text in arrays["texts"]),
                pictures=tuple(
                    arrays[name].tobytes()
                    for name in sorted(arrays.files)
                    if name.startswith("picture_")
                ),
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        _log.warning("no real inputs to check engines with: %s", path, exc_info=True)
        return None


def face_inputs(faces: ByteImage) -> FloatArray:
    """Return faces ``(n, 48, 48, 3)`` uint8 as ``(n, 3, 48, 48)`` float32, 0..1."""
    return np.ascontiguousarray(faces.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def windows(vectors: FloatArray) -> list[dict[str, FloatArray]]:
    """Cut a row of ticks' vectors ``(n, 64)`` into inputs of a sequence encoder.

    There are full windows, windows with gaps, and windows of a single tick.
    """
    rng = np.random.default_rng(12)
    made: list[Arrays] = []
    for start in range(0, len(vectors) - WINDOW_TICKS + 1, _STEP):
        present = np.ones(WINDOW_TICKS, np.bool_)
        if len(made) % 2:
            present = rng.random(WINDOW_TICKS) < 0.6
            present[rng.integers(WINDOW_TICKS)] = True
        made.append(_window(vectors[start : start + WINDOW_TICKS], present))
    for k in range(0, len(vectors), _ALONE):
        alone = np.zeros((WINDOW_TICKS, VECTOR_WIDTH), np.float32)
        alone[0] = vectors[k]
        made.append(_window(alone, np.arange(WINDOW_TICKS) < 1))
    return [dict(window) for window in made]


def _window(vectors: FloatArray, present: np.ndarray) -> Arrays:
    kept = np.where(present[:, np.newaxis], vectors, np.float32(0))
    return {"vectors": kept[np.newaxis].astype(np.float32), "present": present[np.newaxis]}
