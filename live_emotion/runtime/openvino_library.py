"""Load OpenVINO without its usage reports, and say how it is to run."""

from __future__ import annotations

import functools
import sys
import threading
from typing import Any, Final

from live_emotion.runtime.cpu import cpu_cores
from live_emotion.runtime.engine import Precision

# What is not quantised in an int8 network runs in float32.
_HINTS: Final[dict[Precision, str]] = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}
_NEEDS: Final[dict[Precision, str]] = {"bfloat16": "BF16", "int8": "INT8"}
_MOST_THREADS: Final = 4  # the networks are small; more threads wait for each other


# Held while a network is read or compiled. OpenVINO sets the whole process's locale to "C" for
# that time and then back to what it found: of two at once the second finds "C", and leaves it.
READING: Final = threading.Lock()


@functools.cache
def openvino() -> Any:
    """Return the `openvino` module, imported so that it reports nothing to anyone.

    Importing `openvino`, and each conversion, sends an event to an analytics server through the
    package `openvino_telemetry`. Where that package cannot be imported OpenVINO uses a stand-in
    of its own that does nothing, so the package is hidden from it.
    """
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    elif (reporter := sys.modules.get("openvino_telemetry")) is not None:
        reporter.Telemetry().consent = False  # someone else's import came first
    import openvino

    return openvino


@functools.cache
def core() -> Any:
    """Return the process's one OpenVINO core."""
    return openvino().Core()


def library_version() -> str:
    """Return OpenVINO's version and build."""
    return str(openvino().get_version())


def default_threads() -> int:
    """Return how many threads an encoder gets: the processor's cores, at most four."""
    return max(1, min(cpu_cores(), _MOST_THREADS))


def supports(precision: Precision) -> bool:
    """Whether the processor has instructions for a precision."""
    if precision == "float32":
        return True
    needed = _NEEDS.get(precision)
    return needed in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def compile_options(precision: Precision, threads: int) -> dict[str, Any]:
    """Return the properties a network is compiled with.

    The precision is always named, because OpenVINO's own choice depends on the processor. One
    request at a time is all there is to run, hence one stream; threads are not pinned, because
    several networks and other programs share the cores.
    """
    return {
        "INFERENCE_PRECISION_HINT": _HINTS[precision],
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,
        # Else what goes into layers with 8-bit weights is rounded, too, where a processor is quick
        # at that.
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    }
