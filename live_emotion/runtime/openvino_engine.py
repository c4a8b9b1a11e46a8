"""Run an encoder in OpenVINO on the CPU."""

from __future__ import annotations

import itertools
import math
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.compiled import CompiledFolder
from live_emotion.runtime.engine import Arrays, EngineInfo, Form, Precision
from live_emotion.runtime.in_use import Hold
from live_emotion.runtime.openvino_library import READING, compile_options, core
from live_emotion.runtime.recipe import Recipe

_SHAPES_KEPT: Final = 3


class OpenVinoEngine:
    """An encoder read from OpenVINO's own file and compiled for this processor.

    Parameters
    ----------
    path
        ``engine.xml``, with ``engine.bin`` beside it.
    recipe
        Names of inputs and outputs, and whether every shape is compiled for itself.
    precision
        Of the arithmetic; the file is in float32.
    form
        Form of the network.
    threads
        For one run; the recipe may say another number for its usual shape.
    compiled
        Where OpenVINO keeps what it compiled, so that the next start is quick; None keeps
        nothing.
    """

    def __init__(
        self,
        path: Path,
        recipe: Recipe,
        precision: Precision,
        form: Form,
        threads: int,
        compiled: CompiledFolder | None = None,
    ) -> None:
        self.info = EngineInfo("openvino", precision, form, recipe.encoder)
        self._recipe = recipe
        self._path = path
        self._options = compile_options(precision, threads)
        usual = recipe.usual_threads or (1 if recipe.light else threads)
        self._usual_options = compile_options(precision, usual)
        self._compiled = compiled
        # What is only built and checked lies in a folder of its own, which nobody cleans.
        self._hold = None if compiled is None else Hold(path.parent)
        if compiled is not None:
            compiled.verify()
            for options in (self._options, self._usual_options):
                options["CACHE_DIR"] = str(compiled.path)
        self._lock = threading.Lock()
        self._requests: OrderedDict[tuple[tuple[int, ...], ...], Any] = OrderedDict()
        self._closed = False
        self._any_shape: Any = None
        self._alone = tuple(_shapes_alone(recipe))
        if self._alone:
            self._request_for(self._alone[0])
        elif not recipe.static:
            self._request_for(())

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        arrays = [np.ascontiguousarray(inputs[spec.name]) for spec in self._recipe.inputs]
        with self._lock:
            if self._closed:
                raise RuntimeError("the engine is closed")
            request = self._request_for(tuple(a.shape for a in arrays))
            request.infer(dict(enumerate(arrays)), share_inputs=True)
            return {
                spec.name: request.get_output_tensor(k).data.copy()
                for k, spec in enumerate(self._recipe.outputs)
            }

    def close(self) -> None:
        """Let go of the compiled networks."""
        with self._lock:
            self._closed = True
            self._any_shape = None
            self._requests.clear()
            if self._hold is not None:
                self._hold.release()

    def _request_for(self, shapes: tuple[tuple[int, ...], ...]) -> Any:
        if not self._recipe.static and shapes not in self._alone:
            if self._any_shape is None:
                # From the path, OpenVINO goes to its cache without reading the network.
                self._any_shape = self._request(str(self._path), not self._alone)
            return self._any_shape
        request = self._requests.get(shapes)
        if request is None:
            with READING:
                network = core().read_model(str(self._path))
            network.reshape({k: list(shape) for k, shape in enumerate(shapes)})
            usual = shapes in self._alone[:1] or self._is_light(shapes)
            request = self._requests[shapes] = self._request(network, usual)
            if len(self._requests) > max(_SHAPES_KEPT, len(self._alone)):
                self._requests.popitem(last=False)
        self._requests.move_to_end(shapes)
        return request

    def _is_light(self, shapes: tuple[tuple[int, ...], ...]) -> bool:
        """Whether a second thread would cost more than it gains for inputs of these shapes."""
        return self._recipe.static and sum(map(math.prod, shapes)) <= self._recipe.light

    def _request(self, network: Any, usual: bool) -> Any:
        options = self._usual_options if usual else self._options
        with READING:
            compiled = core().compile_model(network, "CPU", options)
        request = compiled.create_infer_request()
        if self._compiled is not None:
            self._compiled.seal()
        return request


def _shapes_alone(recipe: Recipe) -> list[tuple[tuple[int, ...], ...]]:
    """Return the shapes of the inputs that are compiled for themselves, the usual ones first."""
    names = [name for name, dim in recipe.dims.items() if dim.alone]
    if recipe.static or not names or len(names) < len(recipe.dims):
        return []
    found = []
    for sizes in itertools.product(*(recipe.dims[name].alone for name in names)):
        known = dict(zip(names, sizes, strict=True))
        found.append(
            tuple(
                tuple(known[n] if isinstance(n, str) else n for n in spec.shape)
                for spec in recipe.inputs
            )
        )
    return found
