"""LF-LSTM: late fusion of one LSTM a stream over hand-made features.

The baseline that Tsai et al. (MulT, ACL 2019) and Dai et al. (NAACL 2021) compare against: an
LSTM (Hochreiter and Schmidhuber, 1997) runs over each stream, the last states are joined, and a
linear layer gives the logits. Steps that are not there leave the state as it was.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.architectures import FeatureSizes
from live_emotion.models.joint import FeatureNetwork


class MaskedLstm(nn.Module):
    """One layer of LSTM that passes over absent steps."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cells = nn.LSTM(inputs, hidden, batch_first=True)
        # A forget gate that starts open (Jozefowicz et al., ICML 2015).
        with torch.no_grad():
            self.cells.get_parameter("bias_ih_l0")[hidden : 2 * hidden].fill_(1.0)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return the last state ``(N, hidden)`` of ``(N, T, inputs)``; 0 where nothing is there."""
        # Moved to the front, the steps that are there need no mask: it is a product with a
        # matrix that has a 1 where step t becomes the j-th.
        there = present.to(x.dtype)
        place = there.cumsum(1) - 1.0
        steps = torch.arange(x.shape[1], device=x.device, dtype=x.dtype)
        move = (place[:, None, :] == steps[None, :, None]).to(x.dtype) * there[:, None, :]
        states, _ = self.cells(move @ x)
        is_last = (steps[None, :] == there.sum(1, keepdim=True) - 1.0).to(x.dtype)
        last: Tensor = (states * is_last[..., None]).sum(1)
        return last


class LfLstm(FeatureNetwork):
    """One LSTM a stream, last states joined, a linear layer.

    Parameters
    ----------
    sizes
        Widths of the streams.
    hidden
        Width of each LSTM.
    dropout
        On the joined states while training.
    """

    def __init__(
        self, sizes: FeatureSizes | None = None, hidden: int = 128, dropout: float = 0.2
    ) -> None:
        super().__init__(sizes or FeatureSizes())
        self.streams = nn.ModuleList(MaskedLstm(width, hidden) for width in self.sizes.widths)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden * len(self.streams), len(EMOTIONS))

    def judge(self, streams: list[Tensor], present: list[Tensor]) -> Tensor:
        """Return logits ``(N, 6)`` of the normalised streams."""
        states = [
            lstm(x, there) for lstm, x, there in zip(self.streams, streams, present, strict=True)
        ]
        logits: Tensor = self.head(self.dropout(torch.cat(states, dim=1)))
        return logits
