from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.training.evaluation.alarms import alarms_report, figures_of
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.scenes import Wall, pauses, room_noise, silence
from tests.training.evaluation_data import write_audio, write_wave


def test_an_alarm_is_a_rise_above_one_half() -> None:
    scores = np.full((900, 6), 0.1)  # six minutes
    scores[10:20, 2] = 0.7
    scores[15:18, 1] = 0.9
    scores[30, 0] = 0.5
    scores[40, 0] = 0.51
    scores[100:200] = np.nan
    result = figures_of(scores)
    assert result["alarms_per_hour"] == pytest.approx(20.0)
    assert result["above"] == pytest.approx(11 / 900)
    assert (result["highest"], result["emotion"]) == (0.9, "sad")
    assert result["coverage"] == pytest.approx(8 / 9)
    missing = figures_of(np.full((5, 6), np.nan))
    assert (missing["coverage"], missing["alarms_per_hour"], missing["highest"]) == (0, 0, None)


def test_scenes_repeat_and_are_quiet() -> None:
    for make in (room_noise, silence):
        first, second = make(200, 3), make(200, 3)
        np.testing.assert_array_equal(first, second)
        assert first.shape == (200 * TICK_SAMPLES,)
        assert first.dtype == np.float32
        assert np.abs(first - make(200, 4)).max() > 0
        assert np.sqrt(np.mean(first**2)) < 0.03
    assert not silence(300, 0)[150 * TICK_SAMPLES :].any()
    wall = Wall(1)
    one = wall.picture(3)
    other = wall.picture(400)
    assert one.shape == (480, 640, 3)
    np.testing.assert_array_equal(wall.picture(3), one)
    assert np.abs(one.astype(int) - other).mean() > 1
    assert wall.crop(5).shape == (48, 48, 3)


def test_pauses_are_what_is_left_without_speech(tmp_path: Path) -> None:
    folder = write_audio(tmp_path)
    found = pauses(EvaluateOptions(folder), 20)
    assert found.shape == (20 * TICK_SAMPLES,)
    np.testing.assert_array_equal(found, pauses(EvaluateOptions(folder), 20))
    (tmp_path / "short").mkdir()
    write_wave(tmp_path / "short" / "x.wav", np.zeros(3_000))
    (tmp_path / "short" / "audio.csv").write_text("path,emotion\nx.wav,sad\n")
    with pytest.raises(UserError, match="no pauses"):
        pauses(EvaluateOptions(tmp_path / "short"), 20)


def test_every_scene_is_measured_with_gates_at_work_and_open(
    small_trained: Path, tmp_path: Path
) -> None:
    options = EvaluateOptions(
        tmp_path, preset="small", engine="torch", weights=small_trained, threads=1
    )
    told: list[str] = []
    report = alarms_report(options, 0.05, told=told.append)
    assert told == ["wall", "room noise", "silence"]
    assert report["minutes"] == pytest.approx(0.05, abs=0.005)
    wall = report["scenes"]["wall"]
    assert wall["open"]["vision"]["coverage"] == 1.0
    assert wall["gated"]["audio"]["coverage"] == 0.0
    noise = report["scenes"]["room noise"]
    assert noise["open"]["audio"]["coverage"] == 1.0
    assert set(noise["gated"]) == {"vision", "audio", "text", "fusion"}
    opened = [scene["open"] for scene in report["scenes"].values()]
    highest = max(one["highest"] for scene in opened for one in scene.values())
    assert report["open_highest"] == pytest.approx(highest)
