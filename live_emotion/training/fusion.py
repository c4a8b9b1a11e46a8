"""Training the fusion: three weights, and a calibration for each subset of branches."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import torch

from live_emotion.core.emotions import BRANCHES
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import preset_named
from live_emotion.training.common import seed_everything, set_threads
from live_emotion.training.export import export_weights
from live_emotion.training.fusion_fit import FittedFusion, fit_fusion, measure_fusion
from live_emotion.training.fusion_scores import SCORERS
from live_emotion.training.metrics import rounded
from live_emotion.training.options import TrainOptions
from live_emotion.training.thresholds import thresholds_by_name

EPOCHS: Final = 10
DATA: Final = (
    "label-matched triples of faces, voices and texts that the branches held out of training"
)

_log = logging.getLogger(__name__)


def train_fusion(options: TrainOptions) -> Path:
    """Fit the fusion to the three trained branches, and export it.

    The items are those that each branch's own training held out: half of them (by speaker where
    speakers are known) teach the weights, the other half calibrates. The seed must be the one
    that the branches were trained with, since it decides what was held out. What is marked as
    validation only measures. It runs on the CPU, in minutes; there is nothing to resume.

    Parameters
    ----------
    options
        See `TrainOptions`; the branches' weights are looked for in ``weights`` and then among
        the program's own.

    Returns
    -------
    Path
        Of the weights.

    Raises
    ------
    UserError
        If a branch has no trained weights, or data are missing.
    """
    preset_named(options.preset)
    set_threads(options.threads)
    seed_everything(options.seed)
    held = []
    for branch in BRANCHES:
        held.append(SCORERS[branch](options, False))
        _log.info("fusion: %d held-out items of %s scored", len(held[-1].labels), branch)
    epochs = EPOCHS if options.epochs is None else options.epochs
    fitted = fit_fusion(held, seed=options.seed, epochs=epochs)
    unseen = [SCORERS[branch](options, True) for branch in BRANCHES]
    figures = rounded(measure_fusion(fitted, unseen, seed=options.seed))
    path = export_fusion(fitted, figures, options)
    _log.info("fusion: %s written, weights %s, %s", path, fitted.weight.round(3), figures)
    return path


def export_fusion(fitted: FittedFusion, figures: dict[str, object], options: TrainOptions) -> Path:
    """Write ``<preset>-fusion.safetensors``; its figures are of items no training has seen."""
    metadata = WeightsMetadata(
        preset=options.preset,
        branch="fusion",
        architecture={"branches": list(BRANCHES)},
        trained=True,
        thresholds=thresholds_by_name(fitted.thresholds),
        calibration=fitted.calibration,
        data=DATA,
        figures=figures,
    )
    state = {"weight": torch.from_numpy(fitted.weight).float()}
    return export_weights(state, metadata, options.weights_dir)
