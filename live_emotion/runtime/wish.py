"""What the user asks for with ``--engine``: an engine, and maybe its precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import (
    ENGINE_CHOICES,
    PRECISIONS,
    PRECISIONS_OF,
    EngineName,
    Precision,
)

_SHORT: Final[dict[str, Precision]] = {
    "f32": "float32",
    "fp32": "float32",
    "bf16": "bfloat16",
    "f16": "float16",
    "fp16": "float16",
    "i8": "int8",
}


@dataclass(frozen=True, slots=True)
class EngineWish:
    """An engine to use, or None for the fastest; its precision, or None for the usual one.

    The usual precision is float32, and float16 on an NVIDIA card.
    """

    engine: EngineName | None
    precision: Precision | None

    @property
    def usual_precision(self) -> Precision:
        """The precision, with the usual one of the engine where none was asked for."""
        on_gpu = self.engine in ("cuda", "tensorrt", "rtx")
        return self.precision or ("float16" if on_gpu else "float32")


def parse_wish(text: str, precision: str | None = None) -> EngineWish:
    """Read ``auto``, ``openvino``, ``openvino:bfloat16`` or the like.

    Parameters
    ----------
    precision
        Asked for beside the text; the text's own goes first.

    Raises
    ------
    UserError
        If there is no such engine or precision, or they do not go together.
    """
    name, _, asked = text.partition(":")
    if name not in ENGINE_CHOICES:
        raise UserError(f"There is no engine “{name}”: choose one of {', '.join(ENGINE_CHOICES)}.")
    wanted = _SHORT.get(asked or precision or "", asked or precision)
    if wanted is None:
        return EngineWish(None if name == "auto" else cast(EngineName, name), None)
    if wanted not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise UserError(f"There is no precision “{wanted}”: choose one of {known}.")
    chosen = wanted
    if name == "auto":
        return EngineWish(None, chosen)
    engine = cast(EngineName, name)
    able = PRECISIONS_OF[engine]
    if chosen not in able:
        raise UserError(
            f"The {engine} engine runs in {', '.join(able)} only: choose one of these, "
            "or another engine."
        )
    return EngineWish(engine, chosen)
