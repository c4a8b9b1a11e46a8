"""Evaluating the face branch on still faces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.core.media import ByteImage
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.training.evaluation.encoders import open_encoders
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.progress import tracked
from live_emotion.training.metrics import Array
from live_emotion.training.vision_data import load_faces

TRAINING_FILE: Final = "faces_train.npz"
# Takes RGB faces (n, 48, 48, 3) uint8, returns changed ones and (n,) whether each is there.
Change = Callable[[ByteImage], tuple[ByteImage, NDArray[np.bool_]]]
_AT_ONCE: Final = 512


def face_items(options: EvaluateOptions, change: Change | None = None) -> Items:
    """Score the still faces of every ``faces_*.npz`` of a folder.

    Each face is one tick: through the face encoder and, alone in its window, through the
    sequence encoder. Rows whose majority of votes is "not a face" or "unknown" are left out;
    near copies of training faces are left out of the six-way labels only.

    Parameters
    ----------
    options
        ``faces_train.npz`` is left out unless ``everything`` is asked for.
    change
        Applied to the faces before they are scored; those that are gone then have no scores.

    Raises
    ------
    UserError
        If there are no such files, one is damaged, or weights are missing.
    """
    paths, notes = _files(options)
    faces = [load_faces(path, training=True) for path in paths]
    if not sum(map(len, faces)):
        raise UserError(f"The faces_*.npz of {options.data} hold no labelled face.")
    with open_encoders(options, "vision") as encoders:
        logits = np.concatenate([score_faces(encoders, f.images.numpy(), change) for f in faces])
        probabilities = encoders.calibrate("vision", logits.astype(np.float32)).astype(np.float64)
    names = np.repeat([path.name for path in paths], [len(f) for f in faces])
    return Items(
        probabilities,
        np.concatenate([f.targets for f in faces]),
        np.concatenate([f.labels for f in faces]),
        logits,
        info=encoders.branches["vision"],
        parts={"per_file": names} if len(paths) > 1 else {},
        notes=notes,
        facts={"files": [path.name for path in paths]},
    )


def score_faces(encoders: EncoderSet, grey: ByteImage, change: Change | None = None) -> Array:
    """Return the face branch's logits of grey faces ``(n, 48, 48)`` uint8.

    They are ``(n, 6)``, NaN for faces that a change has made go.
    """
    out = np.full((len(grey), 6), np.nan)
    alone = np.ones(1, dtype=np.bool_)
    for start in tracked(range(0, len(grey), _AT_ONCE), "faces"):
        rgb = np.repeat(grey[start : start + _AT_ONCE, :, :, np.newaxis], 3, axis=3)
        there = np.ones(len(rgb), dtype=np.bool_)
        if change is not None:
            rgb, there = change(rgb)
        for k, vector in enumerate(encoders.vision_face(rgb)):
            if there[k]:
                out[start + k] = encoders.vision_sequence(vector[np.newaxis], alone)
    return out


def _files(options: EvaluateOptions) -> tuple[list[Path], tuple[str, ...]]:
    paths = sorted(options.data.glob("faces_*.npz"))
    if not paths:
        raise UserError(f"{options.data} holds no faces_*.npz: name the folder that does.")
    if options.everything:
        return paths, ()
    unseen = [path for path in paths if path.name != TRAINING_FILE]
    if not unseen:
        raise UserError(
            f"{options.data} holds only {TRAINING_FILE}, which training has seen: "
            "add other faces_*.npz, or ask for --all."
        )
    left_out = len(unseen) < len(paths)
    return unseen, (f"{TRAINING_FILE} was left out: training has seen it.",) if left_out else ()
