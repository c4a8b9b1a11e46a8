"""Sentences to the ids that the text branch takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sentencepiece

from live_emotion.core.errors import UserError

_SPECIAL: Final = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")


class TextTokenizer:
    """SentencePiece vocabulary in ALBERT's conventions, lower-casing as it goes.

    Parameters
    ----------
    path
        The vocabulary, a ``.model`` file.

    Attributes
    ----------
    pad_id, unknown_id, first_id, last_id, mask_id
        Ids of ``<pad>``, ``<unk>``, ``[CLS]``, ``[SEP]`` and ``[MASK]``.
    size
        Number of pieces.

    Raises
    ------
    UserError
        If the file is missing or is no such vocabulary.
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        if not path.is_file():
            raise UserError(f"There is no text vocabulary {path}: install the weights again.")
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            loaded = self._pieces.LoadFromSerializedProto(path.read_bytes())
        except (RuntimeError, OSError):
            loaded = False
        if not loaded:
            raise UserError(f"{path} is damaged or no vocabulary: install the weights again.")
        ids = [int(self._pieces.PieceToId(name)) for name in _SPECIAL]
        if any(self._pieces.IdToPiece(i) != name for i, name in zip(ids, _SPECIAL, strict=True)):
            raise UserError(
                f"{path} lacks ALBERT's special pieces: use the vocabulary it came with."
            )
        self.pad_id, self.unknown_id, self.first_id, self.last_id, self.mask_id = ids
        self.size = int(self._pieces.GetPieceSize())

    def encode(self, text: str, max_length: int = 128) -> list[int]:
        """Return ``[CLS] pieces [SEP]``, at most `max_length` ids.

        Too long a text keeps its end, the words spoken last.
        """
        return self._framed(self._pieces.EncodeAsIds(text), max_length)

    def encode_all(self, texts: Sequence[str], max_length: int = 128) -> list[list[int]]:
        """Return `encode` of each text."""
        return [self.encode(text, max_length) for text in texts]

    def pieces(self) -> list[str]:
        """Return every piece in the order of the ids; a leading ``▁`` begins a word."""
        return [str(self._pieces.IdToPiece(i)) for i in range(self.size)]

    def _framed(self, ids: Sequence[int], max_length: int) -> list[int]:
        room = max_length - 2
        kept = list(ids[-room:]) if room > 0 else []
        return [self.first_id, *kept, self.last_id]
