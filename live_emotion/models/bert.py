"""BERT: a transformer encoder with weights of its own in every layer.

Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", NAACL 2019. MiniLM
(Wang et al., NeurIPS 2020) is a BERT of small sizes, distilled from a large one.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.models.sizes import BertSizes
from live_emotion.models.transformer import NORM_EPS, PAD_ID, PostNormLayer, initialise


class BertEmbeddings(nn.Module):
    """Sum of word, position and segment vectors, normalised: ``(n, l)`` to ``(n, l, h)``."""

    def __init__(self, sizes: BertSizes) -> None:
        super().__init__()
        self.word = nn.Embedding(sizes.vocabulary, sizes.hidden, padding_idx=PAD_ID)
        self.position = nn.Embedding(sizes.positions, sizes.hidden)
        # A sentence alone is always segment 0; the table keeps published weights loadable.
        self.segment = nn.Embedding(2, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, eps=NORM_EPS)

    def forward(self, ids: Tensor) -> Tensor:
        """Return ``(n, l, h)`` for ids ``(n, l)`` int64."""
        places = torch.arange(ids.shape[1], device=ids.device)
        total = self.word(ids) + self.position(places) + self.segment.weight[0]
        out: Tensor = self.norm(total)
        return out


class Bert(nn.Module):
    """The encoder: ids and mask to hidden states.

    Parameters
    ----------
    sizes
        Widths, layers and heads.
    """

    def __init__(self, sizes: BertSizes) -> None:
        super().__init__()
        self.embeddings = BertEmbeddings(sizes)
        self.layers = nn.ModuleList(
            PostNormLayer(sizes.hidden, sizes.feed_forward, sizes.heads, gelu="none")
            for _ in range(sizes.layers)
        )
        self.apply(initialise)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the hidden states ``(n, l, h)``.

        Parameters
        ----------
        ids
            ``(n, l)`` int64, `l` at most the number of positions.
        mask
            ``(n, l)`` bool or int64, true or 1 where a token is real; the first always is.
        """
        visible = mask.bool()[:, None, None, :]
        x: Tensor = self.embeddings(ids)
        for layer in self.layers:
            x = layer(x, visible)
        return x


def mean_of_words(hidden: Tensor, mask: Tensor) -> Tensor:
    """Return the mean ``(n, h)`` of the hidden states ``(n, l, h)`` of real tokens."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)
