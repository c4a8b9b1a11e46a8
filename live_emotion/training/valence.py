"""Training valence on sentences rated for it, on top of the words network that is there.

The words network itself stays as it is: the head has its own copy of the last two layers. The same
sentences also teach how pleasant each emotion is (a linear regression on the emotion scores that
the words network gives them), which is all that can be said about faces and voices: nobody has
rated those here.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch

from live_emotion.core.errors import UserError
from live_emotion.models.branches import TextBranch
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.models.presets import preset_named
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.valence import BASE, BRANCH, MEANS
from live_emotion.runtime.valence_opening import valence_reader
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.export import export_weights
from live_emotion.training.fusion_scores import load_branch
from live_emotion.training.metrics import Array, rounded
from live_emotion.training.options import TrainOptions
from live_emotion.training.text_data import held_out
from live_emotion.training.valence_data import read_valence, valence_measures
from live_emotion.training.valence_fit import Read, fit_head, predict, read_all, start_linear

EPOCHS: Final = 3
RIDGE: Final = 1.0
DATA: Final = "text_valence.csv: EmoBank; rows marked train"

_log = logging.getLogger(__name__)


def train_valence(options: TrainOptions) -> Path:
    """Train the valence of words and export it as ``<preset>-valence.safetensors``.

    A fold of the training rows is held out; the uncertainty is made true on it. It takes
    minutes on a CPU; there is nothing to resume.

    Parameters
    ----------
    options
        See `TrainOptions`; the words' weights are looked for in ``weights`` and then among the
        program's own.

    Returns
    -------
    Path
        Of the weights.

    Raises
    ------
    UserError
        If data or the words' weights are missing, or these are no BERT.
    """
    set_threads(options.threads)
    seed_everything(options.seed)
    preset = preset_named(options.preset)
    rows = read_valence(options.data)
    train = rows.take(rows.splits == "train")
    apart = held_out(train.texts)
    if not apart.any() or apart.all():
        raise UserError(f"{options.data} holds too few sentences rated for valence marked train.")
    branch, info = load_branch(options, "text")
    tokenizer = open_vocabulary(preset, info)
    if tokenizer is None:
        raise UserError(f"There is no vocabulary beside {info.path}: restore it.")
    reader = valence_reader(preset, info, None)
    text = cast(TextBranch, branch)
    layers = list(text.encoder.get_submodule("layers").children())
    for own, theirs in zip(reader.head.layers, layers[len(reader.layers) :], strict=True):
        own.load_state_dict(theirs.state_dict())
    cpu = Precision(choose_device("cpu"))
    read = read_all(text, reader, tokenizer, train.texts, cpu)
    fit, held = np.flatnonzero(~apart), np.flatnonzero(apart)
    fitted, kept = _take(read, fit), _take(read, held)
    start_linear(reader.head, fitted.sentence, torch.from_numpy(train.valence[fit]).float())
    reader.head.requires_grad_(True)
    _log.info("valence: linear start, held out %s", _held(predict(reader.head, kept), train, held))
    head = fit_head(
        reader.head,
        fitted,
        train.valence[fit],
        Precision(choose_device(options.device)),
        epochs=EPOCHS if options.epochs is None else options.epochs,
        steps=options.steps,
        seed=options.seed,
    )
    head.load_state_dict({k: v.half().to(v.dtype) for k, v in head.state_dict().items()})
    made = predict(head, kept)
    scale = true_scale(made, train.valence[held])
    means, base, deviation = emotion_means(
        _chances(fitted, info.calibration), train.valence[fit],
        _chances(kept, info.calibration), train.valence[held],
    )  # fmt: skip
    figures = {"held_out": _held(made, train, held)}
    dev = rows.take(rows.splits == "dev")
    if len(dev):
        seen = read_all(text, reader, tokenizer, dev.texts, cpu)
        figures["dev"] = rounded(valence_measures(predict(head, seen)[:, 0], dev.valence))
    metadata = WeightsMetadata(
        preset=preset.owner("text"),
        branch=BRANCH,
        architecture={
            "layers": len(head.layers),
            "text": info.sha256,
            "scale": scale,
            "deviation": deviation,
        },
        trained=True,
        thresholds={},
        calibration={"": Platt()},
        data=DATA,
        figures=figures,
    )
    state = head.state_dict() | {
        MEANS: torch.from_numpy(means).float(),
        BASE: torch.tensor([base]),
    }
    path = export_weights(state, metadata, options.weights_dir)
    _log.info("valence: %s written, %s", path, figures)
    return path


def true_scale(made: Array, rated: Array) -> float:
    """Return the factor that makes deviations the root mean square of what they stand for."""
    squares = (rated - made[:, 0]) ** 2 / np.exp(made[:, 1])
    return float(np.sqrt(squares.mean()))


def emotion_means(
    scores: Array, rated: Array, held_scores: Array, held_rated: Array
) -> tuple[Array, float, float]:
    """Return how much each emotion's score adds to valence, valence without any, the deviation.

    Parameters
    ----------
    scores, rated
        ``(n, 6)`` calibrated scores and ``(n,)`` valence of rows to learn from.
    held_scores, held_rated
        Of others, on which the deviation is measured.
    """
    x = np.column_stack([scores, np.ones(len(scores))])
    hold = RIDGE * np.diag([*np.ones(scores.shape[1]), 0.0])
    solved = np.linalg.solve(x.T @ x + hold, x.T @ rated)
    means, base = solved[:-1], float(solved[-1])
    error = held_scores @ means + base - held_rated
    return np.asarray(means, np.float64), base, float(np.sqrt((error**2).mean()))


def _take(read: Read, rows: np.ndarray) -> Read:
    at = torch.from_numpy(rows)
    return Read([read.states[int(i)] for i in rows], read.sentence[at], read.logits[at])


def _chances(read: Read, calibration: Platt) -> Array:
    return calibration.apply(read.logits.numpy()).astype(np.float64)


def _held(made: Array, train: Any, held: np.ndarray) -> dict[str, Any]:
    short: dict[str, Any] = rounded(valence_measures(made[:, 0], train.valence[held]))
    return short
