"""The main job on the bundled clip: one log whatever the speed, constant memory, clean ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.core.resources import assets_dir
from live_emotion.session import read
from live_emotion.session.compare import comparable
from tests.system.conftest import Run
from tests.system.soak import soak

pytestmark = pytest.mark.system
DEMO = assets_dir() / "demo.mp4"
Replay = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def demo(replay: Replay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("demo") / "session"
    replay(DEMO, output)
    return output


def test_the_demo_shows_all_three_branches(demo: Path) -> None:
    session = read(demo)
    assert session.clean
    for branch in ("vision", "audio", "text"):
        present = np.isfinite(session.branch_scores[branch]).all(axis=1)
        assert present.mean() > 0.3, branch
    assert {r for r in session.reasons["vision"] if r is not None} <= {"no face"}
    assert any(s["final"] for s in session.transcripts)


def test_full_speed_and_real_time_give_the_same_log(
    demo: Path, replay: Replay, tmp_path: Path
) -> None:
    replay(DEMO, tmp_path / "paced", "--speed", "1")
    assert comparable(tmp_path / "paced") == comparable(demo)


def test_a_part_of_a_file_keeps_the_files_times(replay: Replay, tmp_path: Path) -> None:
    replay(DEMO, tmp_path / "part", "--start", "4.1", "--end", "8.0")
    t = read(tmp_path / "part").t
    assert t[0] == pytest.approx(4.4)
    assert t[-1] == pytest.approx(8.0)


def test_no_transcript_leaves_the_words_out(replay: Replay, tmp_path: Path) -> None:
    replay(DEMO, tmp_path / "mute", "--no-transcript", "--end", "6")
    session = read(tmp_path / "mute")
    assert not session.transcripts
    assert set(session.reasons["text"]) == {"turned off"}
    assert np.isfinite(session.scores).all(axis=1).any()


def test_the_paper_preset_runs_and_says_untrained(live_emotion: Run, tmp_path: Path) -> None:
    done = live_emotion(
        *("replay", DEMO, "--no-window", "--preset", "paper", "--end", "2"),
        *("--output", tmp_path / "paper", "--engine", "torch", "--no-transcript"),
    )
    assert done.returncode == 0, done.stderr
    assert "untrained" in done.stdout + done.stderr
    assert "untrained" in json.dumps(read(tmp_path / "paper").meta)


def test_interrupting_ends_cleanly(program_env: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C in the middle: exit without a traceback, and a log that is whole."""
    output = tmp_path / "session"
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "live_emotion", "replay", str(DEMO), "--speed", "1"),
            *("--no-window", "--output", str(output)),
        ],
        env=program_env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = output / "session.jsonl"
    deadline = time.monotonic() + 120
    while not (log.exists() and log.read_text().count('"estimate"') >= 3):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert "Traceback" not in stderr
    session = read(output)
    assert session.clean
    assert session.end is not None
    assert session.end["ticks"] == len(session.t)


def test_memory_stays_flat_for_a_minute(program_env: dict[str, str], tmp_path: Path) -> None:
    result = soak(DEMO, 60.0, tmp_path, settle_s=30.0, env=program_env)
    print(f"{result.times_real_time:.1f} times real time, {result.growth_mb:+.1f} MB")
    assert result.clean
    assert result.growth_mb < 50.0
