"""The encoders of some branches alone, on the engine that the program would take."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from live_emotion.core.emotions import BRANCH_LABELS, Branch
from live_emotion.core.errors import UserError
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import EncoderName
from live_emotion.runtime.weights import BranchInfo, find_branches
from live_emotion.runtime.weights_files import OVERRIDE, weights_dir
from live_emotion.training.evaluation.options import EvaluateOptions

ENCODERS_OF: Final[dict[Branch, tuple[EncoderName, ...]]] = {
    "vision": ("vision_face", "vision_sequence"),
    "audio": ("audio_piece", "audio_sequence"),
    "text": ("text",),
}


@contextlib.contextmanager
def weights_from(folder: Path | None) -> Iterator[None]:
    """Let the whole program take its weights from a folder for a while; None changes nothing."""
    before = os.environ.get(OVERRIDE)
    if folder is not None:
        os.environ[OVERRIDE] = str(folder)
    try:
        yield
    finally:
        if folder is not None:
            if before is None:
                del os.environ[OVERRIDE]
            else:
                os.environ[OVERRIDE] = before


def open_encoders(options: EvaluateOptions, *branches: Branch) -> EncoderSet:
    """Return an encoder set that can run only some branches.

    Raises
    ------
    UserError
        If a branch has no trained weights, or weights, vocabulary or engine cannot be had.
    """
    names = {name for branch in branches for name in ENCODERS_OF[branch]}
    with weights_from(options.weights):
        known = find_branches(options.preset, text=options.text)
        for branch in branches:
            if not known[branch].trained:
                raise UserError(
                    f"There are no trained {BRANCH_LABELS[branch]} weights of the preset "
                    f"“{options.preset}” in {weights_dir()}: train them or name their folder."
                )
        return EncoderSet.open(
            options.preset,
            options.engine,
            threads=options.threads,
            text=options.text,
            only=names,
        )


def seen_speakers(info: BranchInfo) -> frozenset[str]:
    """Return the speakers that a branch's weights say they have heard."""
    return frozenset(info.metadata.seen_speakers if info.metadata is not None else ())
