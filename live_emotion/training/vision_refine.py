"""Refinement of the face encoder: mixed faces, and its own second opinion.

At the end of its first stage the encoder fits the faces it learned from better than others. Here
a copy learns on: half of the faces are blends of two (mixup, Zhang et al., ICLR 2018), and half of
each target is what the first stage itself says about the very same picture and its mirror image
(born-again networks, Furlanello et al., ICML 2018), which is smoother than ten votes.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision, decay_groups
from live_emotion.training.curves import CurveLog
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.vision_data import Faces, class_weights
from live_emotion.training.vision_encoder import (
    BATCH,
    WEIGHT_DECAY,
    EncoderWithHeads,
    batch_of,
    flat_then_line,
    loss_of,
    watch,
)

RATE: Final = 1.5e-3
# Share of the targets that is the first stage's opinion; the rest is the votes'.
OPINION: Final = 0.5
# Share of the faces that are blends, and both parameters of the beta distribution of the blend.
BLENDED: Final = 0.5
BLEND: Final = 0.4


def blend(faces: Tensor, targets: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Return faces of which some are blended with another of the batch, and targets likewise.

    Parameters
    ----------
    faces
        ``(n, 3, 48, 48)``.
    targets
        Each ``(n, k)``.
    """
    n, device = len(faces), faces.device
    share = torch.distributions.Beta(BLEND, BLEND).sample((n,)).to(device)
    share = torch.where(torch.rand(n, device=device) < BLENDED, share, torch.ones_like(share))
    other = torch.randperm(n, device=device)
    blended = torch.lerp(faces[other], faces, share[:, None, None, None])
    mixed = [torch.lerp(t[other], t, share[:, None]) for t in targets]
    return blended.contiguous(memory_format=torch.channels_last), mixed


@torch.no_grad()
def opinion(network: EncoderWithHeads, faces: Tensor) -> tuple[Tensor, Tensor]:
    """Return probabilities of the classes ``(n, 8)`` and of the emotions ``(n, 6)``.

    Logits are averaged over the faces and their mirror images.
    """
    both = torch.cat((faces, faces.flip(-1))).contiguous(memory_format=torch.channels_last)
    classes, emotions = (o.float().reshape(2, len(faces), -1).mean(0) for o in network(both))
    return classes.softmax(1), emotions.sigmoid()


def refine_encoder(
    first: EncoderWithHeads,
    train: Faces,
    held: Faces,
    *,
    epochs: int,
    resume: bool,
    precision: Precision,
    stem: Path,
) -> EncoderWithHeads:
    """Return a refined copy of the first stage's network, averaged, in evaluation mode.

    Parameters
    ----------
    first
        What `vision_encoder.train_encoder` returned.
    train, held, epochs, resume, precision, stem
        As there.
    """
    device = precision.device
    first = first.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    network = copy.deepcopy(first).train().requires_grad_(True)
    average = Ema(network, decay=0.998)
    optimizer = torch.optim.AdamW(decay_groups(network, WEIGHT_DECAY), lr=RATE)
    steps = max(1, len(train) // BATCH)
    schedule = flat_then_line(optimizer, epochs * steps, warmup_steps=min(100, steps))
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
    with TrainingProgress("face refinement", epochs, steps, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            network.train()
            total = 0.0
            order = torch.randperm(len(train))
            for step in range(steps):
                rows = order[step * BATCH : (step + 1) * BATCH]
                faces, classes, soft = batch_of(train, rows, device)
                faces, (classes, soft) = blend(faces, [classes, soft])
                with precision.autocast():
                    said = opinion(first, faces)
                    outputs = network(faces)
                classes, soft = classes.lerp(said[0], OPINION), soft.lerp(said[1], OPINION)
                loss = loss_of(outputs, classes, soft, weights)
                precision.step(loss, optimizer, network.parameters(), clip=5.0)
                schedule.step()
                average.update(network)
                value = float(loss.detach())
                total += value
                progress.step(value)
            figures = {"loss": total / steps, **watch(average.module, held, weights, precision)}
            curves.add(epoch, **figures)
            curves.draw()
            checkpoint.save(epoch)
            progress.epoch(epoch, **figures)
    refined = average.module
    assert isinstance(refined, EncoderWithHeads)
    return refined.cpu()
