"""Replays a long file and watches the memory: `make soak`, and a minute of it in the tests."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from live_emotion.core.resources import assets_dir
from live_emotion.session import read


@dataclass(frozen=True)
class Soaked:
    """What a soak showed: megabytes of growth after the settling time, and the rate."""

    growth_mb: float
    peak_mb: float
    times_real_time: float
    clean: bool


def soak(
    clip: Path,
    seconds: float,
    folder: Path,
    *,
    settle_s: float = 60.0,
    env: Mapping[str, str] = os.environ,
) -> Soaked:
    """Loop `clip` to `seconds`, replay it at full speed, and read the memory from the log."""
    long = folder / "long.mp4"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-loglevel", "error"),
            *("-stream_loop", "-1", "-i", str(clip), "-t", str(seconds), "-c", "copy", str(long)),
        ],
        check=True,
    )
    output = folder / "session"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "live_emotion", "replay", str(long), "--speed", "max"),
            *("--no-window", "--json", "--output", str(output)),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**env, "LIVE_EMOTION_SESSIONS": str(folder)},
    )
    json.loads(done.stdout)
    session = read(output)
    rss = [(h["t"], h["rss_mb"]) for h in session.health]
    settled = max(mb for t, mb in rss if t <= settle_s)
    later = [mb for t, mb in rss if t > settle_s]
    end = session.end or {}
    return Soaked(
        growth_mb=max(later) - settled,
        peak_mb=max(mb for _, mb in rss),
        times_real_time=end["media_s"] / end["wall_s"],
        clean=session.clean,
    )


def main() -> None:
    """Run a soak of the length asked for and fail if memory grew by 50 MB or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--clip", type=Path, default=assets_dir() / "demo.mp4")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = soak(options.clip, options.minutes * 60.0, Path(folder))
    print(
        f"{options.minutes:g} minutes of media at {result.times_real_time:.1f} times real time; "
        f"memory after the first minute {result.growth_mb:+.1f} MB, peak {result.peak_mb:.0f} MB"
    )
    if not result.clean or result.growth_mb >= 50.0:
        sys.exit(1)


if __name__ == "__main__":
    main()
