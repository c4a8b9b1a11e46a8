"""The transformer layer that ALBERT and BERT have in common, and how their weights start.

Post-norm layer of Vaswani et al. (NeurIPS 2017) with GELU, as in BERT (Devlin et al., 2019).
"""

from __future__ import annotations

from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD_ID: Final = 0
NORM_EPS: Final = 1e-12
_INITIAL_STD: Final = 0.02


class PostNormLayer(nn.Module):
    """Multi-head self-attention and a feed-forward part, each added and then normalised.

    Parameters
    ----------
    hidden, feed_forward, heads
        Widths, and the number of heads that share the hidden one.
    gelu
        ``"tanh"`` for ALBERT's approximation, ``"none"`` for BERT's exact one.
    dropout
        While training.
    """

    def __init__(
        self,
        hidden: int,
        feed_forward: int,
        heads: int,
        *,
        gelu: Literal["tanh", "none"],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.gelu = gelu
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps=NORM_EPS)
        self.expand = nn.Linear(hidden, feed_forward)
        self.contract = nn.Linear(feed_forward, hidden)
        self.norm = nn.LayerNorm(hidden, eps=NORM_EPS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Return ``(n, l, h)``; `visible` ``(n, 1, 1, l)`` bool says which tokens are real."""
        n, length, width = x.shape
        split = (n, length, self.heads, width // self.heads)
        query, key, value = (
            part(x).reshape(split).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=visible)
        mixed = mixed.transpose(1, 2).reshape(n, length, width)
        x = self.attention_norm(x + self.dropout(self.output(mixed)))
        wide = F.gelu(self.expand(x), approximate=self.gelu)
        out: Tensor = self.norm(x + self.dropout(self.contract(wide)))
        return out


def initialise(module: nn.Module) -> None:
    """Draw weights as published: normal with deviation 0.02, biases zero."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=_INITIAL_STD)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        with torch.no_grad():
            module.weight[module.padding_idx].zero_()
