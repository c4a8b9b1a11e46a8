"""Vectors for the pieces of one vocabulary out of those of another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

_WORD_START = "▁"
_SAME = {"<pad>": "[PAD]", "<unk>": "[UNK]"}


def piece_vectors(tokenizer: Path, vectors: Tensor, pieces: Sequence[str]) -> Tensor:
    """Return a vector for each SentencePiece piece: the mean of its WordPieces' vectors.

    Parameters
    ----------
    tokenizer
        ``tokenizer.json`` of a WordPiece vocabulary.
    vectors
        ``(m, h)``, one for each WordPiece.
    pieces
        SentencePiece pieces; a leading ``▁`` begins a word, without it the piece goes on one.
    """
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    out = torch.empty(len(pieces), vectors.shape[1])
    fallback = vectors.mean(0)
    for i, piece in enumerate(pieces):
        ids = _word_pieces(piece, vocabulary)
        out[i] = vectors[ids].mean(0) if ids else fallback
    return out


def _word_pieces(piece: str, vocabulary: Mapping[str, int]) -> list[int]:
    same = _SAME.get(piece, piece)
    if same in vocabulary:
        return [vocabulary[same]]
    begins = piece.startswith(_WORD_START)
    rest = piece.removeprefix(_WORD_START)
    ids: list[int] = []
    while rest:
        prefix = "" if begins and not ids else "##"
        for end in range(len(rest), 0, -1):
            found = vocabulary.get(prefix + rest[:end])
            # Marks of punctuation stand as words of their own there.
            found = vocabulary.get(rest[:end]) if found is None and end == 1 else found
            if found is not None:
                ids.append(found)
                rest = rest[end:]
                break
        else:
            rest = rest[1:]
    return ids
