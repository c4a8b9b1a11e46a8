"""Sentences to the ids that the text branch takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import sentencepiece

from live_emotion.core.errors import UserError

SENTENCEPIECE_SUFFIX: Final = ".model"
WORDPIECE_SUFFIX: Final = ".tokenizer.json"
_SPECIAL: Final = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")


class Tokenizer(Protocol):
    """What every text network's vocabulary can do.

    Attributes
    ----------
    pad_id
        The id that fills up.
    size
        Number of pieces.
    """

    pad_id: int
    size: int

    def encode(self, text: str, max_length: int = 128) -> list[int]:
        """Return ``[CLS] pieces [SEP]``, at most `max_length` ids.

        Too long a text keeps its end, the words spoken last.
        """

    def encode_all(self, texts: Sequence[str], max_length: int = 128) -> list[list[int]]:
        """Return `encode` of each text."""


def open_tokenizer(path: Path) -> Tokenizer:
    """Return the vocabulary in a file, whichever its name says it is.

    Raises
    ------
    UserError
        If the file is missing or is no such vocabulary.
    """
    return WordPieces(path) if path.name.endswith(WORDPIECE_SUFFIX) else TextTokenizer(path)


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
        """Return ``[CLS] pieces [SEP]``, see `Tokenizer.encode`."""
        ids = self._pieces.EncodeAsIds(text)
        return _framed(ids, self.first_id, self.last_id, max_length)

    def encode_all(self, texts: Sequence[str], max_length: int = 128) -> list[list[int]]:
        """Return `encode` of each text."""
        return [self.encode(text, max_length) for text in texts]

    def pieces(self) -> list[str]:
        """Return every piece in the order of the ids; a leading ``▁`` begins a word."""
        return [str(self._pieces.IdToPiece(i)) for i in range(self.size)]


class WordPieces:
    """WordPiece vocabulary in BERT's conventions (Devlin et al., NAACL 2019).

    Parameters
    ----------
    path
        A ``tokenizer.json``, which also says how text is normalised and split into words.

    Attributes
    ----------
    pad_id, first_id, last_id
        Ids of ``[PAD]``, ``[CLS]`` and ``[SEP]``.
    size
        Number of pieces.

    Raises
    ------
    UserError
        If the file is missing or is no such vocabulary.
    """

    def __init__(self, path: str | Path) -> None:
        import tokenizers

        path = Path(path)
        if not path.is_file():
            raise UserError(f"There is no text vocabulary {path}: install the weights again.")
        try:
            self._pieces = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # the library raises nothing narrower
            raise UserError(
                f"{path} is damaged or no vocabulary: install the weights again."
            ) from error
        found = [self._pieces.token_to_id(name) for name in ("[PAD]", "[CLS]", "[SEP]")]
        ids = [int(i) for i in found if i is not None]
        if len(ids) < len(found):
            raise UserError(f"{path} lacks BERT's special pieces: use the vocabulary it came with.")
        self.pad_id, self.first_id, self.last_id = ids
        self.size = int(self._pieces.get_vocab_size())
        self._pieces.no_padding()
        self._pieces.no_truncation()
        # Else a text that says "[SEP]" would end itself.
        self._pieces.encode_special_tokens = True

    def encode(self, text: str, max_length: int = 128) -> list[int]:
        """Return ``[CLS] pieces [SEP]``, see `Tokenizer.encode`."""
        ids = self._pieces.encode(text, add_special_tokens=False).ids
        return _framed(ids, self.first_id, self.last_id, max_length)

    def encode_all(self, texts: Sequence[str], max_length: int = 128) -> list[list[int]]:
        """Return `encode` of each text."""
        return [self.encode(text, max_length) for text in texts]


def _framed(ids: Sequence[int], first: int, last: int, max_length: int) -> list[int]:
    room = max_length - 2
    return [first, *(ids[-room:] if room > 0 else []), last]
