"""The window of V2EM (Wei, Huang, Zhang: FV2ES, IEEE Trans. Broadcasting 69, 2023), to compare."""

from __future__ import annotations

import contextlib
import importlib.util

from live_emotion.bench.timing import Run
from live_emotion.runtime.encoders import EncoderSet


def open_v2em(encoders: EncoderSet, opened: contextlib.ExitStack) -> tuple[Run | None, str]:
    """Return what computes a window of V2EM on the engine of `encoders`, or why there is none.

    Parameters
    ----------
    encoders
        Whose engines to take.
    opened
        Closes what is opened here.
    """
    if importlib.util.find_spec("live_emotion.models.v2em") is None:
        return None, "this version has no network of V2EM's"
    return None, "not measured yet"
