"""Evaluating the words branch on labelled sentences."""

from __future__ import annotations

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.training.evaluation.encoders import open_encoders
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.progress import tracked
from live_emotion.training.evaluation.tables import read_texts
from live_emotion.training.metrics import Array, single_label
from live_emotion.training.text_data import TextRows
from live_emotion.training.text_noise import without_punctuation


def text_items(options: EvaluateOptions, *, as_transcript: bool = False) -> Items:
    """Score the sentences of ``text.tsv``.

    Parameters
    ----------
    options
        Rows marked train are left out unless ``everything`` is asked for; where all rows are,
        all are taken and a note says so.
    as_transcript
        Take the sentences in lower case and without punctuation, as a recogniser would write
        them.

    Raises
    ------
    UserError
        If the table is missing or damaged, or weights are missing.
    """
    rows, notes = _unseen(read_texts(options.data), options)
    texts = rows.texts
    if as_transcript:
        texts = tuple(without_punctuation(text) for text in texts)
    with open_encoders(options, "text") as encoders:
        logits = score_texts(encoders, texts)
        probabilities = encoders.calibrate("text", logits.astype(np.float32)).astype(np.float64)
    targets = rows.targets.astype(np.float64)
    return Items(
        probabilities,
        targets,
        single_label(targets),
        logits,
        info=encoders.branches["text"],
        parts={"per_dataset": rows.sources},
        notes=notes,
    )


def score_texts(encoders: EncoderSet, texts: tuple[str, ...]) -> Array:
    """Return the words branch's logits ``(n, 6)``, NaN where a text holds no word."""
    out = np.full((len(texts), 6), np.nan)
    for k, text in enumerate(tracked(texts, "texts")):
        if text.strip():
            scores = encoders.text(text)
            if scores is None:
                raise UserError("The words cannot be scored without a vocabulary: restore it.")
            out[k] = scores
    return out


def _unseen(rows: TextRows, options: EvaluateOptions) -> tuple[TextRows, tuple[str, ...]]:
    train = rows.splits == "train"
    if options.everything or not train.any():
        return rows, ()
    if train.all():
        return rows, (
            "Every row is marked train: all were taken. "
            "If these weights learned from them, the figures flatter.",
        )
    return rows.take(~train), (f"{int(train.sum())} rows marked train were left out.",)
