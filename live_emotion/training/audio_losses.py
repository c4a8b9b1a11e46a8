"""What the voice branch is trained to lower: losses of pieces and of windows."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from live_emotion.training.audio_batches import AudioBatch

SOFTMAX_SHARE: Final = 0.5
SMOOTHING: Final = 0.1
EACH_SHARE: Final = 0.3


def _discount(batch: AudioBatch) -> Tensor:
    """Return what is added to the seven logits: the logarithm of each target's trust.

    An emotion that a data set never shows is then hardly pushed down by its clips.
    """
    return F.pad(batch.trust.log(), (0, 1))


def piece_loss(pieces: Tensor, batch: AudioBatch) -> Tensor:
    """Return the cross-entropy of the seven classes, from pieces ``(m, 7)`` alone.

    Most of it on the mean of a window's pieces, since not every 0.4 s of a clip shows what the
    clip is labelled with; the rest on each piece. Every window counts alike.
    """
    owner = torch.nonzero(batch.present)[:, 0]
    share = 1.0 / batch.present.sum(1).clamp(min=1).to(pieces.dtype)
    mean = pieces.new_zeros((len(batch.classes), pieces.shape[1])).index_add(
        0, owner, pieces * share[owner, None]
    )
    discount = _discount(batch)
    whole = F.cross_entropy(mean + discount, batch.classes, label_smoothing=SMOOTHING)
    each = F.cross_entropy(
        pieces + discount[owner],
        batch.classes[owner],
        label_smoothing=SMOOTHING,
        reduction="none",
    )
    return whole + EACH_SHARE * (each * share[owner]).sum() / len(batch.classes)


def window_loss(logits: Tensor, batch: AudioBatch) -> Tensor:
    """Return the loss of the six logits of each window, ``(n, 6)``.

    Binary cross-entropy, each target weighted by its trust, and the softmax over the six and
    a seventh logit fixed at 0 for "none", which sharpens which of them leads.
    """
    single = F.binary_cross_entropy_with_logits(logits, batch.targets, batch.trust, reduction="sum")
    leading = F.cross_entropy(F.pad(logits, (0, 1)) + _discount(batch), batch.classes)
    return single / batch.trust.sum() + SOFTMAX_SHARE * leading
