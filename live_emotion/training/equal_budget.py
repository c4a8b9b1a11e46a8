"""How well every architecture tells the six after the same few steps on the same items."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from torch import nn

from live_emotion.core.emotions import Branch
from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.models.architectures import ARCHITECTURES, DEFAULT_ARCHITECTURE, choose
from live_emotion.models.joint_networks import build_joint
from live_emotion.models.presets import Preset, preset_named
from live_emotion.training.budget import (
    Pupil,
    Windows,
    ask,
    face_windows,
    new_pupil,
    teach,
    voice_windows,
)
from live_emotion.training.common import Precision, choose_device
from live_emotion.training.joint import judge, learn
from live_emotion.training.joint_items import Pool, feature_pools, pair_windows, pools_of
from live_emotion.training.metrics import Array
from live_emotion.training.window_items import (
    Labels,
    Stills,
    Voices,
    load_stills,
    load_voices,
    matched,
)

STILLS: Final = 2100
CLIPS: Final = 420
UNSEEN: Final = 420
BATCH: Final = 8
TICKS: Final = 1
PAIRS: Final = 1200
SEED: Final = 0
# The fused vectors are those of this program's own encoders, which therefore learn before them.
ORDER: Final = ("lf-lstm", "lf-trans", "mult", "rfam", "afg", "fe2e", "v2em")

_log = logging.getLogger(__name__)


def equal_accuracies(
    data: Path,
    preset: str,
    *,
    steps: int,
    device: str = "auto",
    clips: int = CLIPS,
    told: Callable[[str, float], None] | None = None,
) -> dict[str, float]:
    """Return the six-way accuracy of each architecture on unseen faces and voices.

    What learns quickly goes first. All learn in bfloat16 where the device multiplies it natively
    (see `Precision`), and are asked in float32.

    Parameters
    ----------
    data
        Folder of faces and clips; those marked dev, and ``faces_valid.npz``, measure.
    preset
        Sizes of this program's own networks.
    steps
        Batches that every network learns from, `BATCH` faces and `BATCH` voices each.
    device
        ``auto``, ``cpu`` or ``cuda``.
    clips
        Of speech to learn from.
    told
        Called with each architecture and its accuracy as soon as it is known.

    Raises
    ------
    UserError
        If data are missing.
    """
    chosen = choose_device(device)
    stills = load_stills(data, STILLS, unseen=False, seed=SEED)
    voices = load_voices(data, clips, TICKS, unseen=False, seed=SEED)
    new_faces = load_stills(data, UNSEEN, unseen=True, seed=SEED)
    new_voices = load_voices(data, UNSEEN, TICKS, unseen=True, seed=SEED)
    pairs = matched([new_faces.labels, new_voices.labels], PAIRS, np.random.default_rng(SEED))
    labels = new_faces.labels[pairs[0]]
    fit, new = feature_pools(stills, voices), feature_pools(new_faces, new_voices)
    made: dict[str, float] = {}
    deep: list[Pool] = []
    deep_new: list[Pool] = []
    for name in ORDER:
        precision = Precision(chosen)
        if ARCHITECTURES[name].joint is not None:
            taken = (deep, deep_new) if ARCHITECTURES[name].joint == "vectors" else (fit, new)
            torch.manual_seed(SEED)
            network = build_joint(name, preset_named(preset).text)
            made[name] = _joint(network, *taken, pairs, labels, steps, precision)
        else:
            sizes = preset_named(choose(name, preset).preset)
            seeing = _taught(sizes, "vision", face_windows(stills), steps, precision)
            seen = ask(seeing, face_windows(new_faces))[0]
            hearing = _taught(sizes, "audio", voice_windows(voices), steps, precision)
            heard = ask(hearing, voice_windows(new_voices))[0]
            made[name] = _right(_sure(seen)[pairs[0]] + _sure(heard)[pairs[1]], labels)
            if name == DEFAULT_ARCHITECTURE:
                deep = _vectors(seeing, hearing, stills, voices)
                deep_new = _vectors(seeing, hearing, new_faces, new_voices)
        _log.info("%s: %.3f after %d steps", name, made[name], steps)
        if told is not None:
            told(name, made[name])
    return {name: made[name] for name in ARCHITECTURES}


def _taught(
    sizes: Preset, branch: Branch, windows: Windows, steps: int, precision: Precision
) -> Pupil:
    pupil = new_pupil(sizes, branch, windows, SEED)
    teach(pupil, windows, steps=steps, seed=SEED, precision=precision, batch=BATCH)
    return pupil


def _joint(
    network: nn.Module,
    pools: list[Pool],
    new: list[Pool],
    pairs: list[Labels],
    labels: Labels,
    steps: int,
    precision: Precision,
) -> float:
    learn(network, pools, steps=steps, seed=SEED, precision=precision, batch=BATCH)
    parts = np.array_split(np.arange(len(labels)), max(1, len(labels) // 64))
    logits = [judge(network, pair_windows(new, [rows[p] for rows in pairs]), 2) for p in parts]
    return _right(np.concatenate(logits), labels)


def _vectors(seeing: Pupil, hearing: Pupil, stills: Stills, voices: Voices) -> list[Pool]:
    """Return the pools of vectors that two trained encoders make."""
    face_encoder, mirrored = seeing.branch.encoder, getattr(seeing.branch, "mirrored", False)

    @torch.inference_mode()
    def see(crops: ByteImage) -> FloatArray:
        x = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
        made = face_encoder(x)
        made = (made + face_encoder(x.flip(-1))) / 2 if mirrored else made
        return cast(FloatArray, made.numpy())

    @torch.inference_mode()
    def hear(mel: FloatArray) -> FloatArray:
        return cast(FloatArray, hearing.branch.encoder(torch.from_numpy(mel)[:, None]).numpy())

    return pools_of(stills, voices, see, hear)


def _sure(logits: Array) -> Array:
    """Return log probabilities of the seven classes."""
    top = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(top - np.log(np.exp(top).sum(axis=1, keepdims=True)))


def _right(scores: Array, labels: Labels) -> float:
    """Return the six-way accuracy where one of the six is shown."""
    shown = labels < 6
    return float((scores[shown, :6].argmax(axis=1) == labels[shown]).mean())
