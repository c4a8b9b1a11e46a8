"""The evaluations on the real data, with the weights that ship."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import Run

pytestmark = [pytest.mark.system, pytest.mark.data, pytest.mark.timeout(600)]
# Starts at once, where the default engine is compiled first.
TORCH = ("--engine", "torch", "--threads", "1")


def evaluate(live_emotion: Run, *args: str | Path) -> dict[str, Any]:
    # With the program's own threads the engines are those that it has chosen before.
    done = live_emotion("evaluate", *args, "--json", timeout=560)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def some_rows(data: Path, table: str, out: Path, every: int) -> Path:
    """A folder with some of the table's unseen rows, its clips linked."""
    lines = (data / table).read_text(encoding="utf-8").splitlines()
    unseen = [line for line in lines[1:] if line.endswith("dev")]
    (out / table).write_text("\n".join([lines[0], *unseen[::every]]) + "\n", encoding="utf-8")
    return out


def test_texts_are_told_apart(live_emotion: Run, data_dir: Path, tmp_path: Path) -> None:
    report = evaluate(
        live_emotion, "text", "--data", some_rows(data_dir, "text.tsv", tmp_path, 60), *TORCH
    )
    assert report["coverage"] == 1.0
    assert report["six_way_accuracy"] > 0.5  # chance is 0.17
    assert report["mean_auc"] > 0.75


def test_voices_are_told_apart(live_emotion: Run, data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "audio").symlink_to(data_dir / "audio")
    report = evaluate(
        live_emotion, "audio", "--data", some_rows(data_dir, "audio.csv", tmp_path, 25), *TORCH
    )
    assert report["coverage"] > 0.8
    assert report["mean_auc"] > 0.6


def test_faces_with_the_default_engine_and_in_float32(
    live_emotion: Run, data_dir: Path, tmp_path: Path
) -> None:
    import numpy as np

    with np.load(data_dir / "faces_valid.npz") as held:
        part = {k: held[k] if k == "vote_columns" else held[k][::10] for k in held}
    np.savez(tmp_path / "faces_valid.npz", **part)
    default = evaluate(live_emotion, "vision", "--data", tmp_path)
    reference = evaluate(live_emotion, "vision", "--data", tmp_path, *TORCH)
    assert default["six_way_accuracy"] > 0.8
    for name in ("six_way_accuracy", "six_way_uar", "mean_auc", "macro_f1", "ece", "brier_skill"):
        assert default[name] == pytest.approx(reference[name], abs=0.003)


def test_a_clip_through_the_whole_program(
    live_emotion: Run, data_dir: Path, tmp_path: Path
) -> None:
    table = (data_dir / "av.csv").read_text(encoding="utf-8").splitlines()
    shutil.copytree(data_dir / "av", tmp_path / "av")
    (tmp_path / "av.csv").write_text("\n".join(table[:2]) + "\n", encoding="utf-8")
    report = evaluate(live_emotion, "av", "--data", tmp_path)
    assert (report["n"], report["coverage"]) == (1, 1.0)
    assert set(report["branches"]) == {"vision", "audio", "text"}
    (clip,) = report["clips"]
    assert clip["scored"] == clip["ticks"] == 8
    assert "door" in clip["text"]
