"""Writing weights: half precision, self-describing, whole or not at all, with checksums."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from live_emotion.models.metadata import WeightsMetadata
from live_emotion.runtime.weights import weights_name

CHECKSUMS: Final = "SHA256SUMS"


def export_weights(
    state: Mapping[str, Tensor],
    metadata: WeightsMetadata,
    folder: Path,
    variant: str | None = None,
) -> Path:
    """Write ``<preset>-<branch>.safetensors`` and its line in ``SHA256SUMS``.

    Parameters
    ----------
    state
        A module's ``state_dict``; floating tensors are stored as float16.
    metadata
        What the file says of itself.
    folder
        Receives the file; made if it is missing.
    variant
        Name of weights that stand beside the preset's own: ``<preset>-<branch>-<variant>``.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    ValueError
        If a value is not finite in float16.
    """
    halves: dict[str, Tensor] = {}
    for name, tensor in state.items():
        kept = tensor.detach().cpu()
        kept = kept.to(torch.float16) if kept.is_floating_point() else kept
        if kept.is_floating_point() and not bool(torch.isfinite(kept).all()):
            raise ValueError(f"{name} is not finite in float16")
        halves[name] = kept.clone().contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / weights_name(metadata.preset, metadata.branch, variant)
    beside = path.with_name(f".{path.name}.part")
    with _locked(folder):
        save_file(halves, beside, metadata=metadata.to_header())
        beside.chmod(0o644)  # it is made readable by its owner alone
        beside.replace(path)
        _write_checksums(folder)
    return path


def update_checksums(folder: Path) -> None:
    """Write ``SHA256SUMS`` anew over all files of the folder (after adding one by hand)."""
    with _locked(folder):
        _write_checksums(folder)


def _write_checksums(folder: Path) -> None:
    paths = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in paths
        if path.name != CHECKSUMS
    ]
    beside = folder / f".{CHECKSUMS}.part"
    beside.write_text("".join(lines), encoding="ascii")
    beside.replace(folder / CHECKSUMS)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other runs that export into it."""
    try:
        import fcntl
    except ImportError:  # not on Windows, where a folder cannot be locked like this
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
