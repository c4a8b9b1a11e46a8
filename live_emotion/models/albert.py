"""ALBERT: a transformer encoder whose layers share one set of weights.

Lan et al., "ALBERT: A Lite BERT for Self-supervised Learning of Language Representations",
ICLR 2020: the word embedding is factorised (a narrow table, then a linear map to the hidden
width, section 3.1), and one post-norm transformer layer is applied `layers` times.
Base size: embedding 128, hidden 768, feed-forward 3072, 12 passes, 12 heads, 30,000 pieces.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.models.sizes import AlbertSizes
from live_emotion.models.transformer import NORM_EPS, PAD_ID, PostNormLayer, initialise


class AlbertEmbeddings(nn.Module):
    """Sum of word, position and segment vectors, normalised: ``(n, l)`` to ``(n, l, e)``."""

    def __init__(self, sizes: AlbertSizes, dropout: float) -> None:
        super().__init__()
        self.word = nn.Embedding(sizes.vocabulary, sizes.embedding, padding_idx=PAD_ID)
        self.position = nn.Embedding(sizes.positions, sizes.embedding)
        # A sentence alone is always segment 0; the table keeps the published weights loadable.
        self.segment = nn.Embedding(2, sizes.embedding)
        self.norm = nn.LayerNorm(sizes.embedding, eps=NORM_EPS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor) -> Tensor:
        """Return ``(n, l, e)`` for ids ``(n, l)`` int64."""
        places = torch.arange(ids.shape[1], device=ids.device)
        total = self.word(ids) + self.position(places) + self.segment.weight[0]
        out: Tensor = self.dropout(self.norm(total))
        return out


class Albert(nn.Module):
    """The encoder: ids and mask to hidden states.

    Parameters
    ----------
    sizes
        Widths and passes of the shared layer.
    pooler
        Whether to carry the dense layer of the published network, which sentence pairs are
        pretrained with and no score here needs.
    dropout
        While training; the published base model has none.
    """

    def __init__(self, sizes: AlbertSizes, *, pooler: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.passes = sizes.layers
        self.embeddings = AlbertEmbeddings(sizes, dropout)
        self.mapping = nn.Linear(sizes.embedding, sizes.hidden)
        self.layer = PostNormLayer(
            sizes.hidden, sizes.feed_forward, sizes.heads, gelu="tanh", dropout=dropout
        )
        self.pooler = nn.Linear(sizes.hidden, sizes.hidden) if pooler else None
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
        x: Tensor = self.mapping(self.embeddings(ids))
        for _ in range(self.passes):
            x = self.layer(x, visible)
        return x
