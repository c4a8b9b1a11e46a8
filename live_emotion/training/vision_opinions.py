"""What a teacher makes of the training faces, and how it is learned beside the votes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from live_emotion.training.vision_data import Faces

# Share of the teacher's opinion in the loss, the rest is the votes'.
SHARE: Final = 0.6
# Hinton et al. (2015): above 1, what is unlikely says more.
TEMPERATURE: Final = 2.0


@dataclass(frozen=True)
class Opinions:
    """Logits of every training face.

    Attributes
    ----------
    classes
        ``(n, 8)`` as the face encoder's first head gives them.
    emotions
        ``(n, 6)`` as its second head gives them.
    """

    classes: Tensor
    emotions: Tensor

    def __len__(self) -> int:
        return len(self.classes)


def opinion_loss(
    outputs: tuple[Tensor, Tensor], told: Opinions, rows: Tensor, share: float, weights: Tensor
) -> Tensor:
    """Return how far a batch is from the teacher's opinion.

    Parameters
    ----------
    outputs
        Class logits ``(n, 8)`` and emotion logits ``(n, 6)`` of the faces `rows`; what stands
        behind these in the batch has no opinion.
    told
        Of all faces.
    rows
        ``(n,)`` the faces of this batch.
    share
        Of the emotions by themselves.
    weights
        ``(n,)`` of the faces.
    """
    classes, emotions = (x[: len(rows)].float() for x in outputs)
    soft = (told.classes[rows].to(classes) / TEMPERATURE).softmax(dim=1)
    apart = F.kl_div(F.log_softmax(classes / TEMPERATURE, dim=1), soft, reduction="none").sum(1)
    chances = told.emotions[rows].to(emotions).sigmoid()
    alone = F.binary_cross_entropy_with_logits(emotions, chances, reduction="none").sum(1)
    return ((TEMPERATURE**2 * apart + share * alone) * weights).sum() / weights.sum()


def save_opinions(path: Path, told: Opinions, faces: Faces) -> None:
    """Keep opinions on faces, see `find_opinions`."""
    np.savez(
        path,
        classes=told.classes.numpy(),
        emotions=told.emotions.numpy(),
        faces=_mark(faces),
    )


def find_opinions(path: Path, faces: Faces) -> Opinions | None:
    """Return opinions that were kept on just these faces, or None."""
    try:
        with np.load(path, allow_pickle=False) as held:
            if not np.array_equal(held["faces"], _mark(faces)):
                return None
            classes, emotions = (torch.from_numpy(held[k]) for k in ("classes", "emotions"))
    except (OSError, KeyError, ValueError, EOFError, BadZipFile):
        return None
    return Opinions(classes, emotions) if len(classes) == len(faces) else None


def _mark(faces: Faces) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return a number per face, the same for the same picture."""
    return np.asarray(faces.images.long().sum((1, 2)).numpy(), np.int64)
