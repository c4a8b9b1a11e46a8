"""Run an encoder in TensorRT by Torch-TensorRT 2.13, on an NVIDIA card.

Torch-TensorRT is imported only when this engine is asked for: importing it without NVIDIA's
libraries fails. It follows the types written into the network (its ``enabled_precisions`` is
ignored), so half precision is `live_emotion.runtime.half`. What it compiles is kept as an exported
program.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import Arrays, Engine, EngineInfo, EngineName, Form, Precision
from live_emotion.runtime.nvidia import card, cuda_problem, importable, package
from live_emotion.runtime.recipe import Recipe, TensorSpec
from live_emotion.runtime.sources import Source

if TYPE_CHECKING:
    import torch
    from torch import nn

PROGRAM_FILE: Final = "engine.ep"
_log = logging.getLogger(__name__)


@functools.cache
def torch_tensorrt() -> Any:
    """Return the module `torch_tensorrt`.

    Raises
    ------
    UserError
        If it is not installed, or does not load.
    """
    try:
        import torch_tensorrt as library
    except ImportError as error:
        raise UserError(
            "The TensorRT engine needs Torch-TensorRT: pip install 'live-emotion[tensorrt]', on a "
            "machine with an NVIDIA card."
        ) from error
    except (OSError, RuntimeError) as error:
        _log.warning("Torch-TensorRT does not load", exc_info=True)
        raise UserError(
            f"Torch-TensorRT does not load ({error}): install NVIDIA's libraries for it, or choose "
            "--engine auto."
        ) from error
    return library


def profile(spec: TensorSpec, recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Return the shapes that TensorRT compiles for: smallest, usual and largest."""

    def sizes(which: str) -> tuple[int, ...]:
        parts = (
            getattr(recipe.dims[part], which) if isinstance(part, str) else part
            for part in spec.shape
        )
        return tuple(int(part) for part in parts)

    return {
        "min_shape": sizes("min"),
        "opt_shape": sizes("typical"),
        "max_shape": sizes("max"),
    }


def profiles(recipe: Recipe) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
    """Return `profile` of every input, by name."""
    return {spec.name: profile(spec, recipe) for spec in recipe.inputs}


class TensorRtEngine:
    """A program that Torch-TensorRT compiled.

    Parameters
    ----------
    program
        Takes the recipe's inputs on the card and returns its output, or a tuple of them.
    recipe
        Names of inputs and outputs.
    precision, form
        What was compiled.
    device
        Where the inputs go.
    """

    def __init__(
        self,
        program: nn.Module | Any,
        recipe: Recipe,
        precision: Precision,
        form: Form = "",
        device: str = "cuda",
    ) -> None:
        self.info = EngineInfo("tensorrt", precision, form, recipe.encoder)
        self._program: Any = program
        self._recipe = recipe
        self._device = device
        self._lock = threading.Lock()

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        import torch

        given = [
            torch.from_numpy(np.array(inputs[spec.name])).to(self._device)
            for spec in self._recipe.inputs
        ]
        with self._lock, torch.inference_mode():
            if self._program is None:
                raise RuntimeError("the engine is closed")
            result = self._program(*given)
        results = result if isinstance(result, tuple | list) else (result,)
        names = [spec.name for spec in self._recipe.outputs]
        return {n: r.float().cpu().numpy() for n, r in zip(names, results, strict=True)}

    def close(self) -> None:
        """Let go of the program."""
        with self._lock:
            self._program = None


class TensorRtKit:
    """TensorRT by Torch-TensorRT."""

    name: EngineName = "tensorrt"

    def refusal(self, recipe: Recipe, precision: Precision) -> str:
        """Return why not: no card, no library, or a network that PyTorch does not read."""
        if precision not in ("float32", "float16"):
            return f"it has no {precision}"
        if recipe.branch is None:
            return "its network comes as ONNX, which Torch-TensorRT does not read"
        if problem := cuda_problem():
            return problem
        return "" if importable("torch_tensorrt") else "Torch-TensorRT is not installed"

    def library(self) -> str:
        """Return the versions, known without importing anything."""
        return f"torch_tensorrt {package('torch_tensorrt')}, tensorrt {package('tensorrt')}"

    def device(self) -> str:
        """Return the card."""
        return card()

    def build(
        self,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        folder: Path,
        exact: Path | None,
    ) -> None:
        """Compile the exported network for the recipe's shapes, and save the program."""
        from live_emotion.runtime.cuda_engine import fused
        from live_emotion.runtime.half import computed_in
        from live_emotion.runtime.openvino_convert import export_module

        library = torch_tensorrt()
        module = computed_in(fused(source.module()), precision).to("cuda")
        program = export_module(module, recipe, source.limits, device="cuda")
        given = [
            library.Input(**shapes, dtype=_dtype(spec.dtype), name=spec.name)
            for spec, shapes in zip(recipe.inputs, profiles(recipe).values(), strict=True)
        ]
        compiled = library.dynamo.compile(
            program, arg_inputs=given, use_explicit_typing=True, disable_tf32=True, min_block_size=1
        )
        library.save(
            compiled,
            str(folder / PROGRAM_FILE),
            output_format="exported_program",
            arg_inputs=given,
            retrace=False,
        )

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
        """Load the program; its file is the user's own cache, checked by its hash."""
        program = torch_tensorrt().load(str(folder / PROGRAM_FILE)).module()
        return TensorRtEngine(program, recipe, precision, form)


def _dtype(name: str) -> torch.dtype:
    import torch

    return {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}[name]
