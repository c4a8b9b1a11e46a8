"""Find weights files, check that they are whole, and read what they say of themselves.

Nothing here needs PyTorch: a start whose engines are all in the cache never loads the tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import BRANCH_LABELS, BRANCHES, EMOTIONS, Branch
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.resources import assets_dir
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.models.presets import Preset, weights_owner
from live_emotion.models.sizes import TextSizes, described_text

if TYPE_CHECKING:
    import torch

SUMS_FILE: Final = "SHA256SUMS"
OVERRIDE: Final = "LIVE_EMOTION_WEIGHTS"
_MAX_HEADER: Final = 100_000_000  # the limit of the safetensors format itself


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


def weights_dir() -> Path:
    """Return the folder of the weights; ``LIVE_EMOTION_WEIGHTS`` overrides it."""
    override = os.environ.get(OVERRIDE)
    return Path(override) if override else assets_dir() / "weights"


def read_sums(folder: Path) -> dict[str, str] | None:
    """Return the checksums of a weights folder by file name, or None where it lists none.

    Raises
    ------
    UserError
        If the list is there but cannot be read.
    """
    path = folder / SUMS_FILE
    if not path.exists():
        return None
    try:
        lines = path.read_text().splitlines()
        return {name.strip(): digest for digest, name in (s.split(None, 1) for s in lines if s)}
    except (OSError, ValueError) as error:
        raise UserError(f"Damaged list of checksums {path}: reinstall or restore it.") from error


def verified(folder: Path, name: str) -> tuple[Path, str] | None:
    """Return a weights file and its SHA-256, or None if there is none and none is listed.

    The file is hashed at every start: a check that trusts size and date would hide damage. A
    folder that the user names may come without a list; the program's own may not.

    Raises
    ------
    UserError
        If the file is damaged, unreadable, listed but missing, or there but not listed.
    """
    path, sums = folder / name, read_sums(folder)
    restore = "reinstall live-emotion or restore the file"
    if not path.exists():
        if sums is not None and name in sums:
            raise UserError(f"The weights file {path} is missing: {restore}.")
        return None
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"The weights file {path} cannot be read: {restore}.") from error
    if sums is None and OVERRIDE not in os.environ and folder == weights_dir():
        raise UserError(f"The list of checksums {folder / SUMS_FILE} is missing: {restore}.")
    if sums is not None and sums.get(name) != digest:
        what = "Damaged weights" if name in sums else f"Weights that {SUMS_FILE} does not list"
        raise UserError(f"{what}, {path}: {restore}.")
    return path, digest


def read_header(path: Path) -> dict[str, str]:
    """Return the metadata strings in the header of a safetensors file.

    Raises
    ------
    UserError
        If it is not such a file.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 2 <= size <= _MAX_HEADER:
                raise ValueError("impossible header size")
            text = file.read(size)
            if len(text) < size:
                raise ValueError("cut header")
            header = json.loads(text)
            return {str(k): str(v) for k, v in header.get("__metadata__", {}).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(
            f"Damaged weights, {path}: reinstall live-emotion or restore the file."
        ) from error


def read_tensors(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the tensors of a small safetensors file (the fusion's) as NumPy arrays.

    Raises
    ------
    UserError
        If it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors: dict[str, NDArray[np.generic]] = load_file(path)
        return tensors
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"Damaged weights, {path}: reinstall live-emotion or restore the file."
        ) from error


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


def load_state(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a weights file for PyTorch, float16 widened to float32.

    Raises
    ------
    UserError
        If it is damaged.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"Damaged weights, {path}: reinstall live-emotion or restore the file."
        ) from error
    half = (torch.float16, torch.bfloat16)
    return {k: v.float() if v.dtype in half else v for k, v in tensors.items()}


def calibrate(logits: FloatArray, info: BranchInfo) -> FloatArray:
    """Return the probabilities ``(..., 6)`` of a branch's logits; NaN stays NaN."""
    return info.calibration.apply(logits)
