"""Second stage of vision: the sequence encoder, on runs of augmented vectors of one face.

Only still faces are at hand, so a run of 1 to 12 ticks is made of differently augmented copies
of a face, some of them exactly alike (nothing moved), with gaps where the face was lost. In a
few runs the face changes half-way, and the target with it in proportion.

The targets are the votes, mixed with what the face encoder's own heads made of several views of
the face: that is less noisy than ten votes (Hinton et al., 2015, on soft targets).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.sequence import SequenceEncoder
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision, cosine_schedule, decay_groups
from live_emotion.training.curves import CurveLog
from live_emotion.training.metrics import six_way
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.vision_augment import augment, to_rgb
from live_emotion.training.vision_data import Faces
from live_emotion.training.vision_encoder import EncoderWithHeads
from live_emotion.training.vision_nonfaces import non_faces

BATCH = 256
RATE = 5e-4
WEIGHT_DECAY = 0.02
VIEWS = 3
CHANGING = 0.15
# Share of the heads' opinion in the targets, the rest is the votes'.
TEACHER = 0.5
# Weight of the six against each other beside each emotion by itself.
AGAINST = 0.2
# Pictures without a face, as a share of the faces.
NON_FACE_SHARE = 0.03


@dataclass(frozen=True)
class Lessons:
    """What the sequence encoder learns from.

    Attributes
    ----------
    views
        ``(n, v, 64)`` vectors of every face: as it is, then augmented.
    soft
        ``(n, 6)`` chance of each emotion.
    shares
        ``(n, 6)`` how the votes fall on the six; sums to 1 less neutral and contempt.
    """

    views: Tensor
    soft: Tensor
    shares: Tensor


@torch.no_grad()
def vectors_of(encoder: nn.Module, faces: Faces, precision: Precision, views: int) -> Tensor:
    """Return vectors ``(n, views, 64)``: of the face as it is, then of augmented copies.

    Each is the mean over a face and its mirror image, as `VisionBranch` takes them.
    """
    device = precision.device
    encoder = encoder.to(device).eval()
    parts = []
    for rows in torch.split(torch.arange(len(faces)), 256):
        grey = faces.images[rows].to(device)
        copies = torch.cat([to_rgb(grey), *(augment(grey, 0.8) for _ in range(views - 1))])
        batch = torch.cat((copies, copies.flip(-1))).contiguous(memory_format=torch.channels_last)
        with precision.autocast():
            vectors = encoder(batch)
        both = vectors.float().reshape(2, views, len(rows), -1).mean(0)
        parts.append(both.transpose(0, 1).cpu())
    return torch.cat(parts)


@torch.no_grad()
def lessons_of(teacher: EncoderWithHeads, train: Faces, precision: Precision) -> Lessons:
    """Return views and mixed targets of the training faces, and of pictures without a face."""
    none = _non_faces_beside(train)
    grey = torch.cat((train.images, non_faces(none)))
    soft = torch.cat((train.soft, train.soft.new_zeros(none, train.soft.shape[1])))
    shares = train.classes[:, 1:-1]
    shares = torch.cat((shares, shares.new_zeros(none, shares.shape[1])))
    everything = Faces(grey, train.classes, train.targets, train.soft, train.labels)
    views = vectors_of(teacher.encoder, everything, precision, VIEWS)
    classes, emotions = teacher.cpu().read(views)
    # Only faces have something to learn from the heads.
    mix = torch.where(torch.arange(len(grey)) < len(train), TEACHER, 0.0)[:, None]
    soft = soft.lerp(emotions.sigmoid().mean(1), mix)
    shares = shares.lerp(classes.softmax(2).mean(1)[:, 1:-1], mix)
    return Lessons(views, soft, shares)


def loss_of(logits: Tensor, soft: Tensor, shares: Tensor) -> Tensor:
    """Return the loss of a batch: each emotion by itself, and the six against each other.

    Parameters
    ----------
    logits, soft, shares
        ``(n, 6)``; see `Lessons`. A face that shows none of the six has no say in the second.
    """
    alone = F.binary_cross_entropy_with_logits(logits, soft)
    against = -(shares * F.log_softmax(logits, dim=1)).sum(1).mean()
    return alone + AGAINST * against


def make_runs(
    views: Tensor, soft: Tensor, rows: Tensor, ticks: int = WINDOW_TICKS
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch of runs.

    Parameters
    ----------
    views
        ``(n, v, 64)`` vectors of every face.
    soft
        ``(n, k)`` targets of every face.
    rows
        ``(b,)`` the faces of this batch.
    ticks
        Length of the longest run.

    Returns
    -------
    tuple
        Vectors ``(b, ticks, 64)``, present ``(b, ticks)`` bool with at least one tick a row,
        targets ``(b, k)``.
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
    teacher: EncoderWithHeads,
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
    teacher
        The trained face encoder with its heads, see `vision_encoder`.
    sequence
        Fresh.
    train, held, epochs, resume, precision, stem
        As in `vision_encoder.train_encoder`.
    """
    device = precision.device
    faces = len(train) + _non_faces_beside(train)
    network = sequence.to(device)
    average = Ema(network, decay=0.995)
    optimizer = torch.optim.AdamW(decay_groups(network, WEIGHT_DECAY), lr=RATE)
    steps = max(1, faces // BATCH)
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
    trained = average.module
    assert isinstance(trained, SequenceEncoder)
    if done >= epochs:
        return trained.cpu()
    # The views are the same whether the run is new or taken up.
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(torch.initial_seed())
        lessons = lessons_of(teacher, train, precision)
    targets_of = torch.cat((lessons.soft, lessons.shares), dim=1)
    held_views = vectors_of(teacher.encoder, held, precision, 1)
    curves = CurveLog(stem, done)
    with TrainingProgress("face sequence", epochs, steps, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            network.train()
            total = 0.0
            order = torch.randperm(faces)
            for step in range(steps):
                rows = order[step * BATCH : (step + 1) * BATCH]
                # Batches of short runs are cheap, and a session begins with short windows.
                longest = int(torch.randint(1, WINDOW_TICKS + 1, ()))
                vectors, present, targets = make_runs(lessons.views, targets_of, rows, longest)
                with precision.autocast():
                    logits = network(vectors.to(device), present.to(device))
                soft, shares = targets.to(device).chunk(2, dim=1)
                loss = loss_of(logits.float(), soft, shares)
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
    return trained.cpu()


def _non_faces_beside(train: Faces) -> int:
    return round(NON_FACE_SHARE * len(train))


@torch.no_grad()
def _watch(
    network: nn.Module, views: Tensor, held: Faces, device: torch.device
) -> dict[str, float]:
    if not len(held):
        return {}
    logits = network(views.to(device), torch.ones(len(views), 1, dtype=torch.bool, device=device))
    loss = F.binary_cross_entropy_with_logits(logits.cpu(), held.soft)
    accuracy, uar = six_way(logits.cpu().double().numpy(), held.labels)
    return {"held_loss": float(loss), "six_way": accuracy, "uar": uar}
