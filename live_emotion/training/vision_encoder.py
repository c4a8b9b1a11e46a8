"""First stage of vision: the face encoder, on single augmented faces.

Two heads that are thrown away afterwards teach the 64-wide vector: soft cross-entropy over
eight classes by their share of votes (Barsoum et al., ICMI 2016), and a sigmoid per emotion.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.presets import VECTOR_WIDTH
from live_emotion.models.rfam import Rfam
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision, cosine_schedule, decay_groups
from live_emotion.training.curves import CurveLog
from live_emotion.training.metrics import roc_auc, six_way
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.vision_augment import augment, to_rgb
from live_emotion.training.vision_data import Faces, class_weights

BATCH = 128
RATE = 3e-3
WEIGHT_DECAY = 0.02
# Of the augmentation: full in the first half, then falling, so that it ends near real faces.
STRENGTHS = (0.6, 0.2)


class EncoderWithHeads(nn.Module):
    """The face encoder and the two heads that teach it."""

    def __init__(self, encoder: Rfam) -> None:
        super().__init__()
        self.encoder = encoder
        self.classes = nn.Linear(VECTOR_WIDTH, len(EMOTIONS) + 2)
        self.emotions = nn.Linear(VECTOR_WIDTH, len(EMOTIONS))

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Return class logits ``(n, 8)`` and emotion logits ``(n, 6)`` of ``(n, 3, 48, 48)``."""
        vectors = torch.relu(self.encoder(faces))
        return self.classes(vectors), self.emotions(vectors)


def loss_of(
    outputs: tuple[Tensor, Tensor], classes: Tensor, soft: Tensor, weights: Tensor
) -> Tensor:
    """Return the weighted sum of soft cross-entropy and binary cross-entropy.

    Parameters
    ----------
    outputs
        Of `EncoderWithHeads`.
    classes, soft
        ``(n, 8)`` shares of votes, ``(n, 6)`` chances of at least 3 votes.
    weights
        ``(8,)`` weight of each class.
    """
    class_logits, logits = outputs
    row = classes @ weights
    soft_entropy = -(classes * F.log_softmax(class_logits.float(), dim=1)).sum(1)
    entropy = F.binary_cross_entropy_with_logits(logits.float(), soft, reduction="none").sum(1)
    return ((soft_entropy + entropy) * row).sum() / row.sum()


def train_encoder(
    encoder: Rfam,
    train: Faces,
    held: Faces,
    *,
    epochs: int,
    resume: bool,
    precision: Precision,
    stem: Path,
) -> Rfam:
    """Train the encoder and return its averaged copy in evaluation mode.

    Parameters
    ----------
    encoder
        Fresh; its normalisation is fixed here from the training faces.
    train, held
        Faces to learn from, and those held out to watch the learning.
    epochs, resume, precision
        As in `TrainOptions`.
    stem
        Path of checkpoint (``.pt``) and curves (``.csv``, ``.png``) without the ending.
    """
    device = precision.device
    pixels = train.images.float() / 255
    encoder.normalise.mean.fill_(float(pixels.mean()))
    encoder.normalise.deviation.fill_(float(pixels.std()))
    del pixels
    network = EncoderWithHeads(encoder).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Ema(network, decay=0.998)
    optimizer = torch.optim.AdamW(decay_groups(network, WEIGHT_DECAY), lr=RATE)
    steps = max(1, len(train) // BATCH)
    schedule = cosine_schedule(optimizer, epochs * steps, warmup_steps=min(300, steps))
    checkpoint = Checkpoint(
        stem.with_name(stem.name + ".pt"),
        network=network,
        average=average,
        optimizer=optimizer,
        schedule=schedule,
        precision=precision,
    )
    loaded = checkpoint.load() if resume else None
    done = loaded[0] if loaded else 0
    curves = CurveLog(stem, done)
    weights = class_weights(train).to(device)
    with TrainingProgress("face encoder", epochs, steps, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            network.train()
            total = 0.0
            strength = augment_strength(epoch, epochs)
            order = torch.randperm(len(train))
            for step in range(steps):
                rows = order[step * BATCH : (step + 1) * BATCH]
                faces = augment(train.images[rows].to(device), strength)
                faces = faces.contiguous(memory_format=torch.channels_last)
                with precision.autocast():
                    outputs = network(faces)
                loss = loss_of(
                    outputs, train.classes[rows].to(device), train.soft[rows].to(device), weights
                )
                precision.step(loss, optimizer, network.parameters(), clip=5.0)
                schedule.step()
                average.update(network)
                value = float(loss.detach())
                total += value
                progress.step(value)
            figures = {"loss": total / steps, **_watch(average.module, held, weights, precision)}
            curves.add(epoch, **figures)
            curves.draw()
            checkpoint.save(epoch)
            progress.epoch(epoch, **figures)
    trained = average.module.encoder
    assert isinstance(trained, Rfam)
    return trained.cpu()


def augment_strength(epoch: int, epochs: int) -> float:
    """Return the augmentation's strength in `epoch` of `epochs` (from 1)."""
    first, last = STRENGTHS
    late = max(0.0, 2 * epoch / epochs - 1)
    return first + (last - first) * late


@torch.no_grad()
def _watch(
    network: nn.Module, held: Faces, weights: Tensor, precision: Precision
) -> dict[str, float]:
    """Return the figures of the held-out faces, unchanged, by the sigmoid head."""
    if not len(held):
        return {}
    device = precision.device
    parts, loss = [], 0.0
    for rows in torch.split(torch.arange(len(held)), 256):
        faces = to_rgb(held.images[rows].to(device)).contiguous(memory_format=torch.channels_last)
        with precision.autocast():
            outputs = network(faces)
        batch_loss = loss_of(
            outputs, held.classes[rows].to(device), held.soft[rows].to(device), weights
        )
        loss += float(batch_loss) * len(rows)
        parts.append(outputs[1].float().cpu())
    scores = torch.cat(parts).double().numpy()
    accuracy, uar = six_way(scores, held.labels)
    aucs = [roc_auc(scores[:, k], held.targets[:, k]) for k in range(len(EMOTIONS))]
    return {
        "held_loss": loss / len(held),
        "six_way": accuracy,
        "uar": uar,
        "auc": sum(aucs) / len(aucs),
    }
