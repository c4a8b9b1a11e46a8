"""Where an ALBERT's weights start: a published one, or a BERT folded into it.

A BERT's word vectors are as wide as its hidden states; ALBERT's are narrow and pass a linear
map. The fold keeps the directions that matter most: the vectors, put through BERT's own first
normalisation, are cut to their leading singular directions, which go into the table, and the
directions themselves into the map. One of BERT's layers becomes the shared one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from live_emotion.core.errors import UserError
from live_emotion.models.albert import Albert
from live_emotion.training.text_pieces import piece_vectors
from live_emotion.training.text_published import LAYER_NAMES, load_albert

_log = logging.getLogger(__name__)


def start_from(model: Albert, folder: Path, pieces: Sequence[str]) -> None:
    """Start `model` from the BERT or ALBERT in `folder`, whichever its ``config.json`` names.

    Raises
    ------
    UserError
        If the folder holds neither, or an ALBERT of other sizes.
    """
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
        if kind == "albert":
            load_albert(model, folder)
        elif kind == "bert":
            kept = fold_bert(model, folder, pieces)
            _log.info("text: the narrow table keeps %.0f%% of the word vectors", 100 * kept)
        else:
            raise ValueError(f"a {kind}")
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        raise UserError(
            f"{folder} holds no BERT or ALBERT that fits this preset: choose other first weights."
        ) from error


@torch.no_grad()
def fold_bert(
    model: Albert, folder: Path, pieces: Sequence[str], *, layers: Sequence[int] | None = None
) -> float:
    """Start `model` from the BERT encoder in `folder`.

    Parameters
    ----------
    pieces
        The vocabulary, in the order of the ids.
    layers
        Which of BERT's layers (from 0) to average into the shared one. None takes all: over
        repeated passes their mean keeps most of what the word vectors say. If the hidden widths
        differ, the shared layer and the rest of the map keep their fresh weights.

    Returns
    -------
    float
        Share of the word vectors' variance that the narrow table keeps, 0..1.
    """
    bert = {
        name.removeprefix("bert."): t for name, t in load_file(folder / "model.safetensors").items()
    }
    words = piece_vectors(
        folder / "tokenizer.json", bert["embeddings.word_embeddings.weight"], pieces
    )
    kept = _fold_embeddings(model, bert, words)
    if model.mapping.out_features == words.shape[1]:
        count = 1 + max(int(name.split(".")[2]) for name in bert if ".layer." in name)
        _fold_layer(model, bert, range(count) if layers is None else layers)
    return kept


def _fold_embeddings(model: Albert, bert: Mapping[str, Tensor], words: Tensor) -> float:
    gain = bert["embeddings.LayerNorm.weight"]
    places = bert["embeddings.position_embeddings.weight"]
    # Early positions stand for all: most sentences are short.
    place = places[:32].mean(0)
    total = words + place + bert["embeddings.token_type_embeddings.weight"][0]
    spread = total.std(1, unbiased=False, keepdim=True)
    normed = gain * (total - total.mean(1, keepdim=True)) / spread
    centre = normed.mean(0)
    left, values, right = torch.linalg.svd(normed - centre, full_matrices=False)
    # LayerNorm takes away the mean over the narrow width, so the singular directions are laid
    # into the space at right angles to (1, ..., 1): one dimension fewer, and nothing is lost.
    width = model.embeddings.word.embedding_dim
    rank = min(width - 1, len(values))
    frame = _complement_of_ones(width)[:, :rank]
    narrow = (left[:, :rank] * values[:rank]) @ frame.T
    length = float(narrow.norm(dim=1).median())
    unit = width**0.5 / length
    model.embeddings.word.weight.copy_(narrow * unit)
    shifted = gain * (places - place - (places - place).mean(1, keepdim=True)) / spread.median()
    model.embeddings.position.weight.copy_((shifted @ right[:rank].T @ frame.T) * unit)
    model.embeddings.segment.weight.zero_()
    if model.mapping.out_features == words.shape[1]:
        model.mapping.weight.copy_(right[:rank].T @ frame.T / unit)
        model.mapping.bias.copy_(centre + bert["embeddings.LayerNorm.bias"])
    return float((values[:rank] ** 2).sum() / (values**2).sum())


def _fold_layer(model: Albert, bert: Mapping[str, Tensor], layers: Sequence[int]) -> None:
    own = model.layer.state_dict()
    for mine, theirs in LAYER_NAMES.items():
        for kind in ("weight", "bias"):
            parts = [bert[f"encoder.layer.{i}.{theirs}.{kind}"] for i in layers]
            mean = torch.stack(parts).mean(0)
            if mean.shape == own[f"{mine}.{kind}"].shape:
                own[f"{mine}.{kind}"].copy_(mean)


def _complement_of_ones(width: int) -> Tensor:
    """Return an orthonormal basis ``(width, width - 1)`` of the vectors that sum to zero."""
    ones = torch.ones(width, 1)
    basis: Tensor = torch.linalg.qr(torch.cat([ones, torch.eye(width)[:, 1:]], dim=1))[0]
    return basis[:, 1:]
