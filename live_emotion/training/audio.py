"""Training of the voice branch: pieces, their vectors, the sequence of ticks.

In the first epochs the encoder learns through a plain pooling of its vectors; then the sequence
encoder is learned too, end to end. A teacher that hears through whisper's encoder says more
about each window than its label does. The labels of one fold of speakers are held out, from
the teacher too: thresholds and calibration are fitted on them; their sound is learned from by the
teacher's opinion alone. Rows of ``audio.csv`` marked dev are only measured.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.branches import AudioBranch
from live_emotion.models.focalnet import FocalNet
from live_emotion.models.presets import preset_named
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.training.audio_augment import AudioAugmentation
from live_emotion.training.audio_batches import AudioBatch, AudioBatches
from live_emotion.training.audio_clips import ClipStore, read_clips, speaker_folds
from live_emotion.training.audio_faculty import faculty_of
from live_emotion.training.audio_finish import finish
from live_emotion.training.audio_losses import hidden_loss, pooled_loss, window_loss
from live_emotion.training.audio_measure import clip_logits
from live_emotion.training.audio_pauses import PauseBank
from live_emotion.training.audio_quiet import CALM_SECONDS, quieten
from live_emotion.training.audio_schedule import two_part_schedule
from live_emotion.training.audio_statistics import band_statistics
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import (
    Ema,
    Precision,
    choose_device,
    decay_groups,
    seed_everything,
    set_threads,
)
from live_emotion.training.curves import CurveLog
from live_emotion.training.metrics import six_way
from live_emotion.training.options import TrainOptions
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.start import start_from

_log = logging.getLogger(__name__)

EPOCHS: Final = 80
FOLDS: Final = 6
LEARNING_RATE: Final = 2.5e-3
SEQUENCE_RATE: Final = 4e-4
PIECES_ALONE: Final = 0.65
WEIGHT_DECAY: Final = 0.05
EMA_DECAY: Final = 0.998
DROP_PATH: Final = 0.05
POOLED_SHARE: Final = 1.0
DROPOUT: Final = 0.1
EXPORT_EVERY: Final = 10
# The figures along the way come from one held-out clip in so many.
CHECK_ONE_IN: Final = 4


class AudioTrainee(nn.Module):
    """The branch, and a head on pooled pieces that only training uses.

    The extra head, seven-way on the mean and the maximum of a window's vectors, gives the encoder
    a direct gradient: not every 0.4 s of a clip shows what the clip is labelled with, and the
    sequence encoder, which starts from nothing too, passes on very little in the first epochs.
    Another head reads the `hidden` values of a teacher from the same pooled vectors.
    """

    def __init__(self, branch: AudioBranch, hidden: int = 0) -> None:
        super().__init__()
        self.branch = branch
        self.drop = nn.Dropout(DROPOUT)
        self.pooled_head = nn.Linear(2 * VECTOR_WIDTH, len(EMOTIONS) + 1)
        self.hidden_head = nn.Linear(2 * VECTOR_WIDTH, hidden) if hidden else None

    def forward(self, batch: AudioBatch, windows: bool) -> Tensor:
        """Return the loss of a batch, by the pooled head alone or by the sequence as well.

        Only pieces of ticks that are present run through the encoder.
        """
        vectors = self.branch.encoder(batch.mel[batch.present])
        placed = vectors.new_zeros((*batch.present.shape, VECTOR_WIDTH))
        placed[batch.present] = vectors
        # Absent ticks are 0 after the ReLU too: they change neither sum nor maximum.
        active = torch.relu(placed)
        mean = active.sum(1) / batch.present.sum(1, keepdim=True).clamp(min=1)
        pooled = torch.cat((mean, active.amax(1)), dim=1)
        loss = pooled_loss(self.pooled_head(self.drop(pooled)).float(), batch)
        if self.hidden_head is not None:
            loss = loss + hidden_loss(self.hidden_head(pooled).float(), batch)
        if not windows:
            return loss
        logits: Tensor = self.branch.sequence(placed, batch.present)
        return window_loss(logits.float(), batch) + POOLED_SHARE * loss


def train_audio(options: TrainOptions) -> Path:
    """Train the voice branch and write its weights.

    Parameters
    ----------
    options
        Data folder with ``audio.csv``, preset, and the rest; see `TrainOptions`. With 0 epochs
        the weights of ``init`` go through the last stage alone, see `audio_quiet`.

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
    epochs = EPOCHS if options.epochs is None else options.epochs
    clips = read_clips(options.data)
    store = ClipStore(options.data, clips, options.output / "audio-clips")
    fit, held = held_out_speakers(store, options.seed)
    mean, deviation = band_statistics(store, fit, np.random.default_rng(options.seed))
    branch = AudioBranch(preset)
    if options.init is not None:
        start_from(branch, "audio", options.preset, Path(options.init))
        if epochs == 0:
            return _last(branch, store, fit, held, options)
    branch.encoder.set_statistics(mean, deviation)
    branch.encoder.set_drop_path(DROP_PATH)
    teacher = faculty_of(store, fit, options)
    trainee = AudioTrainee(branch, teacher.width if teacher else 0)
    trainee = trainee.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    pauses = PauseBank(store, fit, options.output / "audio-clips")
    batches = AudioBatches(store, fit, mean, teacher=teacher, unlabelled=held, pauses=pauses)
    steps = len(batches)
    alone = int(epochs * PIECES_ALONE)
    late = decay_groups(trainee.branch.sequence, WEIGHT_DECAY)
    heads = [m for m in (trainee.pooled_head, trainee.hidden_head) if m is not None]
    early = decay_groups(nn.ModuleList([trainee.branch.encoder, *heads]), WEIGHT_DECAY)
    optimizer = torch.optim.AdamW(
        [*early, *(g | {"lr": SEQUENCE_RATE} for g in late)],
        lr=LEARNING_RATE,
        betas=(0.9, 0.98),
        fused=True,
    )
    schedule = two_part_schedule(optimizer, epochs * steps, alone * steps, len(late))
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
    with TrainingProgress("voice", epochs, steps, done) as progress:
        for epoch in range(done, epochs):
            rng = np.random.default_rng([options.seed, epoch])
            trainee.train()
            total = 0.0
            windows = epoch >= alone
            for drawn in batches.epoch(rng):
                batch = _to(drawn, device)
                with precision.autocast():
                    loss = trainee(batch, windows)
                precision.step(loss, optimizer, trainee.parameters())
                schedule.step()
                ema.update(trainee)
                value = float(loss.detach())
                total += value
                progress.step(value)
            figures = {"window_loss" if windows else "pooled_loss": total / steps}
            if windows:
                some = held[::CHECK_ONE_IN]
                accuracy, uar = six_way(
                    clip_logits(averaged, store, some, device), _labels(store, some)
                )
                figures |= {"held_uar": uar, "held_accuracy": accuracy}
            curves.add(epoch + 1, **figures)
            progress.epoch(epoch + 1, **figures)
            checkpoint.save(epoch + 1)
            if windows and (epoch + 1) % EXPORT_EVERY == 0:
                finish(averaged, store, fit, held, preset, options)
    curves.draw()
    return _last(averaged, store, fit, held, options)


def _last(
    branch: AudioBranch,
    store: ClipStore,
    fit: NDArray[np.int64],
    held: NDArray[np.int64],
    options: TrainOptions,
) -> Path:
    """Teach a trained branch what pauses are, calibrate and write it."""
    encoder = branch.encoder
    assert isinstance(encoder, FocalNet)
    plain = AudioAugmentation(empty=0.0, pauses=0.0)
    speech = AudioBatches(store, np.concatenate((fit, held)), encoder.mean.cpu(), None, plain)
    pauses = PauseBank(store, fit, options.output / "audio-clips" / "calm", CALM_SECONDS)
    quieten(branch, speech, pauses, seed=options.seed)
    return finish(branch, store, fit, held, preset_named(options.preset), options)


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


def _labels(store: ClipStore, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array([store.clips[int(r)].label for r in rows], dtype=np.int64)


def _to(batch: AudioBatch, device: torch.device) -> AudioBatch:
    if device.type == "cpu":
        return batch
    values = (getattr(batch, f.name).to(device) for f in dataclasses.fields(batch))
    return AudioBatch(*values)
