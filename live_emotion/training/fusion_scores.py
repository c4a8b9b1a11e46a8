"""What each trained branch says of items it was not trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from live_emotion.core.emotions import Branch
from live_emotion.core.errors import UserError
from live_emotion.models.presets import preset_named
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.weights import BranchInfo, find_branch
from live_emotion.runtime.weights_files import weights_dir
from live_emotion.training.fusion_triples import BranchScores, labels_with_neutral
from live_emotion.training.metrics import single_label
from live_emotion.training.options import TrainOptions

Scorer = Callable[[TrainOptions, bool], BranchScores]


def load_branch(options: TrainOptions, branch: Branch) -> tuple[torch.nn.Module, BranchInfo]:
    """Return a branch with its trained weights, and what is known of them.

    The folder that receives the fusion is searched first, then the program's own weights.

    Raises
    ------
    UserError
        If there are none, or they say they are untrained.
    """
    for folder in (options.weights_dir, weights_dir()):
        found = find_branch(options.preset, branch, folder)
        if found.path is not None and found.trained:
            networks = Networks(preset_named(options.preset), {branch: found})
            return networks.branch(branch), found
    raise UserError(
        f"There are no trained {branch} weights of the preset “{options.preset}”: "
        f"run live-emotion train {branch} first."
    )


def vision_scores(options: TrainOptions, unseen: bool) -> BranchScores:
    """Score faces: the fold held out of ``faces_train.npz``, or (unseen) ``faces_valid.npz``."""
    from live_emotion.models.branches import VisionBranch
    from live_emotion.training.vision import HELD_OUT, still_logits
    from live_emotion.training.vision_data import hold_out, load_faces

    if unseen:
        faces = load_faces(options.data / "faces_valid.npz", training=False)
    else:
        faces = load_faces(options.data / "faces_train.npz", training=True)
        faces = hold_out(faces, HELD_OUT, options.seed)[1]
    branch, _ = load_branch(options, "vision")
    assert isinstance(branch, VisionBranch)
    labels = labels_with_neutral(faces.labels, faces.targets)
    return BranchScores(still_logits(branch, faces), labels, _each_alone(len(faces)))


def audio_scores(options: TrainOptions, unseen: bool) -> BranchScores:
    """Score voices: the speakers held out of training, or (unseen) those marked dev."""
    from live_emotion.models.branches import AudioBranch
    from live_emotion.training.audio import held_out_speakers
    from live_emotion.training.audio_clips import ClipStore, labels_of, read_clips, targets_of
    from live_emotion.training.audio_measure import clip_logits

    clips = read_clips(options.data)
    store = ClipStore(options.data, clips, options.output / "audio-clips")
    if unseen:
        rows = np.flatnonzero([clip.split == "dev" for clip in clips])
    else:
        rows = held_out_speakers(store, options.seed)[1]
    branch, _ = load_branch(options, "audio")
    assert isinstance(branch, AudioBranch)
    chosen = [clips[int(row)] for row in rows]
    names = [f"{clip.dataset}/{clip.speaker}" for clip in chosen]
    groups = np.unique(names, return_inverse=True)[1].astype(np.int64)
    labels = labels_with_neutral(labels_of(chosen), targets_of(chosen))
    return BranchScores(clip_logits(branch, store, rows), labels, groups)


def text_scores(options: TrainOptions, unseen: bool) -> BranchScores:
    """Score texts: the fold held out of the training rows, or (unseen) the rows marked dev."""
    from live_emotion.models.branches import TextBranch
    from live_emotion.training.text import branch_logits
    from live_emotion.training.text_data import held_out, read_text_rows

    rows = read_text_rows(options.data)
    rows = rows.take(rows.splits == ("dev" if unseen else "train"))
    if not unseen:
        rows = rows.take(held_out(rows.texts))
    branch, info = load_branch(options, "text")
    assert isinstance(branch, TextBranch)
    tokenizer = open_vocabulary(preset_named(options.preset), info)
    if tokenizer is None:
        raise UserError(f"There is no vocabulary beside {info.path}: restore it.")
    targets = rows.targets.astype(np.float64)
    labels = labels_with_neutral(single_label(targets), targets)
    return BranchScores(branch_logits(branch, tokenizer, rows), labels, _each_alone(len(rows)))


def _each_alone(n: int) -> NDArray[np.int64]:
    return np.arange(n, dtype=np.int64)


SCORERS: Final[dict[Branch, Scorer]] = {
    "vision": vision_scores,
    "audio": audio_scores,
    "text": text_scores,
}
