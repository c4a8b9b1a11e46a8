"""Whether there is an NVIDIA card, known without loading any library of its maker's."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import sys
import warnings
from pathlib import Path
from typing import Final

_DRIVER: Final = ("/dev/nvidiactl", "/dev/dxg", "/proc/driver/nvidia/version")


@functools.cache
def nvidia_driver() -> bool:
    """Whether an NVIDIA driver is loaded; a look at the file system only."""
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32/nvcuda.dll").exists()
    return any(Path(path).exists() for path in _DRIVER)


@functools.cache
def cuda_problem() -> str:
    """Return why PyTorch cannot use a card, in a few words; ``""`` if it can."""
    if not nvidia_driver():
        return "there is no NVIDIA card, or no driver for it"
    import torch

    if torch.version.cuda is None:
        return "this PyTorch is built without CUDA: install one that has it"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not torch.cuda.is_available():
            return "PyTorch finds no NVIDIA card: see `nvidia-smi`"
    return ""


def card() -> str:
    """Return the card's name and its compute capability; ``"no card"`` without one."""
    if cuda_problem():
        return "no card"
    import torch

    major, minor = torch.cuda.get_device_capability(0)
    return f"{torch.cuda.get_device_name(0)}, sm_{major}{minor}"


def package(name: str) -> str:
    """Return the version of an installed package, ``""`` if it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def importable(module: str) -> bool:
    """Whether a module is there, found without importing it."""
    return importlib.util.find_spec(module) is not None
