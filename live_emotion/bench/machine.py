"""The machine that figures were taken on, and what it can do at best."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from typing import Any, Final

import numpy as np
import psutil

from live_emotion import __version__
from live_emotion.bench.timing import race
from live_emotion.runtime.cpu import cpu_cores, cpu_features, cpu_name

_LIBRARIES: Final = (
    "torch",
    "openvino",
    "onnxruntime",
    "ctranslate2",
    "faster-whisper",
    "av",
    "opencv-python",
    "numpy",
    "PyQt6",
)
_SIDE: Final = 1536
_STREAM_MB: Final = 128


def describe_machine() -> dict[str, Any]:
    """Return processor, memory, system, libraries, and how busy the machine was just before."""
    return {
        "cpu": cpu_name(),
        "cores": cpu_cores(),
        "features": list(cpu_features()),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "program": __version__,
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "busy_share": round(_busy_share(), 3),
    }


def describe_best(repeat: int = 7) -> dict[str, float]:
    """Measure what the processor can do at best, with the threads the encoders get.

    Returns
    -------
    dict
        ``gflops_float32``: 10**9 operations a second (a multiply-add is two) of a large matrix
        product; ``read_gb_s``: 10**9 bytes a second read from memory, far more than caches hold.
    """
    import torch

    from live_emotion.runtime.openvino_library import default_threads

    before = torch.get_num_threads()
    torch.set_num_threads(default_threads())
    a, b = torch.rand(_SIDE, _SIDE), torch.rand(_SIDE, _SIDE)
    much = torch.rand(_STREAM_MB * 250_000)
    with torch.inference_mode():
        timings = race({"product": lambda: a @ b, "sum": much.sum}, repeat=repeat, warm_up=2)
    torch.set_num_threads(before)
    return {
        "gflops_float32": round(2 * _SIDE**3 / timings.median_ms("product") / 1e6, 1),
        "read_gb_s": round(much.nbytes / timings.median_ms("sum") / 1e6, 1),
    }


def _busy_share() -> float:
    """Return the share of the processors that other programs took over half a second."""
    before, own = psutil.cpu_times(), time.process_time()
    began = time.monotonic()
    time.sleep(0.5)
    after = psutil.cpu_times()
    idle = (after.idle - before.idle) + (
        getattr(after, "iowait", 0.0) - getattr(before, "iowait", 0.0)
    )
    whole = (time.monotonic() - began) * (psutil.cpu_count() or 1)
    return float(np.clip(1.0 - (idle + time.process_time() - own) / whole, 0.0, 1.0))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
