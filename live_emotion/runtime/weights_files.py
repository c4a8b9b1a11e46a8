"""Find weights files, check that they are whole, and read them.

PyTorch is needed by `load_state` alone: a start whose engines are all in the cache never loads
the tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.core.resources import assets_dir

if TYPE_CHECKING:
    import torch

SUMS_FILE: Final = "SHA256SUMS"
OVERRIDE: Final = "LIVE_EMOTION_WEIGHTS"
_MAX_HEADER: Final = 100_000_000  # the limit of the safetensors format itself


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
