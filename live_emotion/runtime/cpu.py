"""What the processor is called and which instructions it has that networks gain from."""

from __future__ import annotations

import functools
import os
import platform
from pathlib import Path
from typing import Final

# Name for people -> flag in Linux's /proc/cpuinfo.
_FEATURES: Final = {
    "avx2": "avx2",
    "avx512": "avx512f",
    "avx512_vnni": "avx512_vnni",
    "avx_vnni": "avx_vnni",
    "avx512_bf16": "avx512_bf16",
    "amx_bf16": "amx_bf16",
    "amx_int8": "amx_int8",
    "neon": "asimd",
    "sve": "sve",
}


@functools.cache
def cpu_name() -> str:
    """Return the processor's name."""
    return _cpuinfo("model name") or platform.processor() or platform.machine() or "unknown"


@functools.cache
def cpu_features() -> tuple[str, ...]:
    """Return the instruction sets of use here; empty where the system does not tell."""
    flags = set((_cpuinfo("flags") or _cpuinfo("Features")).split())
    return tuple(name for name, flag in _FEATURES.items() if flag in flags)


def cpu_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def _cpuinfo(field: str) -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""
