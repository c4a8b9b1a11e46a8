"""How pleasant words are: one number beside the six emotions, with its uncertainty.

Valence is the first of the three dimensions of affect (Russell, 1980); EmoBank (Buechel and Hahn,
EACL 2017) rates sentences for it. The network is the words network up to its last layers, then
layers and a head of its own, which give a mean and the logarithm of a variance (Nix and Weigend,
1994).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.models.bert import Bert, mean_of_words
from live_emotion.models.sizes import BertSizes
from live_emotion.models.transformer import PostNormLayer

# Deviations from 0.03 to 1.
_LOG_VARIANCE = (-7.0, 0.0)


class ValenceHead(nn.Module):
    """The last layers and a linear layer, from hidden states to mean and log variance.

    The linear layer sees the mean over the tokens of what goes into the layers and of what each
    of them gives: valence is told from several depths better than from the last alone.

    Parameters
    ----------
    sizes
        Of the words network.
    layers
        How many of the last layers are its own.
    """

    def __init__(self, sizes: BertSizes, layers: int = 2) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            PostNormLayer(sizes.hidden, sizes.feed_forward, sizes.heads, gelu="none")
            for _ in range(layers)
        )
        self.out = nn.Linear((layers + 1) * sizes.hidden, 2)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return ``(n, 2)``: the mean in -1..1, and the logarithm of the variance.

        Parameters
        ----------
        hidden, mask
            ``(n, l, h)`` behind the layers that are not the head's own; ``(n, l)`` bool.
        """
        visible = mask.bool()[:, None, None, :]
        depths = [mean_of_words(hidden, mask)]
        for layer in self.layers:
            hidden = layer(hidden, visible)
            depths.append(mean_of_words(hidden, mask))
        return self.read(torch.cat(depths, dim=1))

    def read(self, sentence: Tensor) -> Tensor:
        """Return ``(n, 2)`` of sentence vectors ``(n, (layers + 1) * h)``."""
        value, spread = self.out(sentence).unbind(1)
        return torch.stack((torch.tanh(value), spread.clamp(*_LOG_VARIANCE)), dim=1)


class ValenceReader(nn.Module):
    """From token ids to valence: the words network's first layers, then the head.

    Parameters
    ----------
    encoder
        The words network; its last layers, which the head has in its place, are not run.
    head
        See `ValenceHead`.
    """

    def __init__(self, encoder: Bert, head: ValenceHead) -> None:
        super().__init__()
        self.embeddings = encoder.embeddings
        self.layers = nn.ModuleList(list(encoder.layers)[: len(encoder.layers) - len(head.layers)])
        self.head = head

    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return what the head takes, ``(n, l, h)``."""
        visible = mask.bool()[:, None, None, :]
        hidden: Tensor = self.embeddings(ids)
        for layer in self.layers:
            hidden = layer(hidden, visible)
        return hidden

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return ``(n, 2)`` of ids ``(n, l)``; `mask` is 0 on padding."""
        made: Tensor = self.head(self.states(ids, mask), mask)
        return made


class WordsReader(nn.Module):
    """From token ids to emotions and valence; the layers that both have in common run once.

    Parameters
    ----------
    encoder, head
        The words network and its linear layer, as in `TextBranch`.
    valence
        See `ValenceHead`.
    """

    def __init__(self, encoder: Bert, head: nn.Linear, valence: ValenceHead) -> None:
        super().__init__()
        self.valence = ValenceReader(encoder, valence)
        self.layers = nn.ModuleList(list(encoder.layers)[len(self.valence.layers) :])
        self.head = head

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits ``(n, 6)`` and, as `ValenceReader`, ``(n, 2)`` of ids ``(n, l)``."""
        hidden = self.valence.states(ids, mask)
        valence: Tensor = self.valence.head(hidden, mask)
        visible = mask.bool()[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, visible)
        logits: Tensor = self.head(mean_of_words(hidden, mask))
        return logits, valence
