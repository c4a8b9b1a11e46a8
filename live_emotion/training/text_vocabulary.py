"""Make a SentencePiece vocabulary in ALBERT's conventions (Kudo, "Subword Regularization", 2018).

Unigram pieces over lower-cased text; id 0 ``<pad>``, 1 ``<unk>``, 2 ``[CLS]``, 3 ``[SEP]``,
4 ``[MASK]``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import sentencepiece

from live_emotion.core.errors import UserError
from live_emotion.training.text_noise import without_punctuation


def train_vocabulary(
    sentences: Sequence[str], path: Path, *, size: int = 30_000, threads: int = 1
) -> None:
    """Learn a vocabulary from sentences and write the model to `path`.

    Each sentence counts as written and as a transcript would have it (lower case, without
    punctuation), so that both kinds of text fall into few pieces.

    Raises
    ------
    UserError
        If the sentences hold no vocabulary at all.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_with_transcripts(sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=size,
            hard_vocab_limit=False,
            normalization_rule_name="nmt_nfkc_cf",
            character_coverage=0.9995,
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            pad_piece="<pad>",
            unk_piece="<unk>",
            control_symbols=["[CLS]", "[SEP]", "[MASK]"],
            max_sentence_length=8192,
            num_threads=threads,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise UserError(
            f"{len(sentences)} sentences are too few to learn a vocabulary from: add text."
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.getvalue())


def _with_transcripts(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield sentence
        yield without_punctuation(sentence)
