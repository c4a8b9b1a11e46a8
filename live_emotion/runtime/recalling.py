"""An engine that runs once on each input: checks ask the same of a reference again and again."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.engine import Arrays, Engine, EngineInfo


class Recalling:
    """Recalls the outputs of an engine by its inputs.

    Parameters
    ----------
    engine
        What computes them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[bytes, dict[str, NDArray[Any]]] = {}

    @classmethod
    def of(cls, engine: Engine) -> Recalling:
        """Return the engine if it recalls already, else one that does."""
        return engine if isinstance(engine, cls) else cls(engine)

    @property
    def info(self) -> EngineInfo:
        """The engine's own."""
        return self._engine.info

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name, computed at most once."""
        digest = hashlib.blake2b(digest_size=16)
        for name in sorted(inputs):
            array = np.ascontiguousarray(inputs[name])
            digest.update(f"{name} {array.shape} {array.dtype}".encode() + array.tobytes())
        key = digest.digest()
        if key not in self._known:
            self._known[key] = self._engine.run(inputs)
        return self._known[key]

    def close(self) -> None:
        """Close the engine; what it computed stays known."""
        self._engine.close()
