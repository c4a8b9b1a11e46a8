"""One tick against the whole window.

A tick is what a new moment costs: one face, one mel piece, and both sequence encoders over the last
12 ticks. The window is the same moment computed from nothing: all 12 faces and 12 pieces, and both
sequence encoders. In either, face and voice run side by side, as in the program. Words are in
neither: they are read only when the transcript changed.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final, cast

import numpy as np

from live_emotion.bench.opened import (
    describe_engines,
    describe_weights,
    open_encoders,
    require_branches,
)
from live_emotion.bench.timing import Run, Timings, race
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.perception.faces.crop import CROP_SIDE
from live_emotion.perception.spectrogram import MEL_BANDS, PIECE_FRAMES
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import EncoderName, EngineChoice, Precision

V2EM: Final = "v2em"
_ENCODERS: Final[tuple[EncoderName, ...]] = (
    "vision_face",
    "vision_sequence",
    "audio_piece",
    "audio_sequence",
)


class Moment:
    """Twelve ticks of faces and sound, drawn from a fixed seed, and the encoders that take them."""

    def __init__(self, encoders: EncoderSet) -> None:
        rng = np.random.default_rng(0)
        self._encoders = encoders
        shape = (WINDOW_TICKS, CROP_SIDE, CROP_SIDE, 3)
        self._faces = rng.integers(0, 256, shape).astype(np.uint8)
        self._pieces = rng.uniform(-13.8, 11.0, (WINDOW_TICKS, MEL_BANDS, PIECE_FRAMES)).astype(
            np.float32
        )
        self._present = np.ones(WINDOW_TICKS, np.bool_)
        vectors = np.zeros((WINDOW_TICKS, VECTOR_WIDTH), np.float32)
        self._seen, self._heard = vectors, vectors.copy()
        self.window()

    def tick(self) -> None:
        """Compute what is new, with the vectors of the other eleven ticks kept."""
        self._judge(slice(-1, None))

    def window(self) -> None:
        """Compute all twelve ticks; each encoder takes them in one batch."""
        self._judge(slice(None))

    def _judge(self, ticks: slice) -> None:
        encoders = self._encoders

        def see() -> None:
            self._seen[ticks] = encoders.vision_face(self._faces[ticks])
            encoders.vision_sequence(self._seen, self._present)

        def hear() -> None:
            self._heard[ticks] = encoders.audio_piece(self._pieces[ticks])
            encoders.audio_sequence(self._heard, self._present)

        encoders.beside.both(see, hear)


def bench_window(preset: str, engine: EngineChoice = "auto", repeat: int = 30) -> dict[str, Any]:
    """Race a tick against the window on the same engine, in eager PyTorch, and of V2EM.

    V2EM (Wei, Huang, Zhang: FV2ES, IEEE Trans. Broadcasting 69, 2023) runs with untrained weights
    of its published sizes, on the engine and in the precision of this program's audio encoder.
    Where that keeps its weights in 8 bits, V2EM gets what `auto` finds fastest for each of its
    encoders, 8 bits among it.

    Raises
    ------
    UserError
        If the preset or the engine is unknown, or a fallback would be measured.
    """
    require_branches(preset)
    with contextlib.ExitStack() as opened:
        encoders = opened.enter_context(open_encoders(preset, engine, _ENCODERS))
        eager = opened.enter_context(open_encoders(preset, "torch", _ENCODERS))
        ours, plain = Moment(encoders), Moment(eager)
        runs: dict[str, Run] = {
            "tick": ours.tick,
            "window": ours.window,
            "eager_tick": plain.tick,
            "eager_window": plain.window,
        }
        most = encoders.engines["audio_piece"].info  # which does most of the work
        eight = most.precision == "int8"
        v2em = opened.enter_context(
            open_encoders(
                V2EM,
                "auto" if eight else most.name,
                _ENCODERS,
                None if eight else cast(Precision, most.precision),
            )
        )
        runs["v2em_window"] = Moment(v2em).window
        timings = race(runs, repeat=repeat)
        report: dict[str, Any] = {
            "bench": "window",
            "preset": preset,
            "weights": describe_weights(encoders),
            "engines": describe_engines(encoders),
            "eager_engines": describe_engines(eager),
            "v2em_engines": describe_engines(v2em),
            "tick_ms": round(timings.median_ms("tick"), 4),
            "tick_p95_ms": round(timings.p95_ms("tick"), 4),
            "tick_cold_ms": round(timings.cold_ms("tick"), 4),
            "window_ms": round(timings.median_ms("window"), 4),
            "window_p95_ms": round(timings.p95_ms("window"), 4),
            "eager_tick_ms": round(timings.median_ms("eager_tick"), 4),
            "eager_window_ms": round(timings.median_ms("eager_window"), 4),
            "v2em_window_ms": round(timings.median_ms("v2em_window"), 4),
            "rounds": repeat,
        }
        for other in ("window", "eager_tick", "eager_window", "v2em_window"):
            report |= _times_less(timings, other)
        return report


def _times_less(timings: Timings, other: str) -> dict[str, Any]:
    ratio = timings.times_less("tick", other)
    return {
        f"tick_vs_{other}": round(ratio.value, 3),
        f"tick_vs_{other}_interval": ratio.rounded(),
    }
