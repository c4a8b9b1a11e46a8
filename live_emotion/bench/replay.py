"""How much faster than real time a talking clip is replayed, and where the time goes."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from live_emotion.bench.clip import demo_clip, looped
from live_emotion.bench.opened import refuse_fallback
from live_emotion.bench.program import read_log, read_meta, run_program
from live_emotion.bench.stopwatch import Stopwatch
from live_emotion.pipeline.options import ReplayOptions
from live_emotion.pipeline.replay import Replay
from live_emotion.runtime.engine import EngineChoice

CLIP_S: Final = 60.0
# What runs beside the flow, on threads of its own.
_BESIDE: Final = ("decoding", "whisper")


def bench_replay(
    preset: str,
    engine: EngineChoice = "auto",
    repeat: int = 3,
    file: Path | None = None,
    *,
    transcript: bool = True,
) -> dict[str, Any]:
    """Replay a file with the real program, then once more with the time of each part taken.

    Parameters
    ----------
    preset, engine
        As the program takes them.
    repeat
        Number of runs of the program.
    file
        What to replay; None makes a minute of the demo clip, 720p at 30 frames a second.
    transcript
        Whether words are transcribed.

    Raises
    ------
    UserError
        If the program fails, or ran on something that nobody asked for.
    """
    with tempfile.TemporaryDirectory(prefix="live-emotion-bench-") as scratch:
        folder = Path(scratch)
        path = file or looped(demo_clip(), folder / "talking.mp4", CLIP_S)
        arguments: list[str | Path] = ["replay", path, "--no-window", "--speed", "max", "--json"]
        arguments += ["--preset", preset, "--engine", engine]
        arguments += [] if transcript else ["--no-transcript"]
        # The first run of all builds engines, which later ones only open.
        run_program(*arguments, "--end", "2", "--output", folder / "first")
        ends, peak = [], 0.0
        for k in range(repeat):
            run_program(*arguments, "--output", folder / str(k))
            lines = read_log(folder / str(k))
            ends.append(lines[-1])
            peak = max(peak, *(line["rss_mb"] for line in lines if line["type"] == "health"))
        meta = read_meta(folder / "0")
        refuse_fallback(meta, engine)
        times = [end["media_s"] / end["wall_s"] for end in ends]
        profile = _profile(
            ReplayOptions(path=path, preset=preset, engine=engine, transcript=transcript)
        )
    return {
        "bench": "replay",
        "preset": preset,
        "engines": meta["engines"],
        "recognizer": meta["recognizer"],
        "source": _source(meta, made=file is None),
        "times_real_time": round(float(np.median(times)), 3),
        "times_real_time_runs": [round(one, 3) for one in times],
        "media_s": ends[0]["media_s"],
        "rss_peak_mb": peak,
        "profile": profile,
    }


def _source(meta: dict[str, Any], *, made: bool) -> dict[str, Any]:
    source = meta["source"]
    kept = {name: source[name] for name in ("width", "height", "fps", "duration")}
    return {"file": "the demo clip, over and over" if made else Path(source["path"]).name} | kept


def _profile(options: ReplayOptions) -> dict[str, Any]:
    """Replay once in this process; return seconds of each part per second of media."""
    watch = Stopwatch()
    process = psutil.Process()
    with Replay.open(options) as replay:
        before = process.cpu_times()
        counts = replay.run([], threading.Event(), around=watch.around)
        after = process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    parts = dict(watch.seconds)
    in_flow = sum(seconds for name, seconds in parts.items() if name not in _BESIDE)
    parts["rest and waiting"] = counts.wall_s - in_flow
    return {
        "wall_s": round(counts.wall_s, 3),
        "cores_used": round(cpu / counts.wall_s, 3),
        "cpu_per_media_s": round(cpu / counts.media_s, 4),
        "parts": {
            name: {
                "per_media_s": round(seconds / counts.media_s, 4),
                "calls": watch.calls.get(name),
                "beside_the_flow": name in _BESIDE,
            }
            for name, seconds in parts.items()
        },
    }
