"""The kinds of engines that can be had on this machine."""

from __future__ import annotations

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import EngineName
from live_emotion.runtime.kit import Kit
from live_emotion.runtime.nvidia import cuda_problem, importable, nvidia_driver
from live_emotion.runtime.openvino_kit import OpenVinoKit


def kit_named(name: EngineName) -> Kit:
    """Return the kit of an engine that was asked for.

    Raises
    ------
    UserError
        If the engine has none, its library is not installed, or there is no card for it.
    """
    if name == "openvino":
        return OpenVinoKit()
    if name == "torch":
        raise UserError("The torch engine is not built: PyTorch runs the networks as they are.")
    problem = cuda_problem() if name != "rtx" else _no_driver()
    if problem:
        raise UserError(f"The {name} engine cannot run ({problem}): choose --engine auto.")
    if name == "cuda":
        from live_emotion.runtime.cuda_engine import CudaKit

        return CudaKit()
    if name == "tensorrt":
        from live_emotion.runtime.tensorrt_engine import TensorRtKit, torch_tensorrt

        torch_tensorrt()
        return TensorRtKit()
    from live_emotion.runtime.onnx_engine import PLUGIN, RtxKit

    if not importable(PLUGIN):
        raise UserError(
            "The rtx engine needs the TensorRT-RTX provider: pip install 'live-emotion[rtx]'."
        )
    return RtxKit()


def kits_here() -> dict[EngineName, Kit]:
    """Return the kits that `auto` chooses among; without a driver no library is loaded to ask."""
    kits: dict[EngineName, Kit] = {"openvino": OpenVinoKit()}
    if not nvidia_driver():
        return kits
    from live_emotion.runtime.cuda_engine import CudaKit
    from live_emotion.runtime.onnx_engine import PLUGIN, RtxKit
    from live_emotion.runtime.tensorrt_engine import TensorRtKit

    if not cuda_problem():
        kits["cuda"] = CudaKit()
        if importable("torch_tensorrt"):
            kits["tensorrt"] = TensorRtKit()
    if importable(PLUGIN):
        kits["rtx"] = RtxKit()
    return kits


def _no_driver() -> str:
    return "" if nvidia_driver() else "there is no NVIDIA card, or no driver for it"
