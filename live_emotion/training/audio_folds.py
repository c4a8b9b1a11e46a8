"""How well a sound encoder of some size does on speakers it has not heard, fold by fold.

The training speakers are dealt into folds; for each one a fresh network learns from the others for
a fixed number of steps and is measured on that one. The mean says which of two sizes to train at
length, the spread whether the difference means anything. Nothing is exported.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Final

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.branches import build_branch
from live_emotion.models.presets import Preset, preset_named
from live_emotion.training.audio_clips import speaker_folds
from live_emotion.training.budget import Windows, ask, new_pupil, teach, voice_windows
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.fusion_triples import NEUTRAL
from live_emotion.training.options import TrainOptions
from live_emotion.training.window_items import load_voices

CLIPS: Final = 2700
TICKS: Final = 4
STEPS: Final = 600

_log = logging.getLogger(__name__)


def train_folds(options: TrainOptions) -> Path:
    """Train a preset's voice branch once for each of ``options.folds`` folds of speakers.

    Parameters
    ----------
    options
        ``steps`` for each fold; with ``resume`` folds that are done are not done again.

    Returns
    -------
    Path
        ``<output>/<preset>-audio-folds.json``: ``folds``, a list of ``fold``, ``speakers``,
        ``items``, ``six_way_accuracy`` and ``six_way_uar``; ``mean`` and ``spread`` (standard
        deviation over folds, n - 1) of both figures; ``parameters`` of the network.

    Raises
    ------
    UserError
        If there are fewer than two folds, fewer speakers than folds, or the data are damaged.
    """
    return measure_folds(preset_named(options.preset), options)


def measure_folds(preset: Preset, options: TrainOptions) -> Path:
    """Do what `train_folds` does, for sizes that need no name of their own."""
    count = options.folds or 0
    if count < 2:
        raise UserError(f"Folds of speakers need to be at least 2, not {count}.")
    set_threads(options.threads)
    seed_everything(options.seed)
    steps = options.steps or STEPS
    asked = {"steps": steps, "of": count, "seed": options.seed}
    path = options.output / f"{preset.name}-audio-folds.json"
    done = _done(path, asked) if options.resume else []
    voices = load_voices(options.data, CLIPS, TICKS, unseen=False, seed=options.seed)
    windows = voice_windows(voices)
    fold_of = speaker_folds(voices.clips, count, options.seed)
    names = np.array([f"{c.dataset} {c.speaker}" for c in voices.clips])
    if len(set(names.tolist())) < count:
        raise UserError(f"{count} folds need at least as many speakers: give fewer folds.")
    branch = build_branch("audio", preset)
    parameters = sum(
        p.numel() for name, p in branch.named_parameters() if name.startswith("encoder.")
    )
    report: dict[str, Any] = asked | {"parameters": parameters}
    for fold in range(count):
        if fold >= len(done):
            held = fold_of == fold
            learnt = windows.take(np.flatnonzero(~held))
            pupil = new_pupil(preset, "audio", learnt, options.seed)
            precision = Precision(choose_device(options.device))
            teach(pupil, learnt, steps=steps, seed=options.seed, precision=precision)
            unheard = windows.take(np.flatnonzero(held))
            figures = _figures(ask(pupil, unheard)[1], unheard)
            done.append({"fold": fold + 1, "speakers": len(set(names[held].tolist()))} | figures)
        _log.info("fold %d of %d: %s", fold + 1, count, done[fold])
        report |= {"folds": done} | _over(done)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=2) + "\n")
    return path


def _figures(logits: np.ndarray[Any, Any], windows: Windows) -> dict[str, Any]:
    shown = windows.labels != NEUTRAL
    said, true = logits[shown].argmax(1), windows.labels[shown]
    if not len(true):
        raise UserError("A fold of speakers shows none of the six emotions: give fewer folds.")
    recalls = [np.mean(said[true == k] == k) for k in range(len(EMOTIONS)) if (true == k).any()]
    return {
        "items": len(true),
        "six_way_accuracy": round(float(np.mean(said == true)), 4),
        "six_way_uar": round(float(np.mean(recalls)), 4),
    }


def _over(done: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ("six_way_accuracy", "six_way_uar")
    values = {key: [fold[key] for fold in done] for key in keys}
    return {
        "mean": {key: round(float(np.mean(v)), 4) for key, v in values.items()},
        "spread": {
            key: round(float(np.std(v, ddof=1)), 4) if len(v) > 1 else None
            for key, v in values.items()
        },
    }


def _done(path: Path, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the folds of an earlier run that was asked for the same."""
    try:
        report = json.loads(path.read_text())
        return list(report["folds"]) if report.items() >= asked.items() else []
    except (OSError, ValueError, KeyError):
        return []
