"""Write an encoder as ONNX, and run it in ONNX Runtime: on GeForce cards by TensorRT-RTX.

The provider is a plugin (optional extra ``rtx``) that carries NVIDIA's runtime with it and compiles
on the user's card in seconds; it serves GeForce and RTX cards from Ampere on.
"""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import Arrays, Engine, EngineInfo, EngineName, Form, Precision
from live_emotion.runtime.nvidia import importable, nvidia_driver, package
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.sources import OnnxSource, Source
from live_emotion.runtime.tensorrt_engine import profiles

ONNX_FILE: Final = "engine.onnx"
PLUGIN: Final = "onnxruntime_ep_nv_tensorrt_rtx"
_PLUGIN_PACKAGE: Final = "onnxruntime-ep-nv-tensorrt-rtx-cu13"
_COMPILED: Final = "compiled"


def write_onnx(recipe: Recipe, source: Source, precision: Precision, path: Path) -> None:
    """Write an encoder's network as one ONNX file with the recipe's names and free dimensions."""
    import torch

    from live_emotion.runtime.cuda_engine import fused
    from live_emotion.runtime.half import computed_in
    from live_emotion.runtime.openvino_convert import export_module

    module = computed_in(fused(source.module()), precision)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the exporter's own code
        program = torch.onnx.export(
            export_module(module, recipe, source.limits),
            dynamo=True,
            input_names=[spec.name for spec in recipe.inputs],
            output_names=[spec.name for spec in recipe.outputs],
            verbose=False,
        )
    assert program is not None
    program.save(str(path), external_data=False)


class OnnxEngine:
    """An encoder in ONNX Runtime.

    Parameters
    ----------
    session
        ONNX Runtime's session.
    recipe
        Names of inputs and outputs.
    info
        What is said of it.
    """

    def __init__(self, session: Any, recipe: Recipe, info: EngineInfo) -> None:
        self.info = info
        self._session: Any = session
        self._recipe = recipe
        self._names = [given.name for given in session.get_inputs()]
        self._lock = threading.Lock()

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        arrays = [np.ascontiguousarray(inputs[spec.name]) for spec in self._recipe.inputs]
        with self._lock:
            if self._session is None:
                raise RuntimeError("the engine is closed")
            results = self._session.run(None, dict(zip(self._names, arrays, strict=True)))
        names = [spec.name for spec in self._recipe.outputs]
        return {n: np.asarray(r, np.float32) for n, r in zip(names, results, strict=True)}

    def close(self) -> None:
        """Let go of the session."""
        with self._lock:
            self._session = None


class RtxKit:
    """ONNX Runtime with the TensorRT-RTX provider."""

    name: EngineName = "rtx"

    def refusal(self, recipe: Recipe, precision: Precision) -> str:
        """Return why not: no card, or a package that is missing."""
        if precision not in ("float32", "float16"):
            return f"it has no {precision}"
        if recipe.branch is None and precision != "float32":
            return "the face finder comes in float32 only"
        if not nvidia_driver():
            return "there is no NVIDIA card, or no driver for it"
        missing = [m for m in (PLUGIN, "onnx", "onnxscript") if not importable(m)]
        return f"not installed: {', '.join(missing)}" if missing else ""

    def library(self) -> str:
        """Return the versions."""
        return f"{_PLUGIN_PACKAGE} {package(_PLUGIN_PACKAGE)}, onnxruntime {package('onnxruntime')}"

    def device(self) -> str:
        """Return the provider's cards."""
        return ", ".join(_card(device) for device in _devices()) or "no card"

    def build(
        self,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        folder: Path,
        exact: Path | None,
    ) -> None:
        """Write the network as ONNX."""
        if isinstance(source, OnnxSource):
            raise TypeError("the face finder's file has one shape only")
        write_onnx(recipe, source, precision, folder / ONNX_FILE)

    def open(
        self,
        folder: Path,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        form: Form,
        threads: int,
        *,
        keep: bool,
    ) -> Engine:
        """Compile for the card, or take what was compiled before."""
        import onnxruntime

        devices = _devices()
        if not devices:
            raise RuntimeError("the TensorRT-RTX provider finds no card")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        provider = shape_options(recipe)
        if keep:
            provider["nv_runtime_cache_path"] = str(folder / _COMPILED)
        options.add_provider_for_devices(devices, provider)
        session = onnxruntime.InferenceSession(str(folder / ONNX_FILE), sess_options=options)
        return OnnxEngine(session, recipe, EngineInfo("rtx", precision, form, recipe.encoder))


def shape_options(recipe: Recipe) -> dict[str, str]:
    """Return the provider's options for the shapes of a recipe; none where no shape varies."""
    if not recipe.dims:
        return {}
    names = {"min": "min_shape", "opt": "opt_shape", "max": "max_shape"}
    found = profiles(recipe)
    return {
        f"nv_profile_{short}_shapes": ",".join(
            f"{name}:{'x'.join(map(str, shapes[full]))}" for name, shapes in found.items()
        )
        for short, full in names.items()
    }


def _devices() -> list[Any]:
    """Return the cards that the provider can use, having registered it once."""
    import onnxruntime

    try:
        plugin = __import__(PLUGIN)
    except (ImportError, OSError) as error:
        raise UserError(
            "The rtx engine needs the TensorRT-RTX provider: pip install 'live-emotion[rtx]', on a "
            "machine with a GeForce or RTX card."
        ) from error
    name = plugin.get_ep_name()
    if all(device.ep_name != name for device in onnxruntime.get_ep_devices()):
        onnxruntime.register_execution_provider_library(name, plugin.get_library_path())
    return [device for device in onnxruntime.get_ep_devices() if device.ep_name == name]


def _card(device: Any) -> str:
    return f"{device.ep_vendor} {device.device.device_id:x}"
