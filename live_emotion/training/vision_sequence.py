"""Second stage of vision: the sequence encoder, on runs of augmented vectors of one face.

Only still faces are at hand, so a run of 1 to 12 ticks is made of differently augmented copies
of a face, some of them exactly alike (nothing moved), with gaps where the face was lost. In a
few runs the face changes half-way, and the target with it in proportion.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.rfam import Rfam
from live_emotion.models.sequence import SequenceEncoder
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision, cosine_schedule, decay_groups
from live_emotion.training.curves import CurveLog
from live_emotion.training.metrics import six_way
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.vision_augment import augment, to_rgb
from live_emotion.training.vision_data import Faces

BATCH = 256
RATE = 5e-4
WEIGHT_DECAY = 0.02
VIEWS = 4
CHANGING = 0.15


@torch.no_grad()
def vectors_of(encoder: Rfam, faces: Faces, precision: Precision, views: int) -> Tensor:
    """Return vectors ``(n, views, 64)``: of the face as it is, then of augmented copies."""
    device = precision.device
    encoder = encoder.to(device).eval()
    parts = []
    for rows in torch.split(torch.arange(len(faces)), 256):
        grey = faces.images[rows].to(device)
        copies = [to_rgb(grey), *(augment(grey, 0.8) for _ in range(views - 1))]
        batch = torch.cat(copies).contiguous(memory_format=torch.channels_last)
        with precision.autocast():
            vectors = encoder(batch)
        parts.append(vectors.float().reshape(views, len(rows), -1).transpose(0, 1).cpu())
    return torch.cat(parts)


def make_runs(
    views: Tensor, soft: Tensor, rows: Tensor, ticks: int = WINDOW_TICKS
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch of runs.

    Parameters
    ----------
    views
        ``(n, v, 64)`` vectors of every face.
    soft
        ``(n, 6)`` targets of every face.
    rows
        ``(b,)`` the faces of this batch.
    ticks
        Length of the longest run.

    Returns
    -------
    tuple
        Vectors ``(b, ticks, 64)``, present ``(b, ticks)`` bool with at least one tick a row,
        targets ``(b, 6)``.
    """
    b = len(rows)
    place = torch.arange(ticks)
    length = torch.randint(1, ticks + 1, (b, 1))
    length[torch.rand(b) < 0.25] = 1
    present = place < length
    lost = (torch.rand(b, ticks) < torch.rand(b, 1) * 0.5) & (torch.rand(b, 1) < 0.4)
    kept = present & ~lost
    kept[:, 0] |= ~kept.any(dim=1)
    # A calm face shows few distinct views, a lively one a new view every tick.
    distinct = torch.randint(1, views.shape[1] + 1, (b, 1))
    start = torch.randint(0, views.shape[1], (b, 1))
    view = (start + (torch.rand(b, ticks) * distinct).long()) % views.shape[1]
    other = torch.randint(0, len(views), (b, 1))
    change = torch.where(torch.rand(b, 1) < CHANGING, torch.randint(1, ticks + 1, (b, 1)), ticks)
    face = torch.where(place < change, rows[:, None], other)
    vectors = views[face, view]
    vectors = vectors + torch.randn_like(vectors) * (0.05 * views.std())
    targets = (soft[face] * kept[..., None]).sum(1) / kept.sum(1, keepdim=True)
    return vectors, kept, targets


def train_sequence(
    encoder: Rfam,
    sequence: SequenceEncoder,
    train: Faces,
    held: Faces,
    *,
    epochs: int,
    resume: bool,
    precision: Precision,
    stem: Path,
) -> SequenceEncoder:
    """Train the sequence encoder on frozen vectors; return its averaged copy.

    Parameters
    ----------
    encoder
        Trained, see `vision_encoder`.
    sequence
        Fresh.
    train, held, epochs, resume, precision, stem
        As in `vision_encoder.train_encoder`.
    """
    device = precision.device
    views = vectors_of(encoder, train, precision, VIEWS)
    held_views = vectors_of(encoder, held, precision, 1)
    network = sequence.to(device)
    average = Ema(network, decay=0.995)
    optimizer = torch.optim.AdamW(decay_groups(network, WEIGHT_DECAY), lr=RATE)
    steps = max(1, len(train) // BATCH)
    schedule = cosine_schedule(optimizer, epochs * steps, warmup_steps=min(200, steps))
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
    with TrainingProgress("face sequence", epochs, steps, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            network.train()
            total = 0.0
            order = torch.randperm(len(train))
            for step in range(steps):
                rows = order[step * BATCH : (step + 1) * BATCH]
                # Batches of short runs are cheap, and a session begins with short windows.
                longest = int(torch.randint(1, WINDOW_TICKS + 1, ()))
                vectors, present, targets = make_runs(views, train.soft, rows, longest)
                with precision.autocast():
                    logits = network(vectors.to(device), present.to(device))
                loss = F.binary_cross_entropy_with_logits(logits.float(), targets.to(device))
                precision.step(loss, optimizer, network.parameters())
                schedule.step()
                average.update(network)
                value = float(loss.detach())
                total += value
                progress.step(value)
            figures = {"loss": total / steps, **_watch(average.module, held_views, held, device)}
            curves.add(epoch, **figures)
            curves.draw()
            checkpoint.save(epoch)
            progress.epoch(epoch, **figures)
    trained = average.module
    assert isinstance(trained, SequenceEncoder)
    return trained.cpu()


@torch.no_grad()
def _watch(
    network: torch.nn.Module, views: Tensor, held: Faces, device: torch.device
) -> dict[str, float]:
    if not len(held):
        return {}
    logits = network(views.to(device), torch.ones(len(views), 1, dtype=torch.bool, device=device))
    loss = F.binary_cross_entropy_with_logits(logits.cpu(), held.soft)
    accuracy, uar = six_way(logits.cpu().double().numpy(), held.labels)
    return {"held_loss": float(loss), "six_way": accuracy, "uar": uar}
