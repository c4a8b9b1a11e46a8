from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def program_env(tmp_path_factory: pytest.TempPathFactory, engine_cache: Path) -> dict[str, str]:
    """An environment of the program's own: caches and logs apart from the user's, no display."""
    home = tmp_path_factory.mktemp("home")
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    for name in ("LIVE_EMOTION_RAISE", "OMP_WAIT_POLICY"):
        env.pop(name, None)
    return env | {
        "LIVE_EMOTION_CACHE": str(engine_cache),
        "LIVE_EMOTION_LOG": str(home / "log"),
        "LIVE_EMOTION_SESSIONS": str(home / "sessions"),
    }


@pytest.fixture(scope="session")
def live_emotion(program_env: dict[str, str]) -> Run:
    """Run the real program in a process of its own."""

    def run(
        *args: str | Path, env: dict[str, str] | None = None, timeout: float = 240.0, **kwargs: Any
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "live_emotion", *map(str, args)],
            env=program_env | (env or {}),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **kwargs,
        )

    return run


@pytest.fixture(scope="session")
def replay(live_emotion: Run) -> Callable[..., dict[str, Any]]:
    """Replay a file without a window and return the summary."""

    def run(path: Path, output: Path, *args: str) -> dict[str, Any]:
        done = live_emotion("replay", path, "--output", output, "--no-window", "--json", *args)
        assert done.returncode == 0, done.stderr
        summary: dict[str, Any] = json.loads(done.stdout)
        return summary

    return run


def ffmpeg(*args: str | Path) -> None:
    """Run ffmpeg quietly; a failure shows what it said."""
    done = subprocess.run(
        [FFMPEG, "-nostdin", "-y", "-loglevel", "error", *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def join(clips: list[Path], target: Path, *, seconds: float | None = None) -> Path:
    """Join clips end to end as 720p at 30 frames a second; `seconds` loops the whole."""
    inputs: list[str | Path] = []
    for clip in clips:
        inputs += ["-i", clip]
    streams = "".join(
        f"[{i}:v]scale=1280:720,fps=30,setsar=1[v{i}];[{i}:a]aresample=48000,"
        f"aformat=channel_layouts=mono[a{i}];"
        for i in range(len(clips))
    )
    labels = "".join(f"[v{i}][a{i}]" for i in range(len(clips)))
    once = target.with_name(target.stem + "-once.mp4") if seconds else target
    ffmpeg(
        *inputs,
        *("-filter_complex", f"{streams}{labels}concat=n={len(clips)}:v=1:a=1[v][a]"),
        *("-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-preset", "veryfast"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", once),
    )
    if seconds:
        ffmpeg("-stream_loop", "-1", "-i", once, "-t", str(seconds), "-c", "copy", target)
    return target


@pytest.fixture(scope="session")
def av_clips(data_dir: Path) -> dict[str, Path]:
    """The three real clips with a talking face."""
    folder = data_dir / "av"
    return {
        "sad": folder / "ravdess_01-01-04-01-01-01-05.mp4",
        "fearful": folder / "ravdess_01-01-06-01-01-01-05.mp4",
        "mead_sad": folder / "mead_M030_sad_3_001.mp4",
    }
