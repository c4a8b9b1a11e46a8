"""What is known of each branch's weights: trained or not, calibration, thresholds and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from live_emotion.core.emotions import BRANCH_LABELS, BRANCHES, EMOTIONS, Branch
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.models.presets import Preset, weights_owner
from live_emotion.models.sizes import TextSizes, described_text
from live_emotion.runtime.weights_files import read_header, verified, weights_dir


@dataclass(frozen=True, slots=True, eq=False)
class BranchInfo:
    """What is known of one branch's weights.

    Attributes
    ----------
    branch
        Which.
    trained
        False where there is no weights file, or one that no training made; the network then
        starts from fixed random numbers and its scores mean nothing.
    path
        The weights file, or None.
    sha256
        Of that file in hexadecimal, ``""`` without one.
    calibration
        From a logit to a probability, per emotion.
    thresholds
        ``(6,)`` float32, the probability from which an emotion counts as shown.
    metadata
        All that the file says of itself, or None without a file.
    """

    branch: Branch
    trained: bool
    path: Path | None
    sha256: str
    calibration: Platt
    thresholds: FloatArray
    metadata: WeightsMetadata | None


def find_branch(
    preset: str, branch: Branch, folder: Path | None = None, variant: str | None = None
) -> BranchInfo:
    """Return what is known of a branch's weights, having checked the file if there is one.

    Parameters
    ----------
    variant
        Name of other weights that stand beside the preset's own, such as ``"albert"`` for
        ``live-text-albert.safetensors``; these must be there.

    Raises
    ------
    UserError
        If the file is damaged or belongs to something else, or the variant is not there.
    """
    where = folder or weights_dir()
    # A preset may have a branch in common with another, and its weights with it.
    preset = weights_owner(preset, branch)
    found = verified(where, weights_name(preset, branch, variant))
    if found is None and variant is not None:
        known = ", ".join(variants(preset, branch, where)) or "none"
        raise UserError(
            f"There are no {BRANCH_LABELS[branch]} weights “{variant}” of the preset “{preset}” "
            f"(there are: {known}): choose another or leave the choice out."
        )
    if found is None:
        half = np.full(len(EMOTIONS), 0.5, dtype=np.float32)
        return BranchInfo(branch, False, None, "", Platt(), half, None)
    path, digest = found
    about = WeightsMetadata.from_header(read_header(path), str(path))
    if (about.preset, about.branch) != (preset, branch):
        raise UserError(
            f"The weights file {path} is for {about.branch} of the preset “{about.preset}”, "
            f"not {branch} of “{preset}”: restore the file."
        )
    thresholds = np.array([about.thresholds.get(e, 0.5) for e in EMOTIONS], dtype=np.float32)
    calibration = about.calibration.get("", Platt())
    return BranchInfo(branch, about.trained, path, digest, calibration, thresholds, about)


def weights_name(preset: str, branch: str, variant: str | None = None) -> str:
    """Return the name of a weights file."""
    return f"{preset}-{branch}{f'-{variant}' if variant else ''}.safetensors"


def variants(preset: str, branch: Branch, folder: Path | None = None) -> list[str]:
    """Return the names of a branch's weights that stand beside the preset's own."""
    stem = f"{preset}-{branch}-"
    files = (folder or weights_dir()).glob(f"{stem}*.safetensors")
    return sorted(path.stem.removeprefix(stem) for path in files)


def find_branches(
    preset: str, folder: Path | None = None, text: str | None = None
) -> dict[Branch, BranchInfo]:
    """Return `find_branch` of every branch; `text` names a variant of the words' weights."""
    chosen = {"text": text}
    return {b: find_branch(preset, b, folder, chosen.get(b)) for b in BRANCHES}


def text_sizes(preset: Preset, info: BranchInfo) -> TextSizes:
    """Return the kind and sizes of the text network: its weights' own word, else the preset's.

    Raises
    ------
    UserError
        If the weights describe no network that is known.
    """
    about = None if info.metadata is None else info.metadata.architecture.get("text")
    if about is None:
        return preset.text
    try:
        return described_text(about)
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"The weights {info.path} are of a network that this program does not know: "
            "update live-emotion or restore the file."
        ) from error


def calibrate(logits: FloatArray, info: BranchInfo) -> FloatArray:
    """Return the probabilities ``(..., 6)`` of a branch's logits; NaN stays NaN."""
    return info.calibration.apply(logits)
