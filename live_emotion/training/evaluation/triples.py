"""Evaluating the fusion on label-matched triples of unseen faces, voices and texts."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch
from live_emotion.core.errors import UserError
from live_emotion.runtime.fusion import Fusion, find_fusion, subset_key
from live_emotion.runtime.weights import find_branches
from live_emotion.runtime.weights_files import weights_dir
from live_emotion.training.evaluation.encoders import weights_from
from live_emotion.training.evaluation.faces import face_items
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.measures import guesses, six_way
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.report import figures, plain
from live_emotion.training.evaluation.texts import text_items
from live_emotion.training.evaluation.voices import voice_items
from live_emotion.training.fusion_triples import (
    NEUTRAL,
    BranchScores,
    class_shares,
    labels_with_neutral,
    matched_triples,
    one_hot,
)
from live_emotion.training.metrics import NO_LABEL, Array

TRIPLES: Final = 600
SUBSETS: Final = tuple(subset for size in (1, 2, 3) for subset in combinations(BRANCHES, size))


def fusion_report(options: EvaluateOptions, triples: int = TRIPLES) -> dict[str, Any]:
    """Score unseen faces, voices and texts, draw triples of them, and fuse these.

    Parameters
    ----------
    options
        Folder with ``faces_*.npz``, ``audio.csv`` and ``text.tsv``.
    triples
        How many are drawn, once evenly over the six emotions, once as the branches' own items
        show them, neutral included.

    Returns
    -------
    dict
        As JSON takes it. ``subsets``: six-way accuracy on the even triples by the branches
        there; ``gain``: that of all three over the best branch alone; ``loss_with_one_missing``:
        how far, at worst, two branches fall below the better of them. The usual measures are of
        the natural triples.

    Raises
    ------
    UserError
        If data or weights are missing, or the fusion is untrained.
    """
    with weights_from(options.weights):
        fusion = find_fusion(options.preset, find_branches(options.preset))
        folder = weights_dir()
    if not fusion.trained:
        raise UserError(f"There are no trained fusion weights in {folder}: train the fusion first.")
    items = {
        "vision": face_items(options),
        "audio": voice_items(options),
        "text": text_items(options),
    }
    branches = [_scores(items[branch]) for branch in BRANCHES]
    random = np.random.default_rng(options.seed)
    even = np.append(np.full(NEUTRAL, 1.0 / NEUTRAL), 0.0)
    logits, labels = matched_triples(branches, even, triples, random)
    accuracy = {
        subset_key(subset): six_way(guesses(fused(fusion, logits, subset)), labels)[0]
        for subset in SUBSETS
    }
    logits, labels = matched_triples(branches, class_shares(branches), triples, random)
    natural = Items(
        fused(fusion, logits, BRANCHES),
        one_hot(labels),
        np.where(labels == NEUTRAL, NO_LABEL, labels),
    )
    report = {
        "task": "fusion",
        "preset": options.preset,
        "engine": options.engine,
        "weights": fusion.sha256,
        **figures(natural, fusion.thresholds.astype(np.float64), options.seed),
        "subsets": accuracy,
        "gain": accuracy[subset_key(BRANCHES)] - max(accuracy[branch] for branch in BRANCHES),
        "loss_with_one_missing": max(
            max(accuracy[one] for one in pair) - accuracy[subset_key(pair)]
            for pair in SUBSETS
            if len(pair) == 2
        ),
        "shares": fusion.shares(BRANCHES),
        "notes": [f"{branch}: {note}" for branch, scored in items.items() for note in scored.notes],
    }
    made: dict[str, Any] = plain(report)
    return made


def fused(fusion: Fusion, logits: Array, there: tuple[Branch, ...]) -> Array:
    """Return the joint probabilities ``(n, 6)`` of logits ``(n, 3, 6)`` of some branches."""
    out = np.empty((len(logits), len(EMOTIONS)))
    for k, row in enumerate(logits):
        given = {b: row[i].astype(np.float32) for i, b in enumerate(BRANCHES) if b in there}
        out[k] = fusion.fuse(given)[0]
    return out


def _scores(items: Items) -> BranchScores:
    assert items.logits is not None
    labels = labels_with_neutral(items.labels, items.targets)
    groups = np.arange(len(items), dtype=np.int64) if items.groups is None else items.groups
    return BranchScores(items.logits, labels, groups)
