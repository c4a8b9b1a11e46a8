"""The live measurement on the real program, short."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from live_emotion.bench.live import require_live
from live_emotion.core.errors import UserError
from tests.bench.test_live_figures import KEYS
from tests.system.conftest import Run

pytestmark = [pytest.mark.system, pytest.mark.alone]


@pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("Xvfb", "pulseaudio", "pactl", "pacat")),
    reason="needs Xvfb and PulseAudio",
)
@pytest.mark.timeout(1200)
def test_twenty_seconds_of_the_desktop_program(live_emotion: Run) -> None:
    done = live_emotion(
        *("bench", "live", "--minutes", "0.33", "--engine", "openvino", "--json"), timeout=1100.0
    )
    if "no score of a face within" in done.stderr:
        pytest.skip("the machine is too busy for a live session")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) >= KEYS
    print({key: report[key] for key in KEYS})
    assert report["scores_seen"] > 5
    assert report["latency_p50_ms"] > 0.0
    assert 0.0 < report["startup_window_s"] < report["startup_first_score_s"]
    assert report["rss_mb"] > 100.0
    assert report["engines"]["vision_face"]["engine"] == "openvino"


def test_what_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(UserError, match="without Xvfb, pulseaudio, pactl, pacat"):
        require_live()
