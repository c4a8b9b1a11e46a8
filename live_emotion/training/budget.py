"""A plain loop with a fixed number of steps, the same for every encoder.

It is no way to a good network, but an equal one: the same items in the same order, the same loss,
the same optimiser, no augmentation but mirror images of faces. ``bench compare`` and
``train --steps`` use it.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.emotions import Branch
from live_emotion.models.bands import BandNormalisation
from live_emotion.models.branches import AudioBranch, VisionBranch, build_branch
from live_emotion.models.focalnet import FocalNet
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import Preset, preset_named
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.training.calibration import fit_platt
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.export import export_weights
from live_emotion.training.fusion_triples import NEUTRAL, one_hot
from live_emotion.training.metrics import Array, rounded, summarise
from live_emotion.training.options import TrainOptions
from live_emotion.training.thresholds import choose_thresholds, thresholds_by_name
from live_emotion.training.window_items import LABELS, Labels, Stills, Voices
from live_emotion.training.window_items import load_stills as _stills
from live_emotion.training.window_items import load_voices as _voices

BATCH: Final = 16
TICKS: Final = 2
RATE: Final = 1e-3
STILLS: Final = 3000
CLIPS: Final = 700
UNSEEN: Final = 600
HELD: Final = 0.2
WEIGHT_DECAY: Final = 0.02

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Windows:
    """Short windows of one stream, as a branch takes them.

    Attributes
    ----------
    x
        ``(n, T, ...)`` float32: faces 0..1, or mel pieces.
    present
        ``(n, T)`` bool.
    labels
        ``(n,)`` an emotion, or `NEUTRAL`.
    """

    x: Tensor
    present: Tensor
    labels: Labels

    def take(self, rows: Labels) -> Windows:
        """Return the chosen windows."""
        at = torch.from_numpy(rows)
        return Windows(self.x[at], self.present[at], self.labels[rows])


def face_windows(stills: Stills) -> Windows:
    """Return faces as windows of one tick."""
    x = torch.from_numpy(stills.images).float()[:, None, None] / 255
    return Windows(
        x.expand(-1, -1, 3, -1, -1), torch.ones(len(x), 1, dtype=torch.bool), stills.labels
    )


def voice_windows(voices: Voices) -> Windows:
    """Return clips as windows of a few ticks."""
    return Windows(
        torch.from_numpy(voices.mel)[:, :, None], torch.from_numpy(voices.present), voices.labels
    )


class Pupil(nn.Module):
    """A branch, and a seven-way linear layer on its encoder's vectors that teaches it directly."""

    def __init__(self, branch: VisionBranch | AudioBranch) -> None:
        super().__init__()
        self.branch = branch
        self.head = nn.Linear(VECTOR_WIDTH, LABELS)

    def forward(self, x: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return seven logits ``(n, 7)`` from the mean vector, and the branch's own ``(n, 6)``."""
        flat = self.branch.encoder(x[present])
        vectors = flat.new_zeros((*present.shape, VECTOR_WIDTH))
        vectors[present] = flat
        mean = torch.relu(vectors).sum(1) / present.sum(1, keepdim=True).clamp(min=1)
        return self.head(mean), self.branch.sequence(vectors, present)


def teach(
    pupil: Pupil,
    windows: Windows,
    *,
    steps: int,
    seed: int,
    precision: Precision,
    batch: int = BATCH,
    told: Callable[[int, float], None] | None = None,
) -> float:
    """Train for a number of steps; return the mean loss of the last tenth of them.

    Parameters
    ----------
    windows
        To learn from; each label is drawn alike.
    steps, batch
        How often, and how many windows at once.
    seed
        Of the draws; the same seed gives every network the same batches.
    precision
        Device and arithmetic.
    told
        Called with the step and its loss.
    """
    device = precision.device
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    pupil.to(device).train()
    optimizer = torch.optim.AdamW(
        pupil.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, fused=True
    )
    warm = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda k: min((k + 1) / warm, max(0.02, (steps - k) / max(1, steps - warm))),
    )
    groups = [np.flatnonzero(windows.labels == k) for k in range(LABELS)]
    groups = [g for g in groups if len(g)]
    losses = []
    for step in range(steps):
        rows = np.array([rng.choice(groups[int(k)]) for k in rng.integers(len(groups), size=batch)])
        part = windows.take(rows)
        x = part.x.flip(-1) if isinstance(pupil.branch, VisionBranch) and step % 2 else part.x
        classes = torch.from_numpy(part.labels).to(device)
        targets = torch.from_numpy(one_hot(part.labels)).float().to(device)
        with precision.autocast():
            seven, six = pupil(x.to(device), part.present.to(device))
        loss = F.cross_entropy(seven.float(), classes)
        loss = loss + F.binary_cross_entropy_with_logits(six.float(), targets)
        precision.step(loss, optimizer, pupil.parameters())
        schedule.step()
        losses.append(float(loss.detach()))
        if told is not None:
            told(step, losses[-1])
    pupil.cpu().eval()
    return float(np.mean(losses[-max(1, steps // 10) :]))


@torch.inference_mode()
def ask(pupil: Pupil, windows: Windows) -> tuple[Array, Array]:
    """Return the seven logits ``(n, 7)`` and the branch's ``(n, 6)`` of windows, in float32."""
    pupil.eval()
    seven, six = [], []
    for rows in torch.split(torch.arange(len(windows.labels)), 32):
        made = pupil(windows.x[rows], windows.present[rows])
        seven.append(made[0])
        six.append(made[1])
    return torch.cat(seven).double().numpy(), torch.cat(six).double().numpy()


def new_pupil(preset: Preset, branch: Branch, windows: Windows, seed: int) -> Pupil:
    """Return a fresh branch whose normalisation is fixed from the windows."""
    torch.manual_seed(seed)
    made = build_branch(branch, preset)
    x = windows.x[windows.present]
    if isinstance(made, VisionBranch):
        made.encoder.normalise.mean.fill_(float(x.mean()))
        made.encoder.normalise.deviation.fill_(float(x.std()))
        return Pupil(made)
    assert isinstance(made, AudioBranch)
    encoder: Any = made.encoder
    assert isinstance(encoder, BandNormalisation | FocalNet)
    mean = x.mean((0, 1, 3))
    encoder.set_statistics(mean, (x - mean[:, None]).std().expand_as(mean))
    return Pupil(made)


def train_vision(options: TrainOptions) -> Path:
    """Train a preset's face branch for ``options.steps`` steps and export it."""
    windows = face_windows(_stills(options.data, STILLS, unseen=False, seed=options.seed))
    return _train("vision", windows, options)


def train_audio(options: TrainOptions) -> Path:
    """Train a preset's voice branch for ``options.steps`` steps and export it."""
    windows = voice_windows(_voices(options.data, CLIPS, TICKS, unseen=False, seed=options.seed))
    return _train("audio", windows, options)


def _train(branch: Branch, windows: Windows, options: TrainOptions) -> Path:
    preset = preset_named(options.preset)
    set_threads(options.threads)
    seed_everything(options.seed)
    steps = options.steps or 200
    apart = np.random.default_rng(options.seed).random(len(windows.labels)) < HELD
    fit, held = windows.take(np.flatnonzero(~apart)), windows.take(np.flatnonzero(apart))
    pupil = new_pupil(preset, branch, fit, options.seed)
    precision = Precision(choose_device(options.device))
    teach(pupil, fit, steps=steps, seed=options.seed, precision=precision)
    made = pupil.branch
    made.load_state_dict({k: v.half().to(v.dtype) for k, v in made.state_dict().items()})
    logits = ask(pupil, held)[1]
    targets = one_hot(held.labels)
    platt = fit_platt(logits, targets)
    chances = platt.apply(logits).astype(np.float64)
    thresholds = choose_thresholds(chances, targets)
    six = np.where(held.labels == NEUTRAL, -1, held.labels)
    metadata = WeightsMetadata(
        preset=preset.owner(branch),
        branch=branch,
        architecture={
            branch: dataclasses.asdict(preset.vision if branch == "vision" else preset.audio),
            "sequence": dataclasses.asdict(preset.sequence),
        },
        trained=True,
        thresholds=thresholds_by_name(thresholds),
        calibration={"": platt},
        data=f"{steps} steps of {BATCH} on a part of the training data, to compare",
        figures={"held_out": rounded(summarise(chances, targets, thresholds, six))},
    )
    path = export_weights(made.state_dict(), metadata, options.weights_dir)
    _log.info("%s: %s written after %d steps", branch, path, steps)
    return path
