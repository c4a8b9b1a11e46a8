"""Where a run of a branch may start: weights of the same preset that exist already."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from live_emotion.core.emotions import BRANCH_LABELS, Branch
from live_emotion.core.errors import UserError
from live_emotion.runtime.weights import find_branch
from live_emotion.runtime.weights_files import load_state


def start_from(network: nn.Module, branch: Branch, preset: str, folder: Path) -> None:
    """Load a branch's weights from a folder.

    Raises
    ------
    UserError
        If there are none of that preset, or they are of another size.
    """
    found = find_branch(preset, branch, folder)
    if found.path is None:
        raise UserError(
            f"There are no {BRANCH_LABELS[branch]} weights of the preset “{preset}” in {folder}."
        )
    try:
        network.load_state_dict(load_state(found.path))
    except RuntimeError as error:
        raise UserError(f"{found.path} is of another size than the preset “{preset}”.") from error
