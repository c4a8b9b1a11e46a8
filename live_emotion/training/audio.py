"""Training of the voice branch, end to end: pieces, their vectors, the sequence of ticks.

Speakers of one fold are held out of training; thresholds and calibration are fitted on them.
Rows of ``audio.csv`` marked dev are only measured.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.branches import AudioBranch
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import VECTOR_WIDTH, preset_named
from live_emotion.training.audio_batches import AudioBatch, AudioBatches, band_statistics
from live_emotion.training.audio_clips import ClipStore, read_clips, speaker_folds, targets_of
from live_emotion.training.audio_measure import clip_logits, figures_of
from live_emotion.training.calibration import choose_thresholds, fit_platt, thresholds_by_name
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import (
    Ema,
    Precision,
    choose_device,
    cosine_schedule,
    decay_groups,
    seed_everything,
    set_threads,
)
from live_emotion.training.curves import CurveLog
from live_emotion.training.export import export_weights
from live_emotion.training.metrics import six_way
from live_emotion.training.options import TrainOptions
from live_emotion.training.progress import TrainingProgress

_log = logging.getLogger(__name__)

DATA: Final = "audio.csv: RAVDESS, EmoDB, nEMO, ASED, URDU; rows marked train"
EPOCHS: Final = 40
FOLDS: Final = 6
LEARNING_RATE: Final = 1.5e-3
WEIGHT_DECAY: Final = 0.05
WARMUP_STEPS: Final = 100
EMA_DECAY: Final = 0.998
DROP_PATH: Final = 0.02
SOFTMAX_SHARE: Final = 0.5
PIECE_SHARE: Final = 1.0
SMOOTHING: Final = 0.1
EXPORT_EVERY: Final = 5


class AudioTrainee(nn.Module):
    """The branch, and a seven-way head on single pieces that only training uses.

    The extra head gives the encoder a direct gradient; without it the sequence encoder, which
    starts from nothing too, passes on very little in the first epochs.
    """

    def __init__(self, branch: AudioBranch) -> None:
        super().__init__()
        self.branch = branch
        self.piece_head = nn.Linear(VECTOR_WIDTH, len(EMOTIONS) + 1)

    def forward(self, mel: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits ``(n, 6)`` and, for each present tick, piece logits ``(m, 7)``.

        Only pieces of ticks that are present run through the encoder.
        """
        found = self.branch.encoder(mel[present])
        vectors = found.new_zeros((*present.shape, VECTOR_WIDTH))
        vectors[present] = found
        logits: Tensor = self.branch.sequence(vectors, present)
        pieces: Tensor = self.piece_head(found)
        return logits, pieces


def audio_loss(logits: Tensor, pieces: Tensor, batch: AudioBatch) -> Tensor:
    """Return the training loss.

    Binary cross-entropy of the six; the softmax over the six and a seventh logit fixed at 0
    (for "none"), which sharpens which of them leads; and the softmax of every single piece.
    A target of little trust counts little in the first and adds its logarithm to the logit in
    the softmaxes, so that an emotion a data set never shows is hardly pushed down by it.
    """
    trust = batch.trust
    single = F.binary_cross_entropy_with_logits(logits, batch.targets, trust, reduction="sum")
    single = single / trust.sum()
    none = torch.zeros_like(trust[:, :1])
    discount = torch.cat((trust.log(), none), dim=1)
    joint = torch.cat((logits, none), dim=1) + discount
    leading = F.cross_entropy(joint, batch.classes)
    owner = torch.nonzero(batch.present)[:, 0]
    each = F.cross_entropy(
        pieces + discount[owner],
        batch.classes[owner],
        label_smoothing=SMOOTHING,
        reduction="none",
    )
    # Every window counts alike, however many ticks it has.
    share = 1.0 / batch.present.sum(1).clamp(min=1)[owner]
    by_piece = (each * share).sum() / len(logits)
    return single + SOFTMAX_SHARE * leading + PIECE_SHARE * by_piece


def train_audio(options: TrainOptions) -> Path:
    """Train the voice branch and write its weights.

    Parameters
    ----------
    options
        Data folder with ``audio.csv``, preset, and the rest; see `TrainOptions`.

    Returns
    -------
    Path
        Of the weights file.

    Raises
    ------
    UserError
        If the data are missing or unusable, or too few speakers are there to hold some out.
    """
    device = choose_device(options.device)
    set_threads(options.threads)
    seed_everything(options.seed)
    preset = preset_named(options.preset)
    epochs = options.epochs or EPOCHS
    clips = read_clips(options.data)
    store = ClipStore(options.data, clips, options.output / "audio-clips")
    fit, held = held_out_speakers(store, options.seed)
    mean, deviation = band_statistics(store, fit, np.random.default_rng(options.seed))
    branch = AudioBranch(preset)
    branch.encoder.set_statistics(mean, deviation)
    branch.encoder.set_drop_path(DROP_PATH)
    trainee = AudioTrainee(branch).to(device)
    batches = AudioBatches(store, fit, mean)
    steps = len(batches)
    optimizer = torch.optim.AdamW(
        decay_groups(trainee, WEIGHT_DECAY), lr=LEARNING_RATE, betas=(0.9, 0.98), fused=True
    )
    schedule = cosine_schedule(optimizer, epochs * steps, WARMUP_STEPS, floor=0.01)
    precision = Precision(device)
    ema = Ema(trainee, EMA_DECAY)
    averaged = cast(AudioTrainee, ema.module).branch
    stem = options.output / options.run_name("audio")
    checkpoint = Checkpoint(
        stem.with_name(stem.name + ".pt"),
        trainee=trainee,
        ema=ema,
        optimizer=optimizer,
        schedule=schedule,
        precision=precision,
    )
    loaded = checkpoint.load() if options.resume else None
    done = loaded[0] if loaded else 0
    curves = CurveLog(stem, done)
    path = options.weights_dir
    with TrainingProgress("voice", epochs, steps, done) as progress:
        for epoch in range(done, epochs):
            rng = np.random.default_rng([options.seed, epoch])
            trainee.train()
            total = 0.0
            for drawn in batches.epoch(rng):
                batch = _to(drawn, device)
                with precision.autocast():
                    logits, pieces = trainee(batch.mel, batch.present)
                loss = audio_loss(logits.float(), pieces.float(), batch)
                precision.step(loss, optimizer, trainee.parameters())
                schedule.step()
                ema.update(trainee)
                value = float(loss.detach())
                total += value
                progress.step(value)
            checked = clip_logits(averaged, store, held, device)
            accuracy, uar = six_way(checked, _labels(store, held))
            figures = {"loss": total / steps, "held_uar": uar, "held_accuracy": accuracy}
            curves.add(epoch + 1, **figures)
            progress.epoch(epoch + 1, **figures)
            checkpoint.save(epoch + 1)
            if (epoch + 1) % EXPORT_EVERY == 0 or epoch + 1 == epochs:
                path = finish(averaged, store, fit, held, options)
    if done >= epochs:
        path = finish(averaged, store, fit, held, options)
    curves.draw()
    return path


def held_out_speakers(store: ClipStore, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the train rows to fit on and those of the fold of speakers held out.

    Raises
    ------
    UserError
        If either side would be empty.
    """
    rows = np.flatnonzero([c.split == "train" for c in store.clips])
    folds = speaker_folds([store.clips[int(r)] for r in rows], FOLDS, seed)
    fit, held = rows[folds != 0], rows[folds == 0]
    if not len(fit) or not len(held):
        raise UserError(
            "The data hold too few speakers marked train: some must be held out for calibration."
        )
    return fit, held


def finish(
    branch: AudioBranch,
    store: ClipStore,
    fit: NDArray[np.int64],
    held: NDArray[np.int64],
    options: TrainOptions,
) -> Path:
    """Calibrate the branch as it will be stored (half precision), measure it, and write it."""
    preset = preset_named(options.preset)
    stored = AudioBranch(preset)
    stored.load_state_dict(
        {
            k: v.half().float() if v.is_floating_point() else v
            for k, v in branch.state_dict().items()
        }
    )
    held_clips = [store.clips[int(r)] for r in held]
    logits = clip_logits(stored, store, held)
    calibration = fit_platt(logits, targets_of(held_clips))
    probabilities = calibration.apply(logits).astype(np.float64)
    thresholds = choose_thresholds(probabilities, targets_of(held_clips))
    figures = {"held_out": _short(figures_of(held_clips, logits, calibration, thresholds))}
    dev = np.flatnonzero([c.split == "dev" for c in store.clips])
    if len(dev):
        dev_clips = [store.clips[int(r)] for r in dev]
        dev_logits = clip_logits(stored, store, dev)
        figures["dev"] = _short(figures_of(dev_clips, dev_logits, calibration, thresholds))
    seen = {store.clips[int(r)].speaker for r in np.concatenate((fit, held))}
    metadata = WeightsMetadata(
        preset=preset.name,
        branch="audio",
        architecture={
            "audio": dataclasses.asdict(preset.audio),
            "sequence": dataclasses.asdict(preset.sequence),
        },
        trained=True,
        thresholds=thresholds_by_name(thresholds),
        calibration={"": calibration},
        seen_speakers=tuple(sorted(seen)),
        data=DATA,
        figures=figures,
    )
    path = export_weights(stored.state_dict(), metadata, options.weights_dir)
    _log.info("voice: %s written, %s", path, figures)
    return path


def _labels(store: ClipStore, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array([store.clips[int(r)].label for r in rows], dtype=np.int64)


def _to(batch: AudioBatch, device: torch.device) -> AudioBatch:
    if device.type == "cpu":
        return batch
    values = (getattr(batch, f.name).to(device) for f in dataclasses.fields(batch))
    return AudioBatch(*values)


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value
