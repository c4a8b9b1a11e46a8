"""First stage of vision: the face encoder, on single augmented faces.

Two heads that are not stored teach the 64-wide vector, and later the sequence encoder: soft
cross-entropy over eight classes by their share of votes (Barsoum et al., ICMI 2016), and a
sigmoid per emotion. A few pictures of every batch show no face and no emotion.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.rfam import Rfam
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.training.common import Precision, decay_groups
from live_emotion.training.course import Course, shuffled
from live_emotion.training.metrics import roc_auc, six_way
from live_emotion.training.vision_augment import augment, to_rgb
from live_emotion.training.vision_data import Faces, class_weights
from live_emotion.training.vision_nonfaces import non_faces
from live_emotion.training.vision_opinions import SHARE, Opinions, opinion_loss

BATCH = 128
RATE = 3e-3
WEIGHT_DECAY = 0.02
EMA_DECAY = 0.998
# Of the augmentation.
STRENGTH = 0.8
# Share of the steps at the full rate; then it falls to nothing on a line.
FLAT = 0.5
# Of the sigmoid head beside the classes.
SIGMOID_SHARE = 0.5
# Pictures without a face in a batch, so that a wall shows no emotion.
NON_FACES = 4


class EncoderWithHeads(nn.Module):
    """The face encoder and the two heads that teach it."""

    def __init__(self, encoder: Rfam) -> None:
        super().__init__()
        self.encoder = encoder
        self.classes = nn.Linear(VECTOR_WIDTH, len(EMOTIONS) + 2)
        self.emotions = nn.Linear(VECTOR_WIDTH, len(EMOTIONS))

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Return class logits ``(n, 8)`` and emotion logits ``(n, 6)`` of ``(n, 3, 48, 48)``."""
        return self.read(self.encoder(faces))

    def read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Return class logits ``(n, 8)`` and emotion logits ``(n, 6)`` of vectors ``(n, 64)``."""
        vectors = torch.relu(vectors)
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
    return ((soft_entropy + SIGMOID_SHARE * entropy) * row).sum() / row.sum()


def batch_of(train: Faces, rows: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return augmented faces with some non-faces, and their ``classes`` and ``soft`` targets.

    Non-faces count as neutral among the classes: of all faces those without emotion are most
    alike to them in what is to be said.
    """
    grey, classes, soft = train.images[rows], train.classes[rows], train.soft[rows]
    if NON_FACES:
        none = classes.new_zeros(NON_FACES, classes.shape[1])
        none[:, 0] = 1.0
        grey = torch.cat((grey, non_faces(NON_FACES)))
        classes = torch.cat((classes, none))
        soft = torch.cat((soft, soft.new_zeros(NON_FACES, soft.shape[1])))
    faces = augment(grey.to(device), STRENGTH)
    faces = faces.contiguous(memory_format=torch.channels_last)
    return faces, classes.to(device), soft.to(device)


def flat_then_line(
    optimizer: torch.optim.Optimizer, total_steps: int, warmup_steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return a schedule: linear warm-up, the full rate for `FLAT` of the steps, a line to zero.

    While the rate is full a run may be taken up with another number of epochs.
    """

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        left = 1 - step / max(1, total_steps)
        return min(1.0, max(0.0, left) / (1 - FLAT))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def train_encoder(
    encoder: Rfam,
    train: Faces,
    held: Faces,
    *,
    epochs: int,
    resume: bool,
    precision: Precision,
    stem: Path,
    told: Opinions | None = None,
) -> EncoderWithHeads:
    """Train the encoder; return its averaged copy in evaluation mode, with the two heads.

    Parameters
    ----------
    encoder
        Fresh or trained before; its normalisation is fixed here from the training faces.
    train, held
        Faces to learn from, and those held out to watch the learning.
    epochs, resume, precision
        As in `TrainOptions`.
    stem
        Path of checkpoint (``.pt``) and curves (``.csv``, ``.png``) without the ending.
    told
        What a teacher makes of the training faces; None leaves the votes alone.
    """
    device = precision.device
    pixels = train.images.float() / 255
    encoder.normalise.mean.fill_(float(pixels.mean()))
    encoder.normalise.deviation.fill_(float(pixels.std()))
    del pixels
    network = EncoderWithHeads(encoder).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(decay_groups(network, WEIGHT_DECAY), lr=RATE)
    steps = max(1, len(train) // BATCH)
    schedule = flat_then_line(optimizer, epochs * steps, warmup_steps=min(300, steps))
    weights = class_weights(train).to(device)

    def losses() -> Iterator[Tensor]:
        for rows in shuffled(len(train), BATCH, steps):
            faces, classes, soft = batch_of(train, rows, device)
            with precision.autocast():
                outputs = network(faces)
            loss = loss_of(outputs, classes, soft, weights)
            if told is not None:
                heavy = (train.classes[rows].to(device) @ weights).float()
                said = opinion_loss(outputs, told, rows, SIGMOID_SHARE, heavy)
                loss = torch.lerp(loss, said, SHARE)
            yield loss

    trained = Course("face encoder", epochs, steps, resume, precision, stem).run(
        network,
        optimizer,
        schedule,
        losses=losses,
        watch=lambda averaged: watch(averaged, held, weights, precision),
        decay=EMA_DECAY,
    )
    assert isinstance(trained, EncoderWithHeads)
    return trained.cpu()


@torch.no_grad()
def watch(
    network: nn.Module, held: Faces, weights: Tensor, precision: Precision
) -> dict[str, float]:
    """Return the figures of the held-out faces, unchanged, by the classes' log odds.

    Of any network with the outputs of `EncoderWithHeads`.
    """
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
        parts.append(outputs[0].float().cpu())
    chances = torch.cat(parts).double().softmax(1)[:, 1 : len(EMOTIONS) + 1]
    scores = chances.logit().numpy()
    accuracy, uar = six_way(scores, held.labels)
    aucs = [roc_auc(scores[:, k], held.targets[:, k]) for k in range(len(EMOTIONS))]
    return {
        "held_loss": loss / len(held),
        "six_way": accuracy,
        "uar": uar,
        "auc": sum(aucs) / len(aucs),
    }
