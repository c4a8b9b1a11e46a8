"""LF-LSTM: late fusion of one LSTM a stream over hand-made features.

The baseline that Tsai et al. (MulT, ACL 2019) and Dai et al. (NAACL 2021) compare against: an
LSTM (Hochreiter and Schmidhuber, 1997) runs over each stream, the last states are joined, and a
linear layer gives the logits. Steps that are not there leave the state as it was.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.joint import FeatureNetwork, FeatureSizes


class MaskedLstm(nn.Module):
    """One layer of LSTM written out step by step, so that absent steps can be passed over."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.read = nn.Linear(inputs, 4 * hidden)
        self.recur = nn.Linear(hidden, 4 * hidden, bias=False)
        # A forget gate that starts open (Jozefowicz et al., ICML 2015).
        with torch.no_grad():
            self.read.bias[hidden : 2 * hidden].fill_(1.0)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return the last state ``(N, hidden)`` of ``(N, T, inputs)``; 0 where nothing is there."""
        read = self.read(x)
        state = x.new_zeros(x.shape[0], self.hidden)
        cell = torch.zeros_like(state)
        for step in range(x.shape[1]):
            gates = read[:, step] + self.recur(state)
            enter, forget, fresh, leave = gates.chunk(4, dim=1)
            newer = forget.sigmoid() * cell + enter.sigmoid() * fresh.tanh()
            here = present[:, step : step + 1]
            cell = torch.where(here, newer, cell)
            state = torch.where(here, leave.sigmoid() * newer.tanh(), state)
        return state


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
