"""What the voice branch is trained to lower: losses of windows."""

from __future__ import annotations

from typing import Final

from torch import Tensor
from torch.nn import functional as F

from live_emotion.training.audio_batches import AudioBatch

SOFTMAX_SHARE: Final = 0.5
SMOOTHING: Final = 0.05


def _discount(batch: AudioBatch) -> Tensor:
    """Return what is added to the seven logits: the logarithm of each target's trust.

    An emotion that a data set never shows is then hardly pushed down by its clips.
    """
    return F.pad(batch.trust.log(), (0, 1))


def pooled_loss(logits: Tensor, batch: AudioBatch) -> Tensor:
    """Return the cross-entropy of the seven classes of each window, from logits ``(n, 7)``."""
    discounted = logits + _discount(batch)
    return F.cross_entropy(discounted, batch.classes, label_smoothing=SMOOTHING)


def window_loss(logits: Tensor, batch: AudioBatch) -> Tensor:
    """Return the loss of the six logits of each window, ``(n, 6)``.

    Binary cross-entropy, each target weighted by its trust, and the softmax over the six and
    a seventh logit fixed at 0 for "none", which sharpens which of them leads.
    """
    single = F.binary_cross_entropy_with_logits(logits, batch.targets, batch.trust, reduction="sum")
    leading = F.cross_entropy(F.pad(logits, (0, 1)) + _discount(batch), batch.classes)
    return single / batch.trust.sum() + SOFTMAX_SHARE * leading
