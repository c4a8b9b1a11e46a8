"""Training and measuring the vision branch."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.models.branches import VisionBranch
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.models.presets import Preset, preset_named
from live_emotion.runtime.weights import find_branch
from live_emotion.runtime.weights_files import load_state
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.export import export_weights
from live_emotion.training.metrics import Array, rounded, summarise
from live_emotion.training.options import TrainOptions
from live_emotion.training.start import start_from
from live_emotion.training.thresholds import thresholds_by_name
from live_emotion.training.vision_augment import to_rgb
from live_emotion.training.vision_data import Faces, hold_out, load_faces
from live_emotion.training.vision_encoder import train_encoder
from live_emotion.training.vision_finish import finish
from live_emotion.training.vision_former import former_opinions, former_run, mean_opinion
from live_emotion.training.vision_opinions import Opinions
from live_emotion.training.vision_sequence import train_sequence
from live_emotion.training.vision_teacher import EPOCHS as TEACHER_EPOCHS
from live_emotion.training.vision_teacher import opinions_of

EPOCHS: Final = 56
HELD_OUT: Final = 0.1
DATA: Final = "FER2013 images with FER+ votes, and the older FER2013 label for disgust and fear"

_log = logging.getLogger(__name__)


def train_vision(options: TrainOptions) -> Path:
    """Train the vision branch on ``faces_train.npz`` and export its weights.

    A tenth of the training faces is held out for calibration and thresholds.
    ``faces_valid.npz``, where it is there, only measures.

    Parameters
    ----------
    options
        See `TrainOptions`; ``epochs`` are those of the face encoder, the sequence encoder
        takes a fifth as many.

    Returns
    -------
    Path
        Of the weights.

    Raises
    ------
    UserError
        If data, preset or device are not there.
    """
    preset = preset_named(options.preset)
    device = choose_device(options.device)
    set_threads(options.threads)
    seed_everything(options.seed)
    faces = load_faces(options.data / "faces_train.npz", training=True)
    train, held = hold_out(faces, HELD_OUT, options.seed)
    if not len(train) or not len(held):
        raise UserError(
            f"{options.data} holds too few different faces: some must be held out for calibration."
        )
    precision = Precision(device)
    branch = VisionBranch(preset)
    epochs = EPOCHS if options.epochs is None else options.epochs
    stem = options.output / options.run_name("vision")
    if options.init is not None:
        start_from(branch, "vision", options.preset, Path(options.init))
    told = None
    if options.teacher is not None:
        told = _taught(options, preset, train, held, precision, stem)
        seed_everything(options.seed)
    taught = train_encoder(
        branch.encoder,
        train,
        held,
        epochs=epochs,
        resume=options.resume,
        precision=precision,
        stem=stem.with_name(stem.name + "-encoder"),
        told=told,
    )
    branch.encoder = taught.encoder
    seed_everything(options.seed + 1)
    branch.sequence = train_sequence(
        taught,
        branch.sequence,
        train,
        held,
        epochs=max(2, epochs // 5),
        resume=options.resume,
        precision=precision,
        stem=stem.with_name(stem.name + "-sequence"),
    )
    return _finish(branch.cpu().eval(), held, options)


def _taught(
    options: TrainOptions,
    preset: Preset,
    train: Faces,
    held: Faces,
    precision: Precision,
    stem: Path,
) -> Opinions:
    """Return the mean opinion of the teachers: face networks, and former runs of this program."""
    assert options.teacher is not None
    several = []
    for place, name in enumerate(options.teacher.split(",")):
        former = former_run(Path(name), options.run_name("vision"))
        if former is not None:
            several.append(former_opinions(former, preset, train, precision))
            continue
        number = f"-{place + 1}" if place else ""
        several.append(
            opinions_of(
                Path(name),
                train,
                held,
                epochs=TEACHER_EPOCHS,
                resume=options.resume,
                precision=precision,
                stem=stem.with_name(f"{stem.name}-teacher{number}"),
            )
        )
    return mean_opinion(several)


def _finish(branch: VisionBranch, held: Faces, options: TrainOptions) -> Path:
    """Calibrate the branch as it will be stored, measure it, and write it."""
    halves = {k: v.half().to(v.dtype) for k, v in branch.state_dict().items()}
    branch.load_state_dict(halves)
    logits = still_logits(branch, held)
    platt, thresholds = finish(logits, held.targets, held.labels)
    probabilities = platt.apply(logits).astype(np.float64)
    figures = {"held_out": rounded(summarise(probabilities, held.targets, thresholds, held.labels))}
    valid_path = options.data / "faces_valid.npz"
    if valid_path.exists():
        valid = load_faces(valid_path, training=False)
        figures["faces_valid"] = rounded(measure(branch, platt, thresholds, valid))
    preset = preset_named(options.preset)
    metadata = WeightsMetadata(
        preset=preset.name,
        branch="vision",
        architecture={
            "vision": dataclasses.asdict(preset.vision),
            "sequence": dataclasses.asdict(preset.sequence),
        },
        trained=True,
        thresholds=thresholds_by_name(thresholds),
        calibration={"": platt},
        data=DATA,
        figures=figures,
    )
    path = export_weights(branch.state_dict(), metadata, options.weights_dir)
    _log.info("vision: %s written, %s", path, figures)
    return path


def evaluate_vision(options: TrainOptions) -> dict[str, Any]:
    """Measure the weights of ``options.weights_dir`` on ``faces_valid.npz`` of ``options.data``.

    Thresholds and calibration are those of the weights.

    Raises
    ------
    UserError
        If weights or data are missing or damaged.
    """
    set_threads(options.threads)
    found = find_branch(options.preset, "vision", options.weights_dir)
    if found.path is None:
        raise UserError(f"There are no vision weights in {options.weights_dir}: train them first.")
    branch = VisionBranch(preset_named(options.preset))
    branch.load_state_dict(load_state(found.path))
    faces = load_faces(options.data / "faces_valid.npz", training=False)
    figures: dict[str, Any] = rounded(
        measure(branch, found.calibration, found.thresholds.astype(np.float64), faces)
    )
    return figures


def measure(branch: VisionBranch, platt: Platt, thresholds: Array, faces: Faces) -> dict[str, Any]:
    """Return `metrics.summarise` of still faces sent through the whole branch."""
    probabilities = platt.apply(still_logits(branch, faces)).astype(np.float64)
    return summarise(probabilities, faces.targets, thresholds, faces.labels)


@torch.no_grad()
def still_logits(branch: VisionBranch, faces: Faces) -> NDArray[np.float64]:
    """Return logits ``(n, 6)`` of each face as a window of one tick, in float32."""
    branch.eval()
    parts = []
    for rows in torch.split(torch.arange(len(faces)), 256):
        images = to_rgb(faces.images[rows])[:, None]
        parts.append(branch(images, torch.ones(len(rows), 1, dtype=torch.bool)))
    return torch.cat(parts).double().numpy()
