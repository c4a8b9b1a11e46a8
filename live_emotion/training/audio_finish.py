"""From a trained voice branch to its weights file: calibration, thresholds, figures."""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.models.branches import AudioBranch
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import Preset
from live_emotion.training.audio_clips import Clip, ClipStore, targets_of
from live_emotion.training.audio_measure import clip_logits, figures_of
from live_emotion.training.calibration import fit_platt
from live_emotion.training.export import export_weights
from live_emotion.training.options import TrainOptions
from live_emotion.training.thresholds import thresholds_by_name, thresholds_under_alarm

_log = logging.getLogger(__name__)

DATA: Final = "audio.csv: RAVDESS, EmoDB, nEMO, ASED, URDU; rows marked train"
CLIPS_A_SPEAKER: Final = 60
DRAWS: Final = 6000
# Share of the held-out neutral clips that may have a score over its threshold.
NEUTRAL_ALARMS: Final = 0.12


def finish(
    branch: AudioBranch,
    store: ClipStore,
    fit: NDArray[np.int64],
    held: NDArray[np.int64],
    preset: Preset,
    options: TrainOptions,
) -> Path:
    """Calibrate the branch as it will be stored (half precision), measure it, and write it."""
    stored = AudioBranch(preset)
    stored.load_state_dict(
        {
            k: v.half().float() if v.is_floating_point() else v
            for k, v in branch.state_dict().items()
        }
    )
    held_clips = [store.clips[int(r)] for r in held]
    logits, targets = clip_logits(stored, store, held), targets_of(held_clips)
    even = evened(held_clips, options.seed)
    calibration = fit_platt(logits[even], targets[even])
    probabilities = calibration.apply(logits[even]).astype(np.float64)
    thresholds = thresholds_under_alarm(probabilities, targets[even], NEUTRAL_ALARMS)
    figures = {"held_out": _short(figures_of(held_clips, logits, calibration, thresholds))}
    dev = np.flatnonzero([c.split == "dev" for c in store.clips])
    if len(dev):
        dev_clips = [store.clips[int(r)] for r in dev]
        dev_logits = clip_logits(stored, store, dev)
        figures["dev"] = _short(figures_of(dev_clips, dev_logits, calibration, thresholds))
    seen = {store.clips[int(r)].speaker for r in np.concatenate((fit, held))}
    metadata = WeightsMetadata(
        preset=preset.name,
        branch="audio",
        architecture={
            "audio": dataclasses.asdict(preset.audio),
            "sequence": dataclasses.asdict(preset.sequence),
        },
        trained=True,
        thresholds=thresholds_by_name(thresholds),
        calibration={"": calibration},
        seen_speakers=tuple(sorted(seen)),
        data=DATA,
        figures=figures,
    )
    path = export_weights(stored.state_dict(), metadata, options.weights_dir)
    _log.info("voice: %s written, %s", path, figures)
    return path


def evened(clips: list[Clip], seed: int) -> NDArray[np.int64]:
    """Return positions of clips to calibrate on: `DRAWS` of them, drawn with replacement.

    At most `CLIPS_A_SPEAKER` clips of a speaker take part, since one nEMO speaker has more than all
    other held-out speakers together; and every emotion, and none, is drawn alike. The corpora's
    own base rates are no user's: with them, disgust (one clip in thirty) would never lead.
    """
    rng = np.random.default_rng(seed)
    taken: Counter[tuple[str, str]] = Counter()
    by_class: dict[int, list[int]] = {}
    for at in rng.permutation(len(clips)):
        clip = clips[at]
        who = (clip.dataset, clip.speaker)
        taken[who] += 1
        if taken[who] <= CLIPS_A_SPEAKER:
            by_class.setdefault(clip.label, []).append(int(at))
    each = -(-DRAWS // len(by_class))
    drawn = [rng.choice(members, each) for _, members in sorted(by_class.items())]
    return np.concatenate(drawn).astype(np.int64)


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value
