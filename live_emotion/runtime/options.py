"""How the user wishes the encoders of a preset to run."""

from __future__ import annotations

from dataclasses import dataclass

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import EngineChoice, Precision
from live_emotion.runtime.wish import EngineWish, parse_wish


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the encoders are to run.

    Attributes
    ----------
    engine
        ``"auto"`` takes the fastest that passes its check here; else an engine, maybe with its
        precision: ``"openvino:bfloat16"``.
    threads
        For one run of one encoder.
    precision
        Of the arithmetic; None for the engine's usual one, or the fastest that passes.
    form
        Of the vision network: residual, merged, or ``"auto"``: its recipe's first, or the faster
        one where the engine is chosen, too.
    """

    engine: EngineChoice
    threads: int
    precision: Precision | None = None
    form: str = "auto"

    def __post_init__(self) -> None:
        parse_wish(self.engine, self.precision)
        if self.form not in ("auto", "residual", "merged"):
            raise UserError(
                f"There is no network form “{self.form}”: choose one of auto, residual, merged."
            )
        if self.threads < 1:
            raise UserError(f"An engine needs at least 1 thread, not {self.threads}.")

    @property
    def wish(self) -> EngineWish:
        """The engine and precision that are asked for."""
        return parse_wish(self.engine, self.precision)
