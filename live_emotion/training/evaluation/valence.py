"""Evaluating the valence of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.models.presets import preset_named
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.valence import find_valence
from live_emotion.runtime.valence_opening import ValenceOpening
from live_emotion.runtime.weights import find_branch
from live_emotion.training.evaluation.encoders import weights_from
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.progress import tracked
from live_emotion.training.metrics import rounded
from live_emotion.training.valence_data import VALENCE_TABLE, read_valence, valence_measures


def valence_report(options: EvaluateOptions) -> dict[str, Any]:
    """Return how well valence is told from the sentences of ``text_valence.csv``.

    Parameters
    ----------
    options
        Rows marked train are left out unless ``everything`` is asked for.

    Returns
    -------
    dict
        ``ccc``, ``pearson``, ``mae`` (valence runs from -1 to 1), ``n``; ``within_deviation`` and
        ``within_two``, the shares of rows that lie within one and two of the deviations told
        (0.68 and 0.95 of a normal distribution); ``mean_deviation``.

    Raises
    ------
    UserError
        If data or weights are missing or damaged.
    """
    rows = read_valence(options.data)
    unseen = rows if options.everything else rows.take(rows.splits != "train")
    if not len(unseen):
        raise UserError(
            f"Training has seen every row of {options.data / VALENCE_TABLE}: "
            "name another folder, or ask for --all."
        )
    with weights_from(options.weights):
        preset = preset_named(options.preset)
        text = find_branch(options.preset, "text")
        info = find_valence(options.preset, text)
        tokenizer = open_vocabulary(preset, text)
        if info is None or tokenizer is None:
            raise UserError(
                f"There are no valence weights for these words of the preset “{options.preset}”: "
                "run live-emotion train valence first."
            )
        threads = options.threads or default_threads()
        model = ValenceOpening(preset, text, info, tokenizer, options.engine, threads).open()
        try:
            made = [model.of_words(sentence) for sentence in tracked(unseen.texts, "sentences")]
        finally:
            model.close()
    value = np.array([m.value for m in made])
    deviation = np.array([m.deviation for m in made])
    error = np.abs(value - unseen.valence)
    report: dict[str, Any] = {
        "task": "valence",
        "condition": "",
        **valence_measures(value, unseen.valence),
        "within_deviation": float((error <= deviation).mean()),
        "within_two": float((error <= 2 * deviation).mean()),
        "mean_deviation": float(deviation.mean()),
        "weights": {"sha256": info.sha256, "trained": info.metadata.trained},
        "notes": [
            "Face and voice are rated nowhere here: theirs is told from their emotion scores, "
            f"with a deviation of {info.deviation:.2f}.",
            *(
                []
                if len(unseen) == len(rows)
                else [f"{len(rows) - len(unseen)} rows marked train were left out."]
            ),
        ],
    }
    return {name: rounded(value) for name, value in report.items()}
