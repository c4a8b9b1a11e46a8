"""Which engines the settings offer, and why some cannot be used on this machine: no Qt in here."""

from __future__ import annotations

from typing import Final

from live_emotion.dashboard.language import tr
from live_emotion.runtime.engine import ENGINE_CHOICES
from live_emotion.runtime.nvidia import importable, nvidia_driver

# What each engine for NVIDIA cards needs beside a card, as modules and as the program's extra.
_NEEDS: Final = {
    "cuda": ((), ""),
    "tensorrt": (("torch_tensorrt",), "tensorrt"),
    "rtx": (("onnxruntime_ep_nv_tensorrt_rtx", "onnx", "onnxscript"), "rtx"),
}


def engine_offers() -> dict[str, str]:
    """Return every engine with the reason why it cannot be used here, "" where it can.

    Only looks what is there: no library is loaded, for the window must not wait.
    """
    return {name: _reason(name) for name in ENGINE_CHOICES}


def _reason(name: str) -> str:
    if name not in _NEEDS:
        return ""
    if not nvidia_driver():
        return tr("needs an NVIDIA card and its driver")
    modules, extra = _NEEDS[name]
    if not all(map(importable, modules)):
        return tr("needs: {}").format(f"pip install 'live-emotion[{extra}]'")
    return ""
