"""The face branch's teacher: a network that knows faces, fine-tuned on the same votes.

It is five times the encoder and has seen three million faces before, so it tells rare expressions
apart that a few hundred pictures cannot teach from nothing. What it makes of the training faces
is learned beside their votes (Hinton et al., 2015). Held-out faces are only watched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.common import Precision, decay_groups
from live_emotion.training.course import Course, shuffled
from live_emotion.training.vision_augment import to_rgb
from live_emotion.training.vision_data import Faces, class_weights
from live_emotion.training.vision_encoder import (
    EMA_DECAY,
    batch_of,
    flat_then_line,
    loss_of,
    watch,
)
from live_emotion.training.vision_opinions import Opinions, find_opinions, save_opinions
from live_emotion.training.vision_teacher_network import WIDTH, MobileNet

EPOCHS: Final = 7
BATCH: Final = 64
RATE: Final = 3e-4
HEAD_RATE: Final = 1e-3
WEIGHT_DECAY: Final = 0.02
DROPOUT: Final = 0.3


class FaceTeacher(nn.Module):
    """A `MobileNet` with the two heads of `vision_encoder.EncoderWithHeads`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.body = MobileNet(folder)
        self.drop = nn.Dropout(DROPOUT)
        self.classes = nn.Linear(WIDTH, len(EMOTIONS) + 2)
        self.emotions = nn.Linear(WIDTH, len(EMOTIONS))

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Return class logits ``(n, 8)`` and emotion logits ``(n, 6)`` of ``(n, 3, 48, 48)``."""
        seen = self.drop(self.body(faces))
        return self.classes(seen), self.emotions(seen)


def opinions_of(
    folder: Path,
    train: Faces,
    held: Faces,
    *,
    epochs: int,
    resume: bool,
    precision: Precision,
    stem: Path,
) -> Opinions:
    """Fine-tune the teacher; return what it makes of the training faces and their mirror images.

    Parameters
    ----------
    folder
        See `MobileNet`.
    train, held, epochs, resume, precision, stem
        As in `vision_encoder.train_encoder`. The opinions are kept as ``.npz``; a run that is
        taken up reads them.

    Raises
    ------
    UserError
        If the folder does not hold the network.
    """
    kept = stem.with_name(stem.name + ".npz")
    found = find_opinions(kept, train) if resume else None
    if found is not None:
        return found
    teacher = _tuned(
        FaceTeacher(folder),
        train,
        held,
        epochs=epochs,
        resume=resume,
        precision=precision,
        stem=stem,
    )
    told = opinions_by(teacher, train, precision)
    save_opinions(kept, told, train)
    return told


def _tuned(
    teacher: FaceTeacher,
    train: Faces,
    held: Faces,
    *,
    epochs: int,
    resume: bool,
    precision: Precision,
    stem: Path,
) -> nn.Module:
    device = precision.device
    network = teacher.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    heads = nn.ModuleList([network.classes, network.emotions])
    optimizer = torch.optim.AdamW(
        [
            {"params": network.body.learned(), "weight_decay": WEIGHT_DECAY},
            *(group | {"lr": HEAD_RATE} for group in decay_groups(heads, WEIGHT_DECAY)),
        ],
        lr=RATE,
    )
    steps = max(1, len(train) // BATCH)
    schedule = flat_then_line(optimizer, epochs * steps, warmup_steps=min(200, steps))
    weights = class_weights(train).to(device)

    def losses() -> Iterator[Tensor]:
        for rows in shuffled(len(train), BATCH, steps):
            faces, classes, soft = batch_of(train, rows, device)
            with precision.autocast():
                outputs = network(faces)
            yield loss_of(outputs, classes, soft, weights)

    return Course("face teacher", epochs, steps, resume, precision, stem).run(
        network,
        optimizer,
        schedule,
        losses=losses,
        watch=lambda averaged: watch(averaged, held, weights, precision),
        decay=EMA_DECAY,
    )


@torch.no_grad()
def opinions_by(teacher: nn.Module, faces: Faces, precision: Precision) -> Opinions:
    """Return the mean logits that a network gives faces and their mirror images.

    Of any network with the outputs of `EncoderWithHeads`, on the device of `precision`.
    """
    teacher.eval()
    classes: list[Tensor] = []
    emotions: list[Tensor] = []
    for rows in torch.split(torch.arange(len(faces)), 128):
        upright = to_rgb(faces.images[rows].to(precision.device))
        with precision.autocast():
            said = teacher(torch.cat((upright, upright.flip(-1))))
        for kept, logits in zip((classes, emotions), said, strict=True):
            kept.append(logits.float().reshape(2, len(rows), -1).mean(0).cpu())
    return Opinions(torch.cat(classes), torch.cat(emotions))
