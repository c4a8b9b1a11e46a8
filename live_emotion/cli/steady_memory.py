"""Keeps the C library from holding on to memory that the program has let go of.

glibc learns from what is freed: after one large picture or spectrum it keeps blocks of up to 32 MB,
and 64 MB at the end of its heap, and every thread that allocates gets a heap of its own. In a
program that runs all day that looks like a leak: `bench live` saw 15 MB of growth in ten
minutes, and 7 MB with fixed limits.
"""

from __future__ import annotations

import ctypes
import logging
import sys
from typing import Final

_log = logging.getLogger(__name__)

# Of mallopt(3), in <malloc.h>.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LIMITS: Final = {
    _TRIM_THRESHOLD: 16 << 20,
    # Above a camera picture of 1280x720, below what is made once in a while.
    _MMAP_THRESHOLD: 4 << 20,
    _ARENA_MAX: 2,
}


def steady_memory() -> bool:
    """Fix the limits of this process; return whether its C library has them (glibc alone).

    To be called before there are threads.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    done = [mallopt(name, value) == 1 for name, value in _LIMITS.items()]
    if not all(done):
        _log.debug("mallopt refused a limit: %s", done)
    return all(done)
