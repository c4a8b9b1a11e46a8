"""Faces with their votes: what the vision branch learns from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import binom
from torch import Tensor

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.training.metrics import NO_LABEL, Array

# FER+ column (Barsoum et al., ICMI 2016) of each of `EMOTIONS`.
_COLUMNS: Final = ("happiness", "sadness", "anger", "fear", "disgust", "surprise")
_CLASSES: Final = ("neutral", *_COLUMNS, "contempt")
MIN_VOTES: Final = 3
# The older FER2013 label counts as this many further votes for disgust; for fear only where
# one of the ten saw it too, since that label is given far too often.
_OLDER_VOTES: Final = {"disgust": 2.0, "fear": 1.0}


@dataclass(frozen=True)
class Faces:
    """Grey face crops with the shares of votes.

    Attributes
    ----------
    images
        ``(n, 48, 48)`` uint8 tensor.
    classes
        ``(n, 8)`` float32 shares of neutral, the six, contempt; in training the older label is
        blended in, and classes that a single annotator saw are left out.
    targets
        ``(n, 6)`` float64 1 or 0: at least 3 of the ten votes.
    soft
        ``(n, 6)`` float32: the chance that ten other voters of the same mind would give at
        least 3 votes. It keeps 3 votes from being certain and 2 from being nothing.
    labels
        ``(n,)`` index of the one emotion shown, or `NO_LABEL` where the largest of all votes
        is tied or another, and for near copies of a training face.
    """

    images: Tensor
    classes: Tensor
    targets: Array
    soft: Tensor
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: NDArray[Any]) -> Faces:
        """Return the faces of the given row numbers."""
        at = torch.from_numpy(np.asarray(rows, dtype=np.int64))
        return Faces(
            self.images[at], self.classes[at], self.targets[rows], self.soft[at], self.labels[rows]
        )


def load_faces(path: Path, *, training: bool) -> Faces:
    """Read ``faces_*.npz``.

    Parameters
    ----------
    path
        Of the file, as the data's README describes it.
    training
        Leave out rows whose majority is "not a face" or unknown, and blend in the older label.

    Raises
    ------
    UserError
        If the file is missing or is not of that form.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            images, votes = held["images"], held["votes"].astype(np.float64)
            columns = [str(c) for c in held["vote_columns"]]
            older = held.get("fer2013_label")
            copies = held.get("near_dup_of_train")
        order = [columns.index(name) for name in _CLASSES]
        if images.shape[1:] != (48, 48) or votes.shape != (len(images), len(columns)):
            raise ValueError("shapes")
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: give the folder that holds it.") from error
    except (KeyError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise UserError(
            f"{path} does not hold faces as expected (images 48x48, votes, vote_columns)."
        ) from error
    ours = votes[:, order]
    six = ours[:, 1:7]
    labels = _labels(votes, [columns.index(name) for name in _COLUMNS], copies)
    targets = (six >= MIN_VOTES).astype(np.float64)
    if training and older is not None:
        ours = _with_older_label(ours, np.asarray(older))
    blended = ours[:, 1:7]
    total = np.maximum(votes.sum(axis=1, keepdims=True), np.maximum(blended, 1))
    soft = binom.sf(MIN_VOTES - 1, 10, np.clip(blended / total, 0, 1))
    if training:
        ours = _without_single_votes(ours)
    faces = Faces(
        torch.from_numpy(np.ascontiguousarray(images)),
        torch.from_numpy((ours / np.maximum(ours.sum(1, keepdims=True), 1)).astype(np.float32)),
        targets,
        torch.from_numpy(soft.astype(np.float32)),
        labels,
    )
    if not training:
        return faces
    majority = votes.argmax(axis=1)
    bad = [columns.index(name) for name in ("unknown", "NF") if name in columns]
    return faces.take(np.flatnonzero(~np.isin(majority, bad) & (ours.sum(axis=1) > 0)))


def _labels(votes: Array, six: list[int], copies: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    largest = votes.argmax(axis=1)
    unique = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    index = {column: k for k, column in enumerate(six)}
    labels = np.array([index.get(int(c), NO_LABEL) for c in largest], dtype=np.int64)
    labels[~unique] = NO_LABEL
    if copies is not None:
        labels[np.asarray(copies, dtype=bool)] = NO_LABEL
    return labels


def _with_older_label(ours: Array, older: NDArray[Any]) -> Array:
    lifted = ours.copy()
    for name, extra in _OLDER_VOTES.items():
        column = _CLASSES.index(name)
        rows = older == name
        if name == "fear":
            rows = rows & (ours[:, column] >= 1)
        lifted[rows, column] += extra
    return lifted


def _without_single_votes(ours: Array) -> Array:
    """Drop classes with one vote, as Barsoum et al. do, where others have more."""
    return np.where((ours <= 1) & (ours.max(axis=1, keepdims=True) > 1), 0.0, ours)


def hold_out(faces: Faces, share: float, seed: int) -> tuple[Faces, Faces]:
    """Split into faces to train on and a fold held out, the latter for calibration.

    The fold is drawn evenly from every emotion; near copies of a remaining face go back to
    the training side, where they cannot flatter the fold.
    """
    random = np.random.default_rng(seed)
    group = faces.classes.argmax(dim=1).numpy()
    held = np.zeros(len(faces), dtype=bool)
    for k in range(len(_CLASSES)):
        rows = random.permutation(np.flatnonzero(group == k))
        held[rows[: round(share * len(rows))]] = True
    small = torch.nn.functional.avg_pool2d(faces.images[:, None].float(), 4).flatten(1)
    small = torch.nn.functional.normalize(small - small.mean(1, keepdim=True), dim=1)
    mask = torch.from_numpy(held)
    rest = small[~mask]
    rows = np.flatnonzero(held)
    for part in np.array_split(rows, max(1, len(rows) // 512)):
        if len(part) and len(rest):
            likeness = (small[torch.from_numpy(part)] @ rest.T).amax(dim=1).numpy()
            held[part[likeness > 0.95]] = False
    return faces.take(np.flatnonzero(~held)), faces.take(np.flatnonzero(held))


def class_weights(faces: Faces, power: float = 0.25, highest: float = 2.5) -> Tensor:
    """Return a weight ``(8,)`` for each class: rarer ones more, at most `highest`."""
    mass = faces.classes.sum(dim=0).clamp(min=1.0)
    weights = (mass.max() / mass) ** power
    # Contempt is nobody's score here: it need not pull.
    weights[len(EMOTIONS) + 1] = 1.0
    return weights.clamp(max=highest)
