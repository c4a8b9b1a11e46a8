"""All measurements, one after another, for one set of figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from live_emotion.bench.encoders import bench_encoders
from live_emotion.bench.live import bench_live, require_live
from live_emotion.bench.peers import bench_peers
from live_emotion.bench.replay import bench_replay
from live_emotion.bench.window import bench_window
from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import EngineChoice

PAPER: Final = "paper"


def bench_everything(
    preset: str,
    engine: EngineChoice,
    minutes: float,
    fer: Path | None = None,
    *,
    told: Callable[[str], object] = lambda name: None,
) -> dict[str, dict[str, Any]]:
    """Return the report of each measurement by name.

    Parameters
    ----------
    preset, engine
        As the program takes them; the window is also measured at the paper's sizes.
    minutes
        Length of the live measurement; where that cannot be made its report holds the reason.
    fer
        As `bench_peers` takes it.
    told
        Called with the name of each measurement before it begins.

    Raises
    ------
    UserError
        As the measurements do.
    """
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "encoders": lambda: bench_encoders(preset, engine)
    }
    for one in dict.fromkeys((preset, PAPER)):
        runs[f"window {one}"] = lambda one=one: bench_window(one, engine)  # type: ignore[misc]
    runs["replay"] = lambda: bench_replay(preset, engine)
    runs["peers"] = lambda: bench_peers(preset, engine, fer=fer)
    runs["live"] = lambda: _live(preset, engine, minutes)
    reports = {}
    for name, run in runs.items():
        told(name)
        reports[name] = run()
    return reports


def _live(preset: str, engine: EngineChoice, minutes: float) -> dict[str, Any]:
    try:
        require_live()
    except UserError as error:
        return {"bench": "live", "preset": preset, "reason": str(error)}
    return bench_live(preset, engine, minutes)
