"""The figures of exported text weights on a folder's rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.models.presets import preset_named
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.weights import find_branch
from live_emotion.training.common import Precision, choose_device, set_threads
from live_emotion.training.options import TrainOptions
from live_emotion.training.text_data import TextRows, read_text_rows
from live_emotion.training.text_loop import text_logits
from live_emotion.training.text_measure import text_figures
from live_emotion.training.text_noise import without_punctuation


def evaluate_text(options: TrainOptions) -> dict[str, Any]:
    """Measure the exported text branch on the rows that training has not seen.

    Parameters
    ----------
    options
        ``data``, ``preset``, ``device``, ``threads``, ``variant`` and ``weights``, the folder
        that holds the weights.

    Returns
    -------
    dict
        Of `metrics.summarise`, with ``per_source``; and under ``transcript`` the same for the
        rows in lower case without punctuation, as a recogniser would write them.

    Raises
    ------
    UserError
        If rows, weights or vocabulary are not there.
    """
    set_threads(options.threads)
    preset = preset_named(options.preset)
    folder = options.weights_dir
    info = find_branch(preset.name, "text", folder, options.variant)
    if info.path is None:
        raise UserError(f"There are no text weights in {folder}: train them or name their folder.")
    rows = read_text_rows(options.data)
    rows = rows.take(rows.splits != "train")
    if not len(rows):
        raise UserError(f"All texts in {options.data} are marked train: name unseen ones.")
    branch = Networks(preset, {"text": info}).branch("text").to(choose_device(options.device))
    tokenizer = open_vocabulary(preset, info)
    if tokenizer is None:
        raise UserError(f"There is no vocabulary for the words in {folder}: restore it.")

    def figures(seen: TextRows) -> dict[str, Any]:
        precision = Precision(choose_device(options.device), mixed=False)
        ids = tokenizer.encode_all(seen.texts)
        logits = text_logits(branch, ids, tokenizer.pad_id, precision).astype(np.float64)
        thresholds = info.thresholds.astype(np.float64)
        return text_figures(logits, seen, info.calibration, thresholds)

    spoken = tuple(without_punctuation(text) or text for text in rows.texts)
    transcript = TextRows(spoken, rows.targets, rows.sources, rows.splits)
    return {**figures(rows), "transcript": figures(transcript)}
