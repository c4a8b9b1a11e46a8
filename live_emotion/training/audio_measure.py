"""Logits of whole clips, cut as the live program would cut them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from live_emotion.core.ticks import TICK_SAMPLES, WINDOW_TICKS
from live_emotion.models.branches import AudioBranch
from live_emotion.models.metadata import Platt
from live_emotion.perception.spectrogram import FLOOR_VALUE, HISTORY, HOP
from live_emotion.training.audio_clips import Clip, ClipStore, labels_of, targets_of
from live_emotion.training.audio_mel import mel_pieces, voiced_ticks
from live_emotion.training.metrics import Array, summarise

_CLIPS_AT_ONCE = 24


@torch.inference_mode()
def clip_logits(
    model: AudioBranch,
    store: ClipStore,
    rows: NDArray[np.int64],
    device: torch.device | None = None,
) -> Array:
    """Return one set of logits a clip, ``(n, 6)``.

    A clip is cut into pieces from its start, the short last piece is filled with the floor, and
    ticks without voice are masked. A clip of up to 12 ticks is one window; of a longer one the
    logits of every full window are averaged. Float32.
    """
    device = device or torch.device("cpu")
    was_training = model.training
    model.eval()
    out = np.empty((len(rows), 6), dtype=np.float64)
    order = np.argsort([store.length(int(r)) for r in rows], kind="stable")
    for part in np.array_split(order, max(1, -(-len(order) // _CLIPS_AT_ONCE))):
        waves = [store.wave(int(rows[k])) for k in part]
        ticks = max(1, *(-(-(len(w) // HOP * HOP) // TICK_SAMPLES) for w in waves))
        padded = torch.zeros(len(waves), HISTORY + ticks * TICK_SAMPLES)
        inside = torch.zeros(len(waves), ticks, dtype=torch.bool)
        for row, wave in enumerate(waves):
            padded[row, HISTORY : HISTORY + len(wave)] = torch.from_numpy(wave)[
                : ticks * TICK_SAMPLES
            ]
            inside[row, : max(1, -(-(len(wave) // HOP * HOP) // TICK_SAMPLES))] = True
        mel = mel_pieces(padded)
        for row, wave in enumerate(waves):
            flat = mel[row, :, 0].transpose(0, 1).reshape(mel.shape[-2], -1)
            flat[:, len(wave) // HOP :] = FLOOR_VALUE
            mel[row, :, 0] = flat.reshape(mel.shape[-2], ticks, -1).transpose(0, 1)
        present = voiced_ticks(padded) & inside
        out[part] = _logits(model, mel.to(device), present.to(device), inside)
    model.train(was_training)
    return out


def _logits(
    model: AudioBranch, mel: torch.Tensor, present: torch.Tensor, inside: torch.Tensor
) -> Array:
    n, t = mel.shape[:2]
    vectors = torch.zeros(n, t, model.encoder.head.out_features, device=mel.device)
    vectors[present] = model.encoder(mel[present]).float()
    if t <= WINDOW_TICKS:
        whole = model.sequence(vectors, present)
        return np.asarray(whole.float().cpu().numpy(), dtype=np.float64)
    result = np.empty((n, 6), dtype=np.float64)
    for row in range(n):
        last = int(inside[row].sum())
        ends = range(min(WINDOW_TICKS, last), last + 1)
        windows = [
            model.sequence(
                vectors[row : row + 1, max(0, end - WINDOW_TICKS) : end],
                present[row : row + 1, max(0, end - WINDOW_TICKS) : end],
            )
            for end in ends
            if bool(present[row, max(0, end - WINDOW_TICKS) : end].any())
        ]
        result[row] = torch.cat(windows).float().mean(0).cpu().numpy()
    return result


def figures_of(
    clips: list[Clip], logits: Array, calibration: Platt, thresholds: Array
) -> dict[str, Any]:
    """Return the measures of `metrics.summarise` over all clips and under ``per_dataset``."""
    probabilities = calibration.apply(logits).astype(np.float64)
    labels, targets = labels_of(clips), targets_of(clips)
    result = summarise(probabilities, targets, thresholds, labels)
    result["per_dataset"] = {}
    for dataset in sorted({c.dataset for c in clips}):
        at = np.array([c.dataset == dataset for c in clips])
        result["per_dataset"][dataset] = summarise(
            probabilities[at], targets[at], thresholds, labels[at]
        )
    return result
