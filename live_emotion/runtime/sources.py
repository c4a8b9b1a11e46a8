"""What an engine is built from, and what its results are held against."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.check import Limits
from live_emotion.runtime.engine import Arrays, EncoderName, Engine, EngineInfo
from live_emotion.runtime.judging import FinderJudge, Judge
from live_emotion.runtime.recalling import Recalling
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.recorded import recorded

if TYPE_CHECKING:
    from torch import nn


class Source(Protocol):
    """A network to build from."""

    @property
    def weights(self) -> str:
        """What tells its weights from any others."""

    @property
    def network(self) -> str:
        """What tells its structure and code from any other."""

    @property
    def library(self) -> str:
        """Name and version of the library that reads it."""

    @property
    def limits(self) -> Limits:
        """Numbers that random input needs, such as the vocabulary."""

    @property
    def judge(self) -> Judge | None:
        """Who holds real inputs and knows what the outputs do to the scores; None for nobody."""

    def convert(self, recipe: Recipe, path: Path) -> None:
        """Write it as OpenVINO's file ``path`` (.xml, with .bin beside it)."""

    def module(self) -> nn.Module:
        """Return the PyTorch module; raises `TypeError` where it comes as something else."""

    def reference(self, recipe: Recipe) -> Engine:
        """Return an engine that computes what is right, in float32."""


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A PyTorch module.

    Attributes
    ----------
    make
        Returns the module to convert.
    make_reference
        Returns the module that is right: the network as it was trained.
    weights, network
        See `Source`.
    limits
        See `Source`.
    make_judge
        Returns the judge, see `Source`; None where there is none.
    references
        Where references are kept by encoder, so that what they computed serves every check.
    """

    make: Callable[[], nn.Module]
    make_reference: Callable[[], nn.Module]
    weights: str
    network: str
    limits: Limits = field(default_factory=dict)
    make_judge: Callable[[], Judge | None] | None = None
    references: dict[EncoderName, Engine] | None = None

    @property
    def judge(self) -> Judge | None:
        """Whoever carries the outputs on to scores."""
        return None if self.make_judge is None else self.make_judge()

    @property
    def library(self) -> str:
        """PyTorch's version, known without importing it."""
        return f"torch {importlib.metadata.version('torch')}"

    def module(self) -> nn.Module:
        """Return the module to convert."""
        return self.make()

    def convert(self, recipe: Recipe, path: Path) -> None:
        """Export the module and write it."""
        from live_emotion.runtime.openvino_convert import convert_module

        convert_module(self.make(), recipe, self.limits, path)

    def reference(self, recipe: Recipe) -> Engine:
        """Return the trained network in PyTorch."""
        from live_emotion.runtime.torch_engine import TorchEngine

        if self.references is None:
            return TorchEngine(self.make_reference(), recipe)
        if recipe.encoder not in self.references:
            engine = TorchEngine(self.make_reference(), recipe)
            self.references[recipe.encoder] = Recalling(engine)
        return self.references[recipe.encoder]


@dataclass(frozen=True, slots=True)
class OnnxSource:
    """An ONNX file of another package."""

    path: Path
    network: str = "onnx"
    limits: Limits = field(default_factory=dict)

    @property
    def weights(self) -> str:
        """SHA-256 of the file."""
        return _sha256(self.path, self.path.stat().st_mtime_ns)

    @property
    def library(self) -> str:
        """OpenVINO reads it by itself."""
        return "onnx"

    @property
    def judge(self) -> Judge | None:
        """Whoever counts the faces in real pictures."""
        real = recorded()
        return None if real is None else FinderJudge(real)

    def module(self) -> nn.Module:
        """Raise: PyTorch does not read ONNX."""
        raise TypeError(f"{self.path.name} is ONNX, not a PyTorch module")

    def convert(self, recipe: Recipe, path: Path) -> None:
        """Read the file and write it."""
        from live_emotion.runtime.openvino_convert import convert_onnx

        convert_onnx(self.path, recipe, path)

    def reference(self, recipe: Recipe) -> Engine:
        """Return ONNX Runtime on the file."""
        return OnnxReference(self.path, recipe)


@functools.cache
def _sha256(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class OnnxReference:
    """ONNX Runtime on a file with one input, at the one shape the file declares.

    It is no engine to work with, only something to compare against: the batch is filled up with
    copies to the declared size. Pictures of other sizes, which ONNX Runtime does not take, run in
    OpenVINO in float32, which at the declared size is held against ONNX Runtime itself.
    """

    def __init__(self, path: Path, recipe: Recipe) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self.info = EngineInfo("onnxruntime", "float32", "", recipe.encoder)
        self._recipe = recipe
        self._path = path
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0]

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        x = inputs[self._recipe.inputs[0].name]
        names = [spec.name for spec in self._recipe.outputs]
        if x.shape[2:] != tuple(self._input.shape[2:]):
            return dict(zip(names, self._elsewhere(x), strict=True))
        batch = np.repeat(x, -(-self._input.shape[0] // len(x)), axis=0)[: self._input.shape[0]]
        results = self._session.run(None, {self._input.name: batch})
        return {n: r[: len(x)] for n, r in zip(names, results, strict=True)}

    def close(self) -> None:
        """Nothing to free."""

    def _elsewhere(self, x: NDArray[Any]) -> list[NDArray[Any]]:
        from live_emotion.runtime.openvino_library import compile_options, core

        network = core().read_model(str(self._path))
        network.reshape(list(x.shape))
        request = core().compile_model(network, "CPU", compile_options("float32", 1))
        return [np.array(result) for result in request([x]).values()]
