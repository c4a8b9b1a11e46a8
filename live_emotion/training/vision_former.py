"""What an encoder of a former run makes of the training faces, and the mean of several opinions.

A teacher that errs elsewhere than its pupil did says most together with it: the mean of both is
right more often than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from live_emotion.core.errors import UserError
from live_emotion.models.branches import VisionBranch
from live_emotion.models.presets import Preset
from live_emotion.models.rfam import Rfam
from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision
from live_emotion.training.vision_data import Faces
from live_emotion.training.vision_encoder import EMA_DECAY, EncoderWithHeads
from live_emotion.training.vision_opinions import Opinions
from live_emotion.training.vision_teacher import opinions_by


def former_run(folder: Path, run: str) -> Path | None:
    """Return the checkpoint of the face encoder that a run has left in a folder, or None."""
    path = folder / f"{run}-encoder.pt"
    return path if path.is_file() else None


def former_opinions(path: Path, preset: Preset, faces: Faces, precision: Precision) -> Opinions:
    """Return what the averaged encoder of a checkpoint says of faces and their mirror images.

    Raises
    ------
    UserError
        If it is damaged or of another size.
    """
    encoder = VisionBranch(preset).encoder
    if not isinstance(encoder, Rfam):
        raise UserError(f"The preset “{preset.name}” has no face encoder with an opinion.")
    average = Ema(EncoderWithHeads(encoder), EMA_DECAY)
    Checkpoint(path, average=average).load()
    return opinions_by(average.module.to(precision.device), faces, precision)


def mean_opinion(several: Sequence[Opinions]) -> Opinions:
    """Return logits of the mean probabilities of several opinions on the same faces."""
    if len(several) == 1:
        return several[0]
    classes = torch.stack([one.classes.log_softmax(1) for one in several])
    chances = torch.stack([one.emotions.double().sigmoid() for one in several]).mean(0)
    return Opinions(
        classes.logsumexp(0) - torch.log(torch.tensor(float(len(several)))),
        chances.logit(eps=1e-6).float(),
    )
