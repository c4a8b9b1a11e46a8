"""What the voice branch is trained to lower: losses of windows."""

from __future__ import annotations

from typing import Final

from torch import Tensor
from torch.nn import functional as F

from live_emotion.training.audio_batches import AudioBatch

SOFTMAX_SHARE: Final = 0.5
SMOOTHING: Final = 0.05
# What the labels count beside the teacher's opinion, where there is a teacher.
LABEL_SHARE: Final = 0.5
# The teacher's scores are flattened by this before they are learned (Hinton et al., 2015).
TEMPERATURE: Final = 2.0
HIDDEN_SHARE: Final = 1.0


def _mean(losses: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of losses ``(n,)`` by weights ``(n,)``; 0 where nothing has weight."""
    return (losses * weights).sum() / weights.sum().clamp(min=1.0)


def _labels(logits: Tensor, batch: AudioBatch, smoothing: float) -> Tensor:
    """Return the cross-entropy of the seven classes of the windows whose labels may be seen.

    The logarithm of each target's trust is added to the logits: an emotion that a data set never
    shows is then hardly pushed down by its clips.
    """
    discounted = logits + F.pad(batch.trust.log(), (0, 1))
    losses = F.cross_entropy(discounted, batch.classes, label_smoothing=smoothing, reduction="none")
    return _mean(losses, batch.labelled)


def _opinion(logits: Tensor, batch: AudioBatch) -> Tensor:
    """Return how far seven logits are from the teacher's, as a divergence at `TEMPERATURE`."""
    said = F.log_softmax(batch.said / TEMPERATURE, dim=1)
    losses = F.kl_div(
        F.log_softmax(logits / TEMPERATURE, dim=1), said, reduction="none", log_target=True
    ).sum(1)
    return TEMPERATURE**2 * _mean(losses, batch.taught)


def _label_share(batch: AudioBatch) -> float:
    return LABEL_SHARE if bool(batch.taught.any()) else 1.0


def pooled_loss(logits: Tensor, batch: AudioBatch) -> Tensor:
    """Return the loss of the seven classes of each window, from logits ``(n, 7)``."""
    return _label_share(batch) * _labels(logits, batch, SMOOTHING) + _opinion(logits, batch)


def hidden_loss(read: Tensor, batch: AudioBatch) -> Tensor:
    """Return the squared error of what is read out, ``(n, h)``, against the teacher's values."""
    return HIDDEN_SHARE * _mean((read - batch.hidden).square().mean(1), batch.taught)


def window_loss(logits: Tensor, batch: AudioBatch) -> Tensor:
    """Return the loss of the six logits of each window, ``(n, 6)``.

    Binary cross-entropy, each target weighted by its trust, and the softmax over the six and
    a seventh logit fixed at 0 for "none", which sharpens which of them leads. The teacher's
    scores are learned in the same two ways.
    """
    seven = F.pad(logits, (0, 1))
    trust = batch.trust * batch.labelled[:, None]
    single = F.binary_cross_entropy_with_logits(logits, batch.targets, trust, reduction="sum")
    labels = single / trust.sum().clamp(min=1.0) + SOFTMAX_SHARE * _labels(seven, batch, 0.0)
    if not batch.taught.any():
        return labels
    chances = batch.said.softmax(1)[:, :-1]
    alone = F.binary_cross_entropy_with_logits(logits, chances, reduction="none").mean(1)
    taught = _mean(alone, batch.taught) + SOFTMAX_SHARE * _opinion(seven, batch)
    return LABEL_SHARE * labels + taught
