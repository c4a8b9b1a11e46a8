"""Run an encoder in PyTorch on an NVIDIA card, as a recorded graph of kernels.

The encoders are small: most of a plain run is the time the processor takes to start one kernel
after another. A CUDA graph starts them all at once. One is recorded for each shape that is met.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.engine import Arrays, Engine, EngineInfo, EngineName, Form, Precision
from live_emotion.runtime.nvidia import card, cuda_problem, package
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.sources import Source

if TYPE_CHECKING:
    import torch
    from torch import nn

_SHAPES_KEPT: Final = 10
_WARM_UP: Final = 3
_MARK: Final = "engine.txt"

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Recording:
    """A graph with the memory that it reads from and writes to."""

    graph: Any
    inputs: tuple[torch.Tensor, ...]
    outputs: tuple[torch.Tensor, ...]


class CudaEngine:
    """An encoder as a PyTorch module on a card.

    Parameters
    ----------
    module
        Takes the recipe's inputs in their order and returns its output, or a tuple of them.
    recipe
        Names of inputs and outputs.
    precision
        ``"float32"``, or ``"float16"`` with normalisations in float32.
    form
        Form of the network.
    device
        PyTorch's name; on ``"cpu"`` the module is run as it is, without graphs.
    """

    def __init__(
        self,
        module: nn.Module,
        recipe: Recipe,
        precision: Precision,
        form: Form = "",
        device: str = "cuda",
    ) -> None:
        import torch

        from live_emotion.runtime.half import computed_in

        self.info = EngineInfo("cuda", precision, form, recipe.encoder)
        self._recipe = recipe
        self._device = torch.device(device)
        self._module: nn.Module | None = computed_in(module, precision).to(self._device)
        self._recordings: OrderedDict[Shapes, _Recording] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        import torch

        arrays = [np.ascontiguousarray(inputs[spec.name]) for spec in self._recipe.inputs]
        # Copies, since PyTorch warns of memory that it may not write to.
        given = [torch.from_numpy(a if a.flags.writeable else a.copy()) for a in arrays]
        with self._lock, torch.inference_mode(), exact_products():
            if self._module is None:
                raise RuntimeError("the engine is closed")
            if self._device.type == "cpu":
                results = _tuple(self._module(*given))
            else:
                recording = self._recording(tuple(a.shape for a in arrays), given)
                for slot, tensor in zip(recording.inputs, given, strict=True):
                    slot.copy_(tensor)
                recording.graph.replay()
                results = recording.outputs
            names = [spec.name for spec in self._recipe.outputs]
            return {n: r.cpu().numpy().copy() for n, r in zip(names, results, strict=True)}

    def close(self) -> None:
        """Let go of the module and the graphs."""
        with self._lock:
            self._module = None
            self._recordings.clear()

    def _recording(self, shapes: Shapes, given: list[torch.Tensor]) -> _Recording:
        known = self._recordings.get(shapes)
        if known is None:
            known = self._recordings[shapes] = self._record(given)
            if len(self._recordings) > _SHAPES_KEPT:
                self._recordings.popitem(last=False)
        self._recordings.move_to_end(shapes)
        return known

    def _record(self, given: list[torch.Tensor]) -> _Recording:
        """Record one run; a few runs before it let the libraries choose their kernels."""
        import torch

        module = self._module
        assert module is not None
        slots = tuple(tensor.to(self._device) for tensor in given)
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UP):
                module(*slots)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            results = _tuple(module(*slots))
        return _Recording(graph, slots, results)


def exact_products() -> Any:
    """Return a context in which float32 products keep all their digits (no TF32)."""
    import torch

    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)


class CudaKit:
    """PyTorch on an NVIDIA card: nothing to build, but checked and timed like every engine."""

    name: EngineName = "cuda"

    def refusal(self, recipe: Recipe, precision: Precision) -> str:
        """Return why not: no card, or a network that PyTorch does not read."""
        if precision not in ("float32", "float16"):
            return f"it has no {precision}"
        if recipe.branch is None:
            return "its network comes as ONNX, which PyTorch does not read"
        return cuda_problem()

    def library(self) -> str:
        """Return PyTorch's version, which names the CUDA it was built with."""
        return f"torch {package('torch')}"

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
        """Leave a mark for the check to be noted beside."""
        (folder / _MARK).write_text(f"{recipe.encoder} in PyTorch on {self.device()}\n")

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
        """Put the network onto the card."""
        return CudaEngine(fused(source.module()), recipe, precision, form)


def fused(module: nn.Module) -> nn.Module:
    """Return a network with normalisations drawn into its convolutions, where it has any."""
    from live_emotion.models.merge import fuse_bn
    from live_emotion.models.rfam import Rfam

    return fuse_bn(module) if isinstance(module, Rfam) else module


def _tuple(result: Any) -> tuple[torch.Tensor, ...]:
    return tuple(result) if isinstance(result, tuple | list) else (result,)
