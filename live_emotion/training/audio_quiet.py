"""The last stage of the voice branch: pauses are told as nothing, all else as before.

A gate keeps ticks without a voice away from the branch, but no gate is perfect. Forced through,
breath and room between words looked like a quiet, sad voice to networks that were trained on
clips of speech alone. Here the sequence encoder alone learns from whole windows of pauses that no
emotion is there, and from windows of speech what it said of them before (self-distillation), with
the piece encoder frozen: its vectors tell pauses from voices well enough.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from live_emotion.core.ticks import TICK_SAMPLES, WINDOW_TICKS
from live_emotion.models.branches import AudioBranch
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.perception.spectrogram import HISTORY
from live_emotion.training.audio_batches import AudioBatch, AudioBatches
from live_emotion.training.audio_mel import mel_pieces
from live_emotion.training.audio_pauses import PauseBank

SPEECH_BATCHES: Final = 700
PAUSE_WINDOWS: Final = 3000
CALM_SECONDS: Final = 1500.0
STEPS: Final = 1200
SPEECH_A_STEP: Final = 96
PAUSES_A_STEP: Final = 48
LEARNING_RATE: Final = 2e-4
_WARMUP_STEPS: Final = 50
# Of pauses, beside speech: what is said of voices must not change for them.
PAUSE_SHARE: Final = 0.25
# Of the weights that come out of it, the rest stays as it was: between two ends of one training
# the loss hardly rises, and what was learned before is kept (Wortsman et al., CVPR 2022).
LEARNED_SHARE: Final = 0.42
# Logits of pauses are pushed this far below an even chance, since calibration may raise them.
_MARGIN: Final = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Windows as the sequence encoder takes them.

    Attributes
    ----------
    vectors
        ``(n, 12, 64)`` of the pieces, 0 where absent.
    present
        ``(n, 12)`` bool.
    """

    vectors: Tensor
    present: Tensor

    def take(self, rows: Tensor) -> Heard:
        """Return the chosen windows."""
        return Heard(self.vectors[rows], self.present[rows])


def quieten(
    branch: AudioBranch,
    speech: AudioBatches,
    pauses: PauseBank,
    *,
    seed: int = 0,
) -> float:
    """Fit the sequence encoder of a trained branch, in place and on the branch's own device.

    Parameters
    ----------
    branch
        Its piece encoder stays as it is.
    speech
        Draws augmented windows of speech; none may be empty.
    pauses
        Where nothing is said. Without any the branch stays as it is.
    seed
        Of all draws.

    Returns
    -------
    float
        Mean squared distance of the last steps' logits of speech from what they were.
    """
    if not len(pauses):
        return 0.0
    rng = np.random.default_rng(seed)
    # Few clips are learned from for a shorter time.
    batches = min(SPEECH_BATCHES, 8 * max(1, len(speech)))
    windows, steps = min(PAUSE_WINDOWS, 40 * len(pauses)), min(STEPS, 4 * batches)
    branch.eval()
    device = next(branch.parameters()).device
    voices = listen(branch, [speech.draw(rng) for _ in range(batches)])
    silent = _silent(branch, pauses, windows, rng)
    with torch.no_grad():
        said = torch.cat([branch.sequence(v.vectors, v.present) for v in _parts(voices)])
    learner = copy.deepcopy(branch.sequence)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda k: min(1.0, (k + 1) / _WARMUP_STEPS) * (0.02 + 0.98 * (1 - k / steps))
    )
    moved = []
    for _ in range(steps):
        at = torch.from_numpy(rng.integers(len(said), size=SPEECH_A_STEP)).to(device)
        some = voices.take(at)
        kept = F.mse_loss(learner(some.vectors, some.present), said[at])
        quiet = _shortened(
            silent.take(torch.from_numpy(rng.integers(windows, size=PAUSES_A_STEP)).to(device)), rng
        )
        raised = F.softplus(learner(quiet.vectors, quiet.present) + _MARGIN).mean()
        optimizer.zero_grad()
        loss = kept + PAUSE_SHARE * raised
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        moved.append(float(kept.detach()))
    with torch.no_grad():
        for old, new in zip(branch.sequence.parameters(), learner.parameters(), strict=True):
            old.lerp_(new, LEARNED_SHARE)
    last = float(np.mean(moved[-max(1, steps // 10) :]))
    _log.info("voice: pauses learned, logits of speech moved by %.3f (root mean square)", last**0.5)
    return last


@torch.no_grad()
def listen(branch: AudioBranch, batches: Sequence[AudioBatch]) -> Heard:
    """Return the windows of some batches as the branch's piece encoder hears them."""
    device = next(branch.parameters()).device
    vectors, present = [], []
    for batch in batches:
        count, ticks = batch.present.shape
        there = torch.zeros(count, WINDOW_TICKS, dtype=torch.bool)
        there[:, :ticks] = batch.present
        heard = torch.zeros(count, WINDOW_TICKS, VECTOR_WIDTH, device=device)
        heard[there.to(device)] = branch.encoder(batch.mel[batch.present].to(device))
        vectors.append(heard)
        present.append(there.to(device))
    return Heard(torch.cat(vectors), torch.cat(present))


@torch.no_grad()
def _silent(branch: AudioBranch, pauses: PauseBank, count: int, rng: np.random.Generator) -> Heard:
    device = next(branch.parameters()).device
    length = HISTORY + WINDOW_TICKS * TICK_SAMPLES
    vectors = [
        branch.encoder(mel_pieces(torch.from_numpy(pauses.draw(length, rng))[None])[0].to(device))
        for _ in range(count)
    ]
    there = torch.ones(count, WINDOW_TICKS, dtype=torch.bool, device=device)
    return Heard(torch.stack(vectors), there)


def _shortened(windows: Heard, rng: np.random.Generator) -> Heard:
    """Return the windows with 1 to 12 of their ticks, as when a session has just begun."""
    ticks = torch.from_numpy(rng.integers(1, WINDOW_TICKS + 1, size=(len(windows.present), 1)))
    there = (torch.arange(WINDOW_TICKS) < ticks).to(windows.present.device)
    return Heard(windows.vectors * there[..., None], there)


def _parts(windows: Heard) -> Sequence[Heard]:
    rows = torch.arange(len(windows.present), device=windows.present.device)
    return [windows.take(part) for part in torch.split(rows, 256)]
